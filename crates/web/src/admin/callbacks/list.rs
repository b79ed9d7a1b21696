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

/// What the list is filtered by, as it was typed or chosen; empty where it isn't.
struct Asked {
    outcome: String,
    answer: String,
    kind: String,
    prospect: String,
}

impl Asked {
    fn is_nobodys(&self) -> bool {
        self.outcome == NOBODYS
    }

    fn wanted(&self) -> Result<Option<Outcome>, PageError> {
        if self.is_nobodys() {
            return Ok(None);
        }
        list::chosen(&self.outcome, "There is no such outcome to filter by.")
    }

    fn filter(&self) -> Result<CallbackFilter, PageError> {
        let given = |value: &str| Some(value.to_owned()).filter(|value| !value.is_empty());
        Ok(CallbackFilter {
            outcome: self.wanted()?,
            nobodys: self.is_nobodys(),
            answer: given(&self.answer),
            callback_type: given(&self.kind),
            prospect: given(self.prospect.trim()),
        })
    }

    /// The form above the list, with the types of callback that there are.
    fn filters(&self, mut types: Vec<String>) -> Filters {
        if !self.kind.is_empty() && !types.contains(&self.kind) {
            types.push(self.kind.clone());
        }
        let outcomes = words::OUTCOMES.iter().map(|outcome| {
            let name: &'static str = outcome.into();
            let words = words::outcome(*outcome).words().to_owned();
            Choice::new(name, words, self.outcome == name)
        });
        let nobodys = Choice::new(NOBODYS, "Names nobody of ours", self.is_nobodys());
        let outcomes = outcomes.chain([nobodys]);
        let answers = words::ANSWERS.iter().map(|(word, ours)| {
            Choice::new(*word, *ours, self.answer.eq_ignore_ascii_case(word))
                .hover(words::sumsubs_word(word))
        });
        let types = types
            .into_iter()
            .map(|kind| Choice::new(kind.clone(), kind.clone(), kind == self.kind));
        Filters {
            path: PATH,
            fields: vec![
                Filter::new("outcome", "Outcome", self.outcome.is_empty(), outcomes).into(),
                Filter::new("answer", "Answer", self.answer.is_empty(), answers).into(),
                Filter::new("type", "Type", self.kind.is_empty(), types).into(),
            ],
            search: Search {
                name: "prospect",
                label: "Search by public ID, UUID or applicant ID",
                longest: 64,
                value: self.prospect.clone(),
            },
            more: Vec::new(),
            sort: None,
            live: false,
        }
    }

    /// The list with these filters.
    fn address(self) -> ListAddress {
        let prospect = self.prospect.trim().to_owned();
        ListAddress::new(
            PATH,
            [
                ("outcome", self.outcome),
                ("answer", self.answer),
                ("type", self.kind),
                ("prospect", prospect),
            ],
        )
    }
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<CallbacksQuery>,
) -> Result<Response, PageError> {
    let asked = Asked {
        outcome: list::text(query.outcome),
        answer: list::text(query.answer),
        kind: list::text(query.callback_type),
        prospect: kernel::text::line(&list::text(query.prospect)),
    };
    let before: Option<i64> = list::place(query.before.as_deref())?;
    let found = state
        .onboarding
        .callbacks(&viewer.subject, &asked.filter()?, ROWS, before)
        .await?;
    let filters = asked.filters(state.onboarding.callback_types().await?);
    let list = asked.address();
    let nothing_yet = Empty {
        heading: "No callbacks yet",
        next: "Sumsub sends one whenever something happens to an applicant.",
        link: None,
    };
    let template = CallbacksPage {
        layout: Layout::panel("Callbacks", Section::Callbacks, &viewer),
        filters,
        pages: list.pages("before", before.is_none(), found.next),
        empty: list.empty(before.is_none(), nothing_yet),
        rows: found.rows.into_iter().map(CallbackLine::from).collect(),
    };
    page(StatusCode::OK, &template)
}
