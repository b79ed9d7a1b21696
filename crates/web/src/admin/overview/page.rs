//! `/`: what needs a person, and what waits.

use ::provisioning::{WaitingGroup, WaitsFor};
use access::Permission;
use askama::Template;
use axum::{Extension, extract::State, response::Response};
use customer::list::Attention;

use super::worklists::Worklists;
use crate::{
    admin::{AdminState, dialog::Dialog, needs_a_person::raised::Items, operation::Beside},
    error_page::PageError,
    layout::{Layout, Section, Viewer, page},
};

#[derive(Template)]
#[template(path = "admin/overview/page.html")]
struct HomePage {
    layout: Layout,
    raised: Items,
    /// How many are raised and not on the page.
    more: i64,
    waits: Vec<Wait>,
    worklists: Worklists,
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
) -> Result<Response, PageError> {
    render(&state, &viewer, Beside::default()).await
}

/// The page, with what stands beside it.
pub async fn render(
    state: &AdminState,
    viewer: &Viewer,
    beside: Beside,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerRead)?;
    let raised = state.onboarding.raised(&viewer.subject).await?;
    let shown = i64::try_from(raised.items.len()).unwrap_or(i64::MAX);
    page(
        beside.status,
        &HomePage {
            layout: Layout::panel("Overview", Section::Overview, viewer),
            more: raised.count.saturating_sub(shown),
            raised: Items::of(raised.items, viewer, Section::Overview.path().to_owned()),
            waits: waits(state, viewer).await?,
            worklists: Worklists::of(state, viewer).await?,
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
    let groups = state.board.waiting(&viewer.subject).await?;
    let (stuck, waiting): (Vec<_>, Vec<_>) = groups
        .iter()
        .partition(|group| group.waits_for == WaitsFor::Person);
    let steps = |groups: &[&WaitingGroup]| groups.iter().map(|group| group.count).sum();
    let attention = |attention: Attention| format!("/prospects?attention={}", attention.name());
    Ok(vec![
        wait(
            "review",
            "Review needed",
            waits.review_needed,
            "/prospects?stage=kyc_on_hold".to_owned(),
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
            steps(&stuck),
            "/provisioning#waits-person".to_owned(),
        ),
        wait(
            "provisioning",
            "Provisioning not done yet",
            steps(&waiting),
            "/provisioning".to_owned(),
        ),
    ])
}
