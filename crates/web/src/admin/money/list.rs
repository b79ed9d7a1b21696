//! The page of each list.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};

use super::{
    Which,
    asked::{Asked, CUSTOMERS, MoneyQuery, Typed},
    file,
    lines::Lines,
    which::Sum,
};
use crate::{
    admin::{
        AdminState, credit::operations::CreditOperation, deposits::operations::MoneyOperation,
        dialog::Said, next_one, operation::Beside, overview::figure::grouped,
    },
    error_page::PageError,
    format::{self, Choice, Time, money},
    layout::{Layout, Section, Viewer, page},
    list::{Empty, Pages},
};

/// Rows on a page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "admin/money/list.html")]
struct MoneyPage {
    layout: Layout,
    which: Which,
    section: Section,
    search: String,
    statuses: Vec<Choice>,
    fields: Vec<Typed>,
    too_many_customers: bool,
    /// None: too many match.
    sums: Option<Vec<SumLine>>,
    filtered: bool,
    file: Option<String>,
    rows: Vec<Row>,
    pages: Pages,
    empty: Empty,
    said: Option<Said>,
    /// The list as it is shown, to come back to.
    here: String,
}

struct SumLine {
    state: format::State,
    amount: String,
    many: String,
}

struct Row {
    id: String,
    number: Option<String>,
    address: String,
    customer: String,
    called: String,
    amount: String,
    state: format::State,
    known: Option<String>,
    at: Time,
    /// What can be done to it: the button, and where its dialog is.
    decision: Option<(&'static str, String)>,
}

pub async fn withdrawals(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<MoneyQuery>,
) -> Result<Response, PageError> {
    show(Which::Withdrawals, &state, &viewer, query).await
}

pub async fn deposits(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<MoneyQuery>,
) -> Result<Response, PageError> {
    show(Which::Deposits, &state, &viewer, query).await
}

pub async fn proposals(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<MoneyQuery>,
) -> Result<Response, PageError> {
    show(Which::Proposals, &state, &viewer, query).await
}

pub async fn withdrawals_file(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<MoneyQuery>,
) -> Result<Response, PageError> {
    file::send(Which::Withdrawals, state, viewer, query).await
}

pub async fn deposits_file(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<MoneyQuery>,
) -> Result<Response, PageError> {
    file::send(Which::Deposits, state, viewer, query).await
}

pub async fn proposals_file(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<MoneyQuery>,
) -> Result<Response, PageError> {
    file::send(Which::Proposals, state, viewer, query).await
}

async fn show(
    which: Which,
    state: &AdminState,
    viewer: &Viewer,
    query: MoneyQuery,
) -> Result<Response, PageError> {
    let done = query.done.clone();
    let asked = Asked::read(which, query, state, viewer).await?;
    let here = asked.here();
    let said = done
        .said::<MoneyOperation>()
        .or_else(|| done.said::<CreditOperation>());
    let mut beside = Beside::saying(said);
    next_one::offer(state, viewer, &done, &here, &mut beside).await;
    // Of what can't be taken nothing is looked for.
    let clear = asked.is_clear();
    let (found, sums) = if clear {
        let narrowed = &asked.narrowed;
        (
            which
                .lines(state, viewer, narrowed, asked.after, ROWS)
                .await?,
            which.sums(state, viewer, narrowed).await?,
        )
    } else {
        let nothing = Lines {
            lines: Vec::new(),
            next: None,
        };
        (nothing, Some(Vec::new()))
    };
    let (section, is_first) = (which.section(), asked.after.is_none());
    let (heading, next) = which.nothing();
    let template = MoneyPage {
        layout: Layout::panel(section.label(), section, viewer),
        pages: asked.address.pages("after", is_first, found.next),
        rows: rows(which, state, viewer, found).await?,
        empty: asked.address.empty(
            is_first,
            Empty {
                heading,
                next,
                link: Some(("/customers".to_owned(), "Go to the customers")),
            },
        ),
        sums: sums.map(|sums| sums.into_iter().map(|sum| which.said(sum)).collect()),
        filtered: asked.address.is_filtered(),
        file: clear.then_some(asked.file),
        search: asked.search,
        statuses: asked.statuses,
        fields: asked.fields,
        too_many_customers: asked.too_many_customers,
        which,
        section,
        said: beside.rest(),
        here,
    };
    let status = if clear {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    page(status, &template)
}

impl Which {
    fn said(self, sum: Sum) -> SumLine {
        let (one, many) = self.noun();
        SumLine {
            state: sum.state,
            amount: money(sum.cents),
            many: match sum.count {
                1 => format!("1 {one}"),
                count => format!("{} {many}", grouped(count)),
            },
        }
    }
}

async fn rows(
    which: Which,
    state: &AdminState,
    viewer: &Viewer,
    found: Lines,
) -> Result<Vec<Row>, PageError> {
    let customers: Vec<_> = found.lines.iter().map(|line| line.customer).collect();
    let called = state
        .onboarding
        .names_of(&viewer.subject, &customers)
        .await?;
    let rows = found.lines.into_iter().filter_map(|line| {
        let called = called.get(&line.customer)?;
        let decision = which.decision(&line, &called.public_id);
        let decision = decision.filter(|(_, _, permission)| viewer.may(*permission));
        Some(Row {
            decision: decision.map(|(button, address, _)| (button, address)),
            address: which.address(&line, &called.public_id),
            number: line.has_number.then(|| line.id.clone()),
            id: line.id,
            customer: called.public_id.clone(),
            called: called.words(),
            amount: money(line.cents),
            state: line.state,
            known: line.known,
            at: Time::of(line.at),
        })
    });
    Ok(rows.collect())
}
