//! What stands above a list: where one is in it, its views, its columns, and the list as a file.

use access::{LONGEST_NAME, ListView};
use askama::{Template, filters::HtmlSafe};
use uuid::Uuid;

/// The operator's views of a list, as links; nothing while there is none.
#[derive(Template)]
#[template(path = "parts/list_views.html")]
pub struct Views {
    all: String,
    links: Vec<ViewLink>,
}

impl HtmlSafe for Views {}

/// A view, as a link to it.
pub struct ViewLink {
    pub id: Uuid,
    pub name: String,
    pub address: String,
    /// Whether the list is narrowed down just so.
    pub is_here: bool,
}

impl Views {
    /// Those of the list at `path`, which is narrowed down by `here`.
    pub fn of(path: &str, views: Vec<ListView>, here: &str) -> Self {
        let link = |view: ListView| ViewLink {
            id: view.id,
            address: format!("{path}?{}", view.query),
            is_here: view.query == here,
            name: view.name,
        };
        Self {
            all: path.to_owned(),
            links: views.into_iter().map(link).collect(),
        }
    }

    /// The one that the list shows.
    pub fn here(&self) -> Option<&ViewLink> {
        self.links.iter().find(|link| link.is_here)
    }
}

/// What can be done with the list as a whole.
#[derive(Template)]
#[template(path = "parts/list_tools.html")]
pub struct Tools {
    /// "1–50 of 1,234".
    pub place: Option<String>,
    /// The list's name, as what is kept of it is sent.
    pub list: &'static str,
    /// Where one comes back to.
    pub back: String,
    pub columns: Vec<Tick>,
    /// Filters and order, for a view to keep; empty while there is nothing to keep.
    pub view: String,
    /// Whether something is typed into the search, which a view doesn't keep.
    pub searched: bool,
    /// The view that the list shows.
    pub here: Option<(Uuid, String)>,
    /// Where the list is a file; none while it is empty.
    pub file: Option<String>,
}

impl HtmlSafe for Tools {}

impl Tools {
    fn longest_name(&self) -> usize {
        LONGEST_NAME
    }
}

/// A column to choose.
pub struct Tick {
    pub name: &'static str,
    pub label: &'static str,
    pub chosen: bool,
}
