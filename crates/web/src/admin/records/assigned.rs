//! Whose records a list is narrowed down to: the filter *Assigned to*.

use std::str::FromStr;

use access::{OperatorId, Subject};
use customer::list::Assigned;
use uuid::Uuid;

use crate::{
    admin::AdminState, error_page::PageError, format::Choice, layout::Viewer, list::Filter,
};

const NO_SUCH_COLLEAGUE: PageError =
    PageError::BadRequest("There is no such colleague to filter by.");

/// Whose records, as an address says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignedTo {
    /// Theirs who looks: whoever is sent the address sees their own.
    Me,
    /// Those that nobody has taken.
    Nobody,
    /// This colleague's, who may work here no longer.
    Colleague(OperatorId),
}

impl FromStr for AssignedTo {
    type Err = uuid::Error;

    fn from_str(name: &str) -> Result<Self, uuid::Error> {
        match name {
            "me" => Ok(Self::Me),
            "nobody" => Ok(Self::Nobody),
            id => id.parse::<Uuid>().map(|id| Self::Colleague(id.into())),
        }
    }
}

impl AssignedTo {
    /// Reads what an address has.
    ///
    /// # Errors
    /// When it names nobody who could be a colleague.
    pub fn read(typed: &str) -> Result<Option<Self>, PageError> {
        match typed {
            "" => Ok(None),
            name => name.parse().map(Some).map_err(|_| NO_SUCH_COLLEAGUE),
        }
    }

    /// The same as the domain has it. A program that looks has no records.
    ///
    /// # Errors
    /// When there is and was no such colleague, or the database does not answer.
    pub async fn of(self, state: &AdminState, viewer: &Viewer) -> Result<Assigned, PageError> {
        match self {
            Self::Nobody => Ok(Assigned::Nobody),
            Self::Me => me(viewer).map(Assigned::To).ok_or(PageError::BadRequest(
                "Only a person has records of their own to filter by: choose a colleague.",
            )),
            Self::Colleague(id) => match name(state, id).await? {
                Some(_) => Ok(Assigned::To(id)),
                None => Err(NO_SUCH_COLLEAGUE),
            },
        }
    }
}

fn me(viewer: &Viewer) -> Option<OperatorId> {
    match viewer.subject {
        Subject::Operator { id, .. } => Some(id),
        _ => None,
    }
}

async fn name(state: &AdminState, id: OperatorId) -> Result<Option<String>, PageError> {
    let names = state.operator_names().await?;
    Ok(names.known_operator(id).map(str::to_owned))
}

/// Whom the list can be narrowed down to: oneself, nobody, whoever can be given records; and who is chosen, even where they can be given
/// none any more.
///
/// # Errors
/// When the database does not answer.
pub async fn filter(
    state: &AdminState,
    viewer: &Viewer,
    chosen: Option<AssignedTo>,
) -> Result<Filter, PageError> {
    let me = me(viewer);
    let colleagues = state.onboarding.colleagues().await?;
    let mut others: Vec<(OperatorId, String)> = colleagues
        .into_iter()
        .filter(|colleague| Some(colleague.id) != me)
        .map(|colleague| (colleague.id, colleague.email))
        .collect();
    if let Some(AssignedTo::Colleague(id)) = chosen
        && !others.iter().any(|(other, _)| *other == id)
        && let Some(name) = name(state, id).await?
    {
        others.push((id, name));
    }
    let one =
        |name: &str, words: &str, one: AssignedTo| Choice::new(name, words, chosen == Some(one));
    let mine = me.map(|_| one("me", "Me", AssignedTo::Me));
    let choices = mine
        .into_iter()
        .chain([one("nobody", "Nobody", AssignedTo::Nobody)])
        .chain(
            others
                .iter()
                .map(|(id, email)| one(&id.to_string(), email, AssignedTo::Colleague(*id))),
        );
    Ok(Filter::new(
        "assigned",
        "Assigned to",
        chosen.is_none(),
        choices,
    ))
}
