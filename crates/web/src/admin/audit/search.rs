//! What people type to say about what they look into the log: a public id, a UUID, a number, a kind, or what the log itself says.

use std::collections::HashMap;

use access::{ObjectKind, Permission};
use deposit::DocumentId;
use uuid::Uuid;

use crate::{
    admin::{AdminState, records::regions::is_public_id},
    error_page::PageError,
    format::Choice,
    layout::Viewer,
};

/// Kinds whose ids are numbers of their own.
const NUMBERED: [ObjectKind; 2] = [ObjectKind::Callback, ObjectKind::Raised];
/// Kinds whose ids are UUIDs.
const WITH_UUIDS: [ObjectKind; 8] = [
    ObjectKind::Prospect,
    ObjectKind::Customer,
    ObjectKind::DepositAccount,
    ObjectKind::Deposit,
    ObjectKind::Withdrawal,
    ObjectKind::CreditProposal,
    ObjectKind::Operator,
    ObjectKind::ApiToken,
];

/// The choices of the filter by kind.
pub fn choices(chosen: &str) -> Vec<Choice> {
    let kinds = ObjectKind::ALL
        .iter()
        .map(|kind| (kind.name(), kind.words()));
    std::iter::once(("", "Anything"))
        .chain(kinds)
        .map(|(value, words)| Choice::new(value, words, value == chosen))
        .collect()
}

/// What is looked for.
#[derive(Debug, PartialEq, Eq)]
pub enum About {
    /// Whatever it is.
    Anything,
    /// All of a kind.
    Kind(ObjectKind),
    /// Any of these, as the log names them.
    Objects(Vec<String>),
    /// An e-mail address: the log holds none.
    Email,
}

/// The kind that is meant by its name or by what the page calls it.
fn kind(text: &str) -> Option<ObjectKind> {
    let text = text.trim();
    let called = |kind: &&ObjectKind| kind.words().eq_ignore_ascii_case(text);
    ObjectKind::named(&text.to_ascii_lowercase())
        .or_else(|| ObjectKind::ALL.iter().find(called).copied())
}

/// As the page and the log write it: `prospect 100001`, `prospect:<uuid>`.
fn with_its_kind(typed: &str) -> Option<(ObjectKind, &str)> {
    let (beginning, rest) = typed.rsplit_once([':', ' '])?;
    Some((kind(beginning)?, rest.trim()))
}

impl About {
    /// Everything of a kind; what there is one of is an object itself.
    fn of_kind(kind: ObjectKind) -> Self {
        match kind {
            ObjectKind::List | ObjectKind::Audit | ObjectKind::Events => {
                Self::Objects(vec![kind.whole().to_string()])
            }
            _ => Self::Kind(kind),
        }
    }

    /// What `typed` means, of the kind `of` when one was chosen.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read(
        state: &AdminState,
        viewer: &Viewer,
        of: &str,
        typed: &str,
    ) -> Result<Self, PageError> {
        let chosen = kind(of);
        if typed.is_empty() {
            return Ok(chosen.map_or(Self::Anything, Self::of_kind));
        }
        if typed.contains('@') {
            return Ok(Self::Email);
        }
        if let Some(kind) = kind(typed) {
            return Ok(Self::of_kind(kind));
        }
        let (chosen, typed) = match with_its_kind(typed) {
            Some((kind, rest)) => (Some(kind), rest),
            None => (chosen, typed),
        };
        let mut found = named(state, viewer, typed).await?;
        found.retain(|(kind, _)| chosen.is_none_or(|chosen| chosen == *kind));
        let named = |kind: ObjectKind, id: &str| format!("{}:{id}", kind.name());
        let mut objects: Vec<String> = found.iter().map(|(kind, id)| named(*kind, id)).collect();
        if objects.is_empty() {
            // As it stands in the log, maybe.
            objects.push(chosen.map_or_else(|| typed.to_owned(), |kind| named(kind, typed)));
        }
        Ok(Self::Objects(objects))
    }
}

/// Everything that has this id or number, by kind.
async fn named(
    state: &AdminState,
    viewer: &Viewer,
    typed: &str,
) -> Result<Vec<(ObjectKind, String)>, PageError> {
    if let Ok(id) = typed.parse::<Uuid>() {
        return Ok(WITH_UUIDS.map(|kind| (kind, id.to_string())).to_vec());
    }
    let account_of = ledger::public_id_in(typed);
    let number = account_of.unwrap_or(typed);
    if !is_public_id(number) {
        return Ok(Vec::new());
    }
    let people = if viewer.may(Permission::CustomerRead) {
        let number = number.to_owned();
        state.onboarding.ids_of(&viewer.subject, &[number]).await?
    } else {
        HashMap::new()
    };
    let mut found = Vec::new();
    for id in people.into_values() {
        if account_of.is_some() {
            found.push((
                ObjectKind::DepositAccount,
                ledger::account_id(id).to_string(),
            ));
        } else {
            found.push((ObjectKind::Prospect, id.to_string()));
            found.push((ObjectKind::Customer, id.to_string()));
        }
    }
    if account_of.is_none() {
        let document = state.money.document_of(number).await?;
        found.extend(document.map(|document| match document {
            DocumentId::Deposit(id) => (ObjectKind::Deposit, id.to_string()),
            DocumentId::Withdrawal(id) => (ObjectKind::Withdrawal, id.to_string()),
        }));
        found.extend(NUMBERED.map(|kind| (kind, number.to_owned())));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_known_by_both_of_its_names() {
        assert_eq!(kind("Prospect "), Some(ObjectKind::Prospect));
        assert_eq!(kind("raised item"), Some(ObjectKind::Raised));
        assert_eq!(kind("API-token"), Some(ObjectKind::ApiToken));
        assert_eq!(kind("prospects"), None);
        assert_eq!(
            with_its_kind("raised item 7"),
            Some((ObjectKind::Raised, "7"))
        );
        assert_eq!(
            with_its_kind("prospect:x"),
            Some((ObjectKind::Prospect, "x"))
        );
        assert_eq!(with_its_kind("what 7"), None);
    }
}
