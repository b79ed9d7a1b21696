//! `/callbacks`: every webhook, the newest first.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use customer::{
    callback_log::view::{CallbackFilter, CallbackRow},
    kyc::Outcome,
};
use serde::Deserialize;

use crate::{
    admin::{AdminState, words},
    error_page::PageError,
    format::{self, Choice, Time},
    layout::{Layout, Section, Viewer, page},
    list::{self, Empty, Filter, Filters, ListAddress, Pages, Search},
};

/// Rows on a page.
const ROWS: usize = 50;
const PATH: &str = "/callbacks";
/// Beside the outcomes: what was ignored because it names no record of ours.
const NOBODYS: &str = "nobodys";

#[derive(Template)]
#[template(path = "admin/callbacks/list.html")]
struct CallbacksPage {
    layout: Layout,
    filters: Filters,
    rows: Vec<CallbackLine>,
    pages: Pages,
    empty: Empty,
}

/// A callback in words.
pub struct CallbackLine {
    pub id: i64,
    pub kind: String,
    pub received: Time,
    pub again: Option<Time>,
    pub receipts: i64,
    pub outcome: format::State,
    pub answer: Option<format::State>,
    pub reason: Option<String>,
    pub prospect: Option<String>,
    pub applicant_id: Option<String>,
    pub external_user_id: Option<String>,
}

impl From<CallbackRow> for CallbackLine {
    fn from(row: CallbackRow) -> Self {
        Self {
            id: row.id,
            kind: match row.callback_type {
                Some(kind) if row.is_refresh => format!("{kind} (answer to a refresh)"),
                Some(kind) => kind,
                None => "without a type".to_owned(),
            },
            received: Time::of(row.received_at),
            again: (row.receipts > 1).then(|| Time::of(row.last_received_at)),
            receipts: row.receipts,
            outcome: words::outcome(row.outcome),
            answer: row.answer.as_deref().map(words::answer),
            reason: row.reason,
            prospect: row.prospect,
            applicant_id: row.applicant_id,
            external_user_id: row.external_user_id,
        }
    }
}

/// The address as it came.
#[derive(Debug, Default, Deserialize)]
pub struct CallbacksQuery {
    outcome: Option<String>,
    answer: Option<String>,
    #[serde(rename = "type")]
    callback_type: Option<String>,
    prospect: Option<String>,
    before: Option<String>,
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<CallbacksQuery>,
) -> Result<Response, PageError> {
    let (outcome, answer, kind, prospect) = (
        list::text(query.outcome),
        list::text(query.answer),
        list::text(query.callback_type),
        kernel::text::line(&list::text(query.prospect)),
    );
    let before: Option<i64> = list::place(query.before.as_deref())?;
    let nobodys = outcome == NOBODYS;
    let wanted: Option<Outcome> = if nobodys {
        None
    } else {
        list::chosen(&outcome, "There is no such outcome to filter by.")?
    };
    let given = |value: &str| Some(value.to_owned()).filter(|value| !value.is_empty());
    let filter = CallbackFilter {
        outcome: wanted,
        nobodys,
        answer: given(&answer),
        callback_type: given(&kind),
        prospect: given(prospect.trim()),
    };
    let found = state
        .onboarding
        .callbacks(&viewer.subject, &filter, ROWS, before)
        .await?;
    let mut known = state.onboarding.callback_types().await?;
    if !kind.is_empty() && !known.contains(&kind) {
        known.push(kind.clone());
    }
    let outcomes = words::OUTCOMES.iter().map(|outcome| {
        let name: &'static str = outcome.into();
        let words = words::outcome(*outcome).words().to_owned();
        Choice::new(name, words, wanted == Some(*outcome))
    });
    let outcomes = outcomes.chain([Choice::new(NOBODYS, "Names nobody of ours", nobodys)]);
    let answers = words::ANSWERS.iter().map(|(word, ours)| {
        Choice::new(*word, *ours, answer.eq_ignore_ascii_case(word))
            .hover(words::sumsubs_word(word))
    });
    let types = known
        .into_iter()
        .map(|known| Choice::new(known.clone(), known.clone(), known == kind));
    let filters = Filters {
        path: PATH,
        filters: vec![
            Filter::new("outcome", "Outcome", outcome.is_empty(), outcomes),
            Filter::new("answer", "Answer", answer.is_empty(), answers),
            Filter::new("type", "Type", kind.is_empty(), types),
        ],
        search: Search {
            name: "prospect",
            label: "Search by public ID, UUID or applicant ID",
            longest: 64,
            value: prospect.clone(),
        },
        sort: None,
        live: false,
    };
    let prospect = prospect.trim().to_owned();
    let list = ListAddress::new(
        PATH,
        [
            ("outcome", outcome),
            ("answer", answer),
            ("type", kind),
            ("prospect", prospect),
        ],
    );
    let template = CallbacksPage {
        layout: Layout::panel("Callbacks", Section::Callbacks, &viewer),
        filters,
        pages: list.pages("before", before.is_none(), found.next),
        empty: list.empty(
            before.is_none(),
            Empty {
                heading: "No callbacks yet",
                next: "Sumsub sends one whenever something happens to an applicant.",
                link: None,
            },
        ),
        rows: found.rows.into_iter().map(CallbackLine::from).collect(),
    };
    page(StatusCode::OK, &template)
}
