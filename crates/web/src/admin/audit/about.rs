//! What people type to say about what they look into the log: a public id, a UUID, a number, a kind, or what the log itself says.

use std::collections::HashMap;

use access::Permission;
use deposit::DocumentId;
use uuid::Uuid;

use crate::{
    admin::{AdminState, records::regions::is_public_id},
    error_page::PageError,
    layout::Viewer,
};

/// What an entry can be about, by the beginning of its object.
pub const KINDS: [(&str, &str); 10] = [
    ("prospect", "Prospect"),
    ("customer", "Customer"),
    ("callback", "Callback"),
    ("raised", "Raised item"),
    ("deposit-account", "Deposit account"),
    ("deposit", "Deposit"),
    ("withdrawal", "Withdrawal"),
    ("credit_proposal", "Credit proposal"),
    ("operator", "Operator"),
    ("api-token", "API token"),
];
/// Kinds whose ids are numbers of their own.
const NUMBERED: [&str; 2] = ["callback", "raised"];

/// What is looked for.
#[derive(Debug, PartialEq, Eq)]
pub enum About {
    /// Whatever it is.
    Anything,
    /// All of a kind.
    Kind(String),
    /// Any of these, as the log names them.
    Objects(Vec<String>),
    /// An e-mail address: the log holds none.
    Email,
}

/// The kind that is meant by its name or by what the page calls it.
fn kind(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let named = |(value, words): &&(&'static str, &'static str)| {
        value.eq_ignore_ascii_case(text) || words.eq_ignore_ascii_case(text)
    };
    KINDS.iter().find(named).map(|(value, _)| *value)
}

/// As the page and the log write it: `prospect 100001`, `prospect:<uuid>`.
fn with_its_kind(typed: &str) -> Option<(&'static str, &str)> {
    let (beginning, rest) = typed.rsplit_once([':', ' '])?;
    Some((kind(beginning)?, rest.trim()))
}

impl About {
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
            return Ok(chosen.map_or(Self::Anything, |kind| Self::Kind(kind.to_owned())));
        }
        if typed.contains('@') {
            return Ok(Self::Email);
        }
        if let Some(kind) = kind(typed) {
            return Ok(Self::Kind(kind.to_owned()));
        }
        let (chosen, typed) = match with_its_kind(typed) {
            Some((kind, rest)) => (Some(kind), rest),
            None => (chosen, typed),
        };
        let mut found = named(state, viewer, typed).await?;
        found.retain(|(kind, _)| chosen.is_none_or(|chosen| chosen == *kind));
        let mut objects: Vec<String> = found
            .into_iter()
            .map(|(kind, id)| format!("{kind}:{id}"))
            .collect();
        if objects.is_empty() {
            // As it stands in the log, maybe.
            objects.push(chosen.map_or_else(|| typed.to_owned(), |kind| format!("{kind}:{typed}")));
        }
        Ok(Self::Objects(objects))
    }
}

/// Everything that has this id or number, by kind.
async fn named(
    state: &AdminState,
    viewer: &Viewer,
    typed: &str,
) -> Result<Vec<(&'static str, String)>, PageError> {
    if let Ok(id) = typed.parse::<Uuid>() {
        let kinds = KINDS.iter().map(|(kind, _)| *kind);
        let with_uuids = kinds.filter(|kind| !NUMBERED.contains(kind));
        return Ok(with_uuids.map(|kind| (kind, id.to_string())).collect());
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
            found.push(("deposit-account", ledger::account_id(id).to_string()));
        } else {
            found.push(("prospect", id.to_string()));
            found.push(("customer", id.to_string()));
        }
    }
    if account_of.is_none() {
        let document = state.money.document_of(number).await?;
        found.extend(document.map(|document| match document {
            DocumentId::Deposit(id) => ("deposit", id.to_string()),
            DocumentId::Withdrawal(id) => ("withdrawal", id.to_string()),
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
        assert_eq!(kind("Prospect "), Some("prospect"));
        assert_eq!(kind("raised item"), Some("raised"));
        assert_eq!(kind("API-token"), Some("api-token"));
        assert_eq!(kind("prospects"), None);
        assert_eq!(with_its_kind("raised item 7"), Some(("raised", "7")));
        assert_eq!(with_its_kind("prospect:x"), Some(("prospect", "x")));
        assert_eq!(with_its_kind("list"), None);
        assert_eq!(with_its_kind("what 7"), None);
    }
}
