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
    admin::{
        AdminState,
        list::{self, Empty},
        words,
    },
    error_page::PageError,
    format::{self, Choice, Time},
    layout::{Layout, Section, Viewer, page},
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
    prospect: String,
    outcomes: Vec<Choice>,
    answers: Vec<Choice>,
    types: Vec<Choice>,
    rows: Vec<Row>,
    newest: Option<String>,
    older: Option<String>,
    empty: Empty,
}

/// A callback in words.
pub struct Row {
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

impl From<CallbackRow> for Row {
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
pub struct Asked {
    outcome: Option<String>,
    answer: Option<String>,
    #[serde(rename = "type")]
    callback_type: Option<String>,
    prospect: Option<String>,
    before: Option<i64>,
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let text = |value: Option<String>| value.unwrap_or_default().replace('\0', "");
    let (outcome, answer, kind, prospect) = (
        text(asked.outcome),
        text(asked.answer),
        text(asked.callback_type),
        kernel::text::line(&text(asked.prospect)),
    );
    let nobodys = outcome == NOBODYS;
    let wanted: Option<Outcome> = if nobodys {
        None
    } else {
        list::chosen(&outcome, "There is no such outcome to filter by.")?
    };
    let filter = CallbackFilter {
        outcome: wanted,
        nobodys,
        answer: Some(answer.clone()).filter(|answer| !answer.is_empty()),
        callback_type: Some(kind.clone()).filter(|kind| !kind.is_empty()),
        prospect: Some(prospect.trim().to_owned()).filter(|typed| !typed.is_empty()),
    };
    let found = state
        .onboarding
        .callbacks(&viewer.subject, &filter, ROWS, asked.before)
        .await?;
    let mut known = state.onboarding.callback_types().await?;
    if !kind.is_empty() && !known.contains(&kind) {
        known.push(kind.clone());
    }
    let address = |before: Option<i64>| {
        let before = before.map(|before| before.to_string()).unwrap_or_default();
        list::address(
            PATH,
            [
                ("outcome", outcome.as_str()),
                ("answer", &answer),
                ("type", &kind),
                ("prospect", prospect.trim()),
                ("before", &before),
            ],
        )
    };
    let filtered = nobodys
        || wanted.is_some()
        || filter.answer.is_some()
        || filter.callback_type.is_some()
        || filter.prospect.is_some();
    let template = CallbacksPage {
        layout: Layout::panel("Callbacks", Section::Callbacks, &viewer),
        outcomes: list::with_all(
            wanted.is_none() && !nobodys,
            words::OUTCOMES
                .iter()
                .map(|outcome| {
                    let name: &'static str = outcome.into();
                    let words = words::outcome(*outcome).words().to_owned();
                    Choice::new(name, words, wanted == Some(*outcome))
                })
                .chain([Choice::new(NOBODYS, "Names nobody of ours", nobodys)]),
        ),
        answers: list::with_all(
            answer.is_empty(),
            words::ANSWERS.iter().map(|(word, ours)| {
                Choice::new(*word, *ours, answer.eq_ignore_ascii_case(word))
                    .hover(words::sumsubs_word(word))
            }),
        ),
        types: list::with_all(
            kind.is_empty(),
            known
                .into_iter()
                .map(|known| Choice::new(known.clone(), known.clone(), known == kind)),
        ),
        newest: asked.before.map(|_| address(None)),
        older: found.next.map(|next| address(Some(next))),
        empty: if filtered {
            list::nothing_matches(PATH)
        } else {
            Empty {
                heading: "No callbacks yet",
                next: "Sumsub sends one whenever something happens to an applicant.",
                link: None,
            }
        },
        prospect,
        rows: found.rows.into_iter().map(Row::from).collect(),
    };
    page(StatusCode::OK, &template)
}
