//! The list behind the bell.

use access::{ActorNames, Permission};
use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use customer::{
    kyc::Status,
    notices::{Notice, What},
};
use serde::Deserialize;

use crate::{
    admin::{AdminState, dialog::Said, operation::Done},
    error_page::PageError,
    format::Time,
    layout::{FOR_ME, Layout, Viewer, page},
    list::{self, ListAddress, Pages},
};

const PATH: &str = "/for-me";
/// Lines on a page.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "admin/for_me/page.html")]
struct ForMePage {
    layout: Layout,
    said: Option<Said>,
    lines: Vec<Line>,
    /// Whether there is anything new here.
    unread: bool,
    pages: Pages,
}

struct Line {
    id: i64,
    unread: bool,
    what: String,
    address: String,
    name: String,
    at: Time,
}

#[derive(Debug, Default, Deserialize)]
pub struct ForMeQuery {
    before: Option<String>,
    done: Option<String>,
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<ForMeQuery>,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerRead)?;
    let before = list::place(query.before.as_deref())?;
    let found = state
        .onboarding
        .notices(&viewer.subject, SHOWN, before)
        .await?;
    let by = found.rows.iter().filter_map(|notice| notice.by.as_ref());
    let names = state.names(by).await?;
    let address = ListAddress::new(PATH, []);
    let said = Done::of(query.done).about("read", "All is marked as read.");
    page(
        StatusCode::OK,
        &ForMePage {
            layout: Layout::own(FOR_ME, &viewer),
            said: said.map(|about| about.said),
            unread: found.rows.iter().any(|notice| !notice.read),
            pages: address.pages("before", before.is_none(), found.next),
            lines: found
                .rows
                .into_iter()
                .map(|it| Line::of(it, &names))
                .collect(),
        },
    )
}

/// "Mark all as read".
pub async fn read(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerRead)?;
    state.onboarding.read_notices(&viewer.subject, None).await?;
    Ok(Redirect::to("/for-me?done=read#done").into_response())
}

impl Line {
    fn of(notice: Notice, names: &ActorNames) -> Self {
        let by = notice.by.as_deref().map(|by| names.name(by));
        let (list, kind) = if notice.is_customer {
            ("customers", "Customer")
        } else {
            ("prospects", "Prospect")
        };
        let public_id = notice.public_id;
        Self {
            id: notice.id,
            unread: !notice.read,
            what: words(&notice.what, by),
            address: format!("/{list}/{public_id}"),
            name: match notice.name {
                Some(name) => format!("{name} ({public_id})"),
                None => format!("{kind} {public_id}"),
            },
            at: Time::of(notice.at),
        }
    }
}

/// What came in, as a sentence without its object.
fn words(what: &What, by: Option<String>) -> String {
    let by = by.map_or_else(String::new, |by| format!(" by {by}"));
    match what {
        What::Assigned => format!("Assigned to you{by}"),
        What::Callback(status) => callback(*status).to_owned(),
        What::Decision(event) => format!("{}{by}", decision(event)),
        What::Note => format!("Note added{by}"),
        What::SnoozeEnded => "Not snoozed any more".to_owned(),
    }
}

fn callback(status: Option<Status>) -> &'static str {
    match status {
        Some(Status::Created) => "Sumsub: applicant created",
        Some(Status::Reset) => "Sumsub: verification reset",
        Some(Status::Pending) => "Sumsub: documents submitted, review begins",
        Some(Status::OnHold) => "Sumsub: put on hold, review needed",
        Some(Status::Green) => "Sumsub: Approved",
        Some(Status::Red) => "Sumsub: Declined",
        Some(Status::Deleted) => "Sumsub: applicant deleted",
        None => "Sumsub told something",
    }
}

fn decision(event: &str) -> &str {
    match event {
        "closed" => "Closed",
        "reopened" => "Reopened",
        "converted_by_hand" => "Converted by hand",
        "restored" => "Restored after a rejection",
        "deactivated" => "Deactivated",
        "reactivated" => "Reactivated",
        other => other,
    }
}
