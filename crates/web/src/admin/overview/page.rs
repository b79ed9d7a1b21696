//! `/`: what needs a person, what waits, and how it goes; the figures as files.

use access::Permission;
use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    response::Response,
};
use customer::{list::Attention, raised::RaisedList, statistics::Period};

use super::{
    asked::{Asked, OverviewQuery},
    figure::Figure,
    figures::{Source, Which},
    worklists::Worklists,
};
use crate::{
    admin::{AdminState, dialog::Dialog, needs_a_person::raised::Items, operation::Beside, words},
    csv_file,
    error_page::PageError,
    format::Choice,
    layout::{Layout, Section, Viewer, page},
};

/// Raised items on the page: the newest. Their own page has all.
const RAISED: i64 = 5;

#[derive(Template)]
#[template(path = "admin/overview/page.html")]
struct HomePage {
    layout: Layout,
    raised: Items,
    /// How many are raised, on the page or not.
    count: i64,
    waits: Vec<Wait>,
    worklists: Worklists,
    asked: Asked,
    periods: Vec<(&'static Period, String)>,
    types: Vec<Choice>,
    figures: Vec<Figure>,
    /// Whether all prospects are counted.
    whole: bool,
    dialog: Option<Dialog>,
}

/// A number that leads to its list.
struct Wait {
    key: &'static str,
    words: &'static str,
    count: i64,
    address: String,
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<OverviewQuery>,
) -> Result<Response, PageError> {
    render_asked(&state, &viewer, query.read()?, Beside::default()).await
}

/// The table behind a figure, as a file.
pub async fn file(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(name): Path<String>,
    Query(query): Query<OverviewQuery>,
) -> Result<Response, PageError> {
    let figures = Which::ALL.into_iter();
    let which = name
        .strip_suffix(".csv")
        .and_then(|name| figures.clone().find(|which| which.id() == name))
        .ok_or(PageError::NotFound("figure"))?;
    let asked = query.read()?;
    let told = state
        .onboarding
        .statistics_to_keep(&viewer.subject, asked.period)
        .await?;
    let figure = Source::of(&state, &told, asked).await?.figure(which);
    let name = format!("{}_{}_{}.csv", which.id(), told.from, told.to);
    let file = figure.table.file().map_err(PageError::Internal)?;
    csv_file::attachment(&name, file)
}

/// The page, with what stands beside it.
pub async fn render(
    state: &AdminState,
    viewer: &Viewer,
    beside: Beside,
) -> Result<Response, PageError> {
    render_asked(state, viewer, Asked::default(), beside).await
}

async fn render_asked(
    state: &AdminState,
    viewer: &Viewer,
    asked: Asked,
    beside: Beside,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerRead)?;
    let raised = state
        .onboarding
        .newest_raised(&viewer.subject, RAISED)
        .await?;
    let told = state
        .onboarding
        .statistics(&viewer.subject, asked.period)
        .await?;
    let source = Source::of(state, &told, asked).await?;
    let periods = Period::ALL.iter().map(|period| {
        let asked = Asked {
            period: *period,
            ..asked
        };
        (period, asked.address("/"))
    });
    let chosen = asked.customer_type.map_or("", |of| of.name());
    let all = Choice::new("", "All customer types", chosen.is_empty());
    page(
        beside.status,
        &HomePage {
            layout: Layout::panel("Overview", Section::Overview, viewer),
            count: raised.count,
            raised: Items::of(raised.items, viewer, Section::Overview.path().to_owned()),
            waits: waits(state, viewer).await?,
            worklists: Worklists::of(state, viewer).await?,
            asked,
            periods: periods.collect(),
            types: std::iter::once(all).chain(words::types(chosen)).collect(),
            figures: Which::ALL.map(|which| source.figure(which)).into(),
            whole: told.whole,
            dialog: beside.dialog,
        },
    )
}

async fn waits(state: &AdminState, viewer: &Viewer) -> Result<Vec<Wait>, PageError> {
    let waits = state.onboarding.worklist_counts(&viewer.subject).await?;
    let wait = |key, words, count, address: String| Wait {
        key,
        words,
        count,
        address,
    };
    // Who needs a person comes apart from who only waits for an outage to end.
    let steps = state.board.waiting_counts(&viewer.subject).await?;
    let attention =
        |attention: Attention| format!("/prospects?attention={}&snoozed=no", attention.name());
    Ok(vec![
        wait(
            "review",
            "Review needed",
            waits.review_needed,
            "/prospects?stage=kyc_on_hold&snoozed=no".to_owned(),
        ),
        wait(
            "retry",
            "Declined, may try again",
            waits.declined_with_retry,
            attention(Attention::DeclinedWithRetry),
        ),
        wait(
            "links",
            "Links that ended",
            waits.links_ended,
            attention(Attention::LinkEnded),
        ),
        wait(
            "callbacks",
            "Failed callbacks",
            waits.failed_callbacks,
            "/callbacks?outcome=failed".to_owned(),
        ),
        wait(
            "sumsub",
            "Sumsub could not be asked",
            waits.unanswered_refreshes,
            attention(Attention::Unanswered),
        ),
        wait(
            "stuck",
            "Stuck provisioning",
            steps.for_a_person,
            "/provisioning#waits-person".to_owned(),
        ),
        wait(
            "provisioning",
            "Provisioning not done yet",
            steps.others,
            "/provisioning".to_owned(),
        ),
    ])
}
