//! `/callbacks`: every webhook, the newest first.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use chrono::SecondsFormat;
use customer::{
    callback_log::view::{CallbackFilter, CallbackRow},
    kyc::Outcome,
    list::Created,
};
use futures::TryStreamExt as _;
use kernel::Page;
use serde::Deserialize;

use crate::{
    admin::{AdminState, words},
    csv_file,
    error_page::PageError,
    format::{self, Choice, Time},
    layout::{Layout, Section, Viewer, page},
    list::{
        self, Days, Empty, Filter, Filters, ListAddress, Pages, Search, place_in_list,
        refuse_wrong_days, wrong_days,
    },
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
    place: Option<String>,
    /// Where the list is a file; none while it is empty.
    file: Option<String>,
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
    from: Option<String>,
    to: Option<String>,
    before: Option<String>,
}

impl CallbacksQuery {
    fn asked(self) -> Asked {
        Asked {
            outcome: list::text(self.outcome),
            answer: list::text(self.answer),
            kind: list::text(self.callback_type),
            prospect: kernel::text::line(&list::text(self.prospect)),
            days: Days::read(self.from, self.to),
        }
    }
}

/// What the list is filtered by, as it was typed or chosen; empty where it isn't.
struct Asked {
    outcome: String,
    answer: String,
    kind: String,
    prospect: String,
    days: Days,
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
            received: Created {
                from: self.days.begin(),
                before: self.days.end(),
            },
        })
    }

    /// The form above the list, with the types of callback that there are.
    fn filters(&self, types: &[String]) -> Filters {
        let mut types = types.to_vec();
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
            more: self
                .days
                .fields([("from", "Received from"), ("to", "Received to")])
                .into(),
            sort: None,
            live: false,
        }
    }

    /// The list with these filters.
    fn address(self) -> ListAddress {
        let prospect = self.prospect.trim().to_owned();
        let [from, to] = self.days.typed();
        ListAddress::new(
            PATH,
            [
                ("outcome", self.outcome),
                ("answer", self.answer),
                ("type", self.kind),
                ("prospect", prospect),
                ("from", from),
                ("to", to),
            ],
        )
    }
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<CallbacksQuery>,
) -> Result<Response, PageError> {
    let before: Option<i64> = list::place(query.before.as_deref())?;
    let asked = query.asked();
    let (onboarding, filter) = (&state.onboarding, asked.filter()?);
    let wrong = asked.days.are_wrong();
    let found = if wrong {
        Page::empty()
    } else {
        onboarding
            .callbacks(&viewer.subject, &filter, ROWS, before)
            .await?
    };
    let extent = onboarding
        .extent_of_callbacks(&viewer.subject, &filter, before.is_none(), &found)
        .await?;
    let filters = asked.filters(&state.onboarding.callback_types().await?);
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
        place: place_in_list(&extent),
        file: (extent.here > 0).then(|| list.file(&[])),
        empty: if wrong {
            wrong_days(PATH)
        } else {
            list.empty(before.is_none(), nothing_yet)
        },
        rows: found.rows.into_iter().map(CallbackLine::from).collect(),
    };
    page(StatusCode::OK, &template)
}

/// The columns of the file.
const HEAD: [&str; 9] = [
    "Callback",
    "Received (UTC)",
    "Type",
    "Prospect",
    "Applicant ID",
    "Answer",
    "Outcome",
    "Reason",
    "Times",
];

/// `/callbacks.csv`: all that the filters leave.
pub async fn file(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<CallbacksQuery>,
) -> Result<Response, PageError> {
    let asked = query.asked();
    refuse_wrong_days(&asked.days)?;
    let download = state
        .onboarding
        .download_callbacks(&viewer.subject, asked.filter()?)
        .await?;
    let batches = download
        .map_ok(|rows| rows.into_iter().map(cells).collect())
        .map_err(Into::into);
    csv_file::of_batches("callbacks", HEAD.to_vec(), batches)
}

fn cells(row: CallbackRow) -> Vec<String> {
    let received = row.received_at;
    let line = CallbackLine::from(row);
    let answer = line.answer.map(|answer| answer.words().to_owned());
    vec![
        line.id.to_string(),
        received.to_rfc3339_opts(SecondsFormat::Secs, true),
        line.kind,
        line.prospect.unwrap_or_default(),
        line.applicant_id.unwrap_or_default(),
        answer.unwrap_or_default(),
        line.outcome.words().to_owned(),
        line.reason.unwrap_or_default(),
        line.receipts.to_string(),
    ]
}
