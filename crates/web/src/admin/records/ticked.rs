//! What can be done to those who are ticked in the list of prospects, or to all that match.

use access::Permission;
use askama::{Template, filters::HtmlSafe};
use axum::{extract::Query, http::Uri};
use customer::{
    list::Extent,
    primitives::{CustomerType, Stage},
    selection::SELECTED_AT_MOST,
};

use super::query::{Asked, RecordsQuery};
use crate::{
    admin::AdminState,
    error_page::PageError,
    layout::Viewer,
    list::{grouped, refuse_wrong_days},
};

/// The buttons above the list.
#[derive(Template)]
#[template(path = "admin/records/ticked.html")]
pub struct Ticked {
    /// The address of the list.
    back: String,
    /// How many match, when they are more than a page of them.
    all: Option<All>,
}

impl HtmlSafe for Ticked {}

enum All {
    /// All of them can be selected.
    CanBe(String),
    /// So many can be selected at most.
    TooMany(String),
}

impl Ticked {
    /// For who may do something to them, when there is somebody in the list.
    pub fn of(
        viewer: &Viewer,
        asked: &Asked<Stage, CustomerType>,
        extent: &Extent,
    ) -> Option<Self> {
        let at_most = i64::try_from(SELECTED_AT_MOST).unwrap_or(i64::MAX);
        let total = extent.total;
        let all = if total.more || total.count > at_most {
            All::TooMany(grouped(at_most))
        } else {
            All::CanBe(grouped(total.count))
        };
        let is_more = total.more || total.count > extent.here;
        let shown = viewer.may(Permission::CustomerUpdate) && extent.here > 0;
        shown.then(|| Self {
            back: asked.here(),
            all: is_more.then_some(all),
        })
    }
}

/// The public ids of all prospects in the list at this address, in its order; one more than can be selected, when they are too many.
///
/// # Errors
/// When it is no address of the list, or the database does not answer.
pub async fn all_that_match(
    state: &AdminState,
    viewer: &Viewer,
    address: &str,
) -> Result<Vec<String>, PageError> {
    const NO_LIST: PageError = PageError::BadRequest("There is no such list of prospects.");
    let address: Uri = address.parse().map_err(|_| NO_LIST)?;
    let Query(query) = Query::<RecordsQuery>::try_from_uri(&address).map_err(|_| NO_LIST)?;
    let asked: Asked<Stage, CustomerType> = query.read("/prospects", "stage")?;
    refuse_wrong_days(&asked.days)?;
    let found = state
        .onboarding
        .public_ids_of_prospects(
            &viewer.subject,
            &asked.filter(state, viewer).await?,
            asked.page.direction,
            SELECTED_AT_MOST + 1,
        )
        .await?;
    Ok(found)
}
