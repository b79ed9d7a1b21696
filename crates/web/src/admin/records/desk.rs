//! On whose desk a record lies.

use access::{OperatorId, Subject};
use askama::{Template, filters::HtmlSafe};
use customer::{field, onboarding::SnoozeUntil, prospect::Prospect};
use kernel::Error;
use uuid::Uuid;

use super::operations::RecordOperation;
use crate::{
    admin::{
        AdminState,
        dialog::{Asks, Field, Kind, Offers},
        operation::Sent,
    },
    error_page::PageError,
    format::{Choice, Time},
    layout::Viewer,
};

/// Who sees to a record, and the buttons about that.
#[derive(Template)]
#[template(path = "admin/records/desk.html")]
pub struct Desk {
    assignee: Option<String>,
    /// Until when nobody is asked about it.
    snoozed: Option<Time>,
    offers: Offers,
}

impl HtmlSafe for Desk {}

impl Desk {
    /// Of this prospect, or of the customer that it became.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(
        state: &AdminState,
        viewer: &Viewer,
        prospect: &Prospect,
        offers: Offers,
    ) -> Result<Self, PageError> {
        let assignee = match prospect.assignee {
            Some(assignee) if is(viewer, assignee) => Some("you".to_owned()),
            Some(assignee) => Some(state.names([assignee.as_actor()]).await?.operator(assignee)),
            None => None,
        };
        let now = clock::now();
        Ok(Self {
            assignee,
            snoozed: prospect
                .snoozed(now)
                .map(|(_, until)| Time::new(until, now)),
            offers,
        })
    }
}

/// What can be done about it: one can be given to oneself what one hasn't got.
pub fn operations(viewer: &Viewer, prospect: &Prospect) -> Vec<RecordOperation> {
    let a_person = matches!(viewer.subject, Subject::Operator { .. });
    let mine = prospect.assignee.is_some_and(|it| is(viewer, it));
    let to_me = (a_person && !mine).then_some(RecordOperation::AssignToMe);
    let snoozed = prospect.snoozed(clock::now()).is_some();
    let snooze = if snoozed {
        RecordOperation::Wake
    } else {
        RecordOperation::Snooze
    };
    let others = [RecordOperation::Assign, snooze];
    to_me.into_iter().chain(others).collect()
}

fn is(viewer: &Viewer, operator: OperatorId) -> bool {
    matches!(viewer.subject, Subject::Operator { id, .. } if id == operator)
}

/// What the dialog holds at first: whose it is.
pub fn initial(prospect: &Prospect) -> Sent {
    let assignee = prospect.assignee.map(|it| it.to_string());
    Sent::value(assignee.unwrap_or_default())
}

/// Everybody to whom a record can be assigned, with what is chosen.
///
/// # Errors
/// When the database does not answer.
pub async fn fields(state: &AdminState, asks: Asks, sent: &Sent) -> Result<Vec<Field>, PageError> {
    if asks != Asks::Colleague {
        return Ok(asks.fields(sent));
    }
    let colleagues = state.onboarding.colleagues().await?;
    let nobody = Choice::new("", "Nobody", sent.value.is_empty());
    let choices = colleagues.into_iter().map(|colleague| {
        let id = colleague.id.to_string();
        let chosen = id == sent.value;
        Choice::new(id, colleague.email, chosen)
    });
    let kind = Kind::Choice([nobody].into_iter().chain(choices).collect());
    Ok(vec![Field::new(
        "value",
        "Assigned to",
        kind,
        sent.value.clone(),
    )])
}

/// Until when, as a dialog says it.
///
/// # Errors
/// [`Error::Invalid`] for what is no day.
pub fn until(sent: &Sent) -> Result<SnoozeUntil, Error> {
    match sent.value.as_str() {
        "date" => match sent.date.parse() {
            Ok(day) => Ok(SnoozeUntil::Date(day)),
            Err(_) => Err(field::UNTIL.wrong("Choose a day.").into()),
        },
        days => match days.parse() {
            Ok(days) => Ok(SnoozeUntil::Days(days)),
            Err(_) => Err(field::UNTIL.wrong("Choose until when.").into()),
        },
    }
}

/// Whom a dialog names: an operator by UUID, or nobody.
///
/// # Errors
/// [`Error::Invalid`] for what no dialog sends.
pub fn chosen(typed: &str) -> Result<Option<OperatorId>, Error> {
    match typed.trim() {
        "" => Ok(None),
        id => match id.parse::<Uuid>() {
            Ok(id) => Ok(Some(id.into())),
            Err(_) => Err(field::ASSIGNEE.wrong("Choose somebody of the list.").into()),
        },
    }
}
