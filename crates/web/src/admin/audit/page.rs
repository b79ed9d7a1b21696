//! `/audit`: who did what to whom, when, allowed or refused.

use access::{AuditAction, AuditFilter, AuditPlace, Decision, ObjectKind};
use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;

use super::{
    rows::{EntryRow, rows},
    search::{About, choices},
};
use crate::{
    admin::{
        AdminState,
        list::{self, Empty, with_all},
    },
    error_page::PageError,
    format::Choice,
    layout::{Layout, Section, Viewer, page},
};

/// Rows on a page.
const ROWS: usize = 50;
const PATH: &str = "/audit";

#[derive(Template)]
#[template(path = "admin/audit/page.html")]
struct AuditPage {
    layout: Layout,
    object: String,
    about: Vec<Choice>,
    who: Vec<Choice>,
    actions: Vec<Choice>,
    decisions: Vec<Choice>,
    rows: Vec<EntryRow>,
    newest: Option<String>,
    older: Option<String>,
    empty: Empty,
}

/// What the page's address asks for; what is left out or empty filters nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    object: String,
    about: String,
    who: String,
    action: String,
    decision: String,
    older: Option<i64>,
}

impl AuditQuery {
    /// Without what PostgreSQL takes in no text, and without what was pasted unseen.
    fn cleaned(self) -> Self {
        let text = |value: String| value.replace('\0', "");
        Self {
            object: kernel::text::line(&text(self.object)),
            about: text(self.about),
            who: text(self.who),
            action: text(self.action),
            decision: text(self.decision),
            older: self.older,
        }
    }

    fn filter(&self, about: About) -> Result<AuditFilter, PageError> {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let (kind, objects) = match about {
            About::Anything => (None, Vec::new()),
            About::Kind(kind) => (Some(kind), Vec::new()),
            About::Objects(objects) => (None, objects),
            // Of the addresses themselves the log holds none.
            About::Email => (None, vec![self.object.clone()]),
        };
        let decision = match self.decision.as_str() {
            "" => None,
            "allowed" => Some(Decision::Authorized),
            "refused" => Some(Decision::Refused),
            _ => {
                return Err(PageError::BadRequest(
                    "There is no such decision to filter by.",
                ));
            }
        };
        Ok(AuditFilter {
            subject: given(&self.who),
            action: given(&self.action),
            objects,
            kind,
            decision,
            ..AuditFilter::default()
        })
    }

    /// The address of the newest page with these filters, or of the one with what is older than an entry.
    fn address(&self, older: Option<AuditPlace>) -> String {
        let older = match older {
            Some(AuditPlace::OlderThan(id)) => id.to_string(),
            _ => String::new(),
        };
        list::address(
            PATH,
            [
                ("object", self.object.as_str()),
                ("about", &self.about),
                ("who", &self.who),
                ("action", &self.action),
                ("decision", &self.decision),
                ("older", &older),
            ],
        )
    }
}

/// The page.
///
/// # Errors
/// When the viewer may not read the log, for a filter that there isn't, and when the database does not answer.
pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<AuditQuery>,
) -> Result<Response, PageError> {
    let query = query.cleaned();
    let about = About::read(&state, &viewer, &query.about, &query.object).await?;
    let no_emails = about == About::Email;
    let filter = query.filter(about)?;
    let place = query
        .older
        .map_or(AuditPlace::Newest, AuditPlace::OlderThan);
    // Asks for the permission, and writes a refusal down.
    let found = state
        .audit
        .page(&viewer.subject, &filter, place, ROWS)
        .await?;
    let empty = if no_emails {
        Empty {
            heading: "The log holds no e-mail addresses",
            next: "It holds ids only, so that nothing in it has to be erased. Look the person up, then search here by public ID or UUID.",
            link: Some(("/prospects", "Go to the prospects")),
        }
    } else if filter == AuditFilter::default() {
        Empty {
            heading: "Nothing yet",
            next: "Every decision on what somebody wanted to do is written down here.",
            link: None,
        }
    } else {
        list::nothing_matches(PATH)
    };
    let operators = state.operators.everybody().await?;
    let actions = state.audit.actions(&viewer.subject).await?;
    let operators = operators.into_iter().map(|(id, name)| {
        // Who asks is named as the operator is to whom something is done.
        (ObjectKind::Operator.id(id).to_string(), name)
    });
    let actions = actions.into_iter().map(|name| {
        let words = AuditAction::words_of(&name).to_owned();
        (name, words)
    });
    let decisions = [("allowed", "Allowed"), ("refused", "Refused")]
        .map(|(value, words)| (value.to_owned(), words.to_owned()));
    let template = AuditPage {
        layout: Layout::panel("Audit log", Section::Audit, &viewer),
        about: choices(&query.about),
        who: all_or_one(operators, &query.who),
        actions: all_or_one(actions, &query.action),
        decisions: all_or_one(decisions.into_iter(), &query.decision),
        newest: query.older.map(|_| query.address(None)),
        older: found.older.map(|older| query.address(Some(older))),
        rows: rows(&state, &viewer, found.entries).await?,
        empty,
        object: query.object,
    };
    page(StatusCode::OK, &template)
}

/// The choices of a filter, by value and words, and *All* before them.
fn all_or_one(choices: impl Iterator<Item = (String, String)>, chosen: &str) -> Vec<Choice> {
    with_all(
        chosen.is_empty(),
        choices.map(|(value, words)| {
            let selected = value == chosen;
            Choice::new(value, words, selected)
        }),
    )
}
