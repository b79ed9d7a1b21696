//! `/search?q=`: what was found; with `part=results` only the list, for the script.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use kernel::Sought;
use serde::Deserialize;

use super::found::{Group, find};
use crate::{
    admin::AdminState,
    error_page::PageError,
    layout::{Layout, Viewer, page},
    list,
};

/// Of each kind while one types, and on the page.
const IN_THE_LIST: i64 = 5;
const ON_THE_PAGE: i64 = 50;

/// The address as it came.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SearchQuery {
    q: Option<String>,
    part: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/search/page.html")]
struct SearchPage {
    layout: Layout,
    asked: bool,
    groups: Vec<Group>,
}

#[derive(Template)]
#[template(path = "admin/search/results.html")]
struct Results {
    groups: Vec<Group>,
    /// For who doesn't see the list.
    said: String,
}

/// Finds, and says what; one entry of the audit log says whom.
pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<SearchQuery>,
) -> Result<Response, PageError> {
    let typed = list::text(query.q);
    let sought = Sought::parse(&typed);
    if query.part.as_deref() == Some("results") {
        let groups = find(&state, &viewer, &sought, IN_THE_LIST).await?;
        let said = said(groups.iter().map(|group| group.hits.len()).sum());
        return page(StatusCode::OK, &Results { groups, said });
    }
    let groups = find(&state, &viewer, &sought, ON_THE_PAGE).await?;
    let layout = Layout::new("Search")
        .viewed_by(Some(viewer))
        .searching(kernel::text::line(&typed));
    let template = SearchPage {
        layout,
        asked: sought != Sought::Nothing,
        groups,
    };
    page(StatusCode::OK, &template)
}

fn said(found: usize) -> String {
    match found {
        0 => "Nothing found".to_owned(),
        1 => "1 result".to_owned(),
        many => format!("{many} results"),
    }
}
