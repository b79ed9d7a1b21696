//! "Resolve the chosen ones": several items with one reason, each with an outcome of its own.

use access::Permission;
use axum::{
    Extension,
    extract::{Query, RawQuery, State},
    http::{StatusCode, Uri},
    response::Response,
};
use customer::raised::{Became, Outcome, RESOLVED_AT_ONCE};
use url::form_urlencoded;

use super::{
    page,
    raised::{Item, Record},
};
use crate::{
    admin::{
        AdminState,
        dialog::{Asks, Dialog},
        login,
        operation::{Beside, Sent},
        refusal::Refusal,
    },
    error_page::PageError,
    layout::Viewer,
};

/// Where it is asked and done.
pub const PATH: &str = "/needs-a-person/resolve";

/// What was chosen, and why it is resolved.
struct Chosen {
    items: Vec<i64>,
    reason: String,
    from: String,
}

impl Chosen {
    /// From an address or a form: a form's names may stand there several times.
    fn read(parts: &[&str]) -> Self {
        let mut chosen = Self {
            items: Vec::new(),
            reason: String::new(),
            from: page::PATH.to_owned(),
        };
        let pairs = parts
            .iter()
            .flat_map(|part| form_urlencoded::parse(part.as_bytes()));
        for (name, value) in pairs {
            match &*name {
                "item" => chosen.items.extend(value.parse::<i64>()),
                "value" => chosen.reason = value.into_owned(),
                "from" => chosen.from = login::local(Some(&value)).to_owned(),
                _ => {}
            }
        }
        chosen.items.sort_unstable();
        chosen.items.dedup();
        chosen
    }

    fn dialog(&self) -> Dialog {
        let sent = Sent::value(self.reason.clone());
        let items = self.items.iter().map(|id| ("item", id.to_string()));
        Dialog {
            heading: match self.items.len() {
                1 => "Resolve 1 item".to_owned(),
                several => format!("Resolve {several} items"),
            },
            words: "Each leaves the list. The reason stays with each of them.".to_owned(),
            facts: Vec::new(),
            confirms: None,
            action: PATH.to_owned(),
            back: self.from.clone(),
            opener: "#act-resolve-several".to_owned(),
            fields: Asks::Reason.fields(&sent),
            hidden: items.chain([("from", self.from.clone())]).collect(),
            problem: None,
        }
    }

    /// The list where they were chosen.
    async fn render(
        &self,
        state: &AdminState,
        viewer: &Viewer,
        beside: Beside,
    ) -> Result<Response, PageError> {
        let list = self.from.parse::<Uri>().ok();
        let list = list.filter(|uri| uri.path() == page::PATH);
        let query = list.and_then(|uri| Query::try_from_uri(&uri).ok());
        let query = query.map(|Query(query)| query).unwrap_or_default();
        page::render(state, viewer, query, beside).await
    }

    /// Why nothing can be done with what was chosen.
    fn problem(&self) -> Option<Beside> {
        let words = match self.items.len() {
            0 => "Choose what is to be resolved first: tick the boxes beside the items.".to_owned(),
            many if many > RESOLVED_AT_ONCE => {
                format!("Choose {RESOLVED_AT_ONCE} items at most.")
            }
            _ => return None,
        };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Some(Beside::problem(status, String::new(), words))
    }
}

/// The dialog, on the list.
pub async fn ask(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerUpdate)?;
    let chosen = Chosen::read(&[&query.unwrap_or_default()]);
    let beside = chosen.problem().unwrap_or_else(|| Beside {
        dialog: Some(chosen.dialog()),
        ..Beside::default()
    });
    chosen.render(&state, &viewer, beside).await
}

/// "Confirm" in the dialog.
pub async fn resolve(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    RawQuery(query): RawQuery,
    sent: String,
) -> Result<Response, PageError> {
    let chosen = Chosen::read(&[&query.unwrap_or_default(), &sent]);
    if let Some(problem) = chosen.problem() {
        viewer.needs(Permission::CustomerUpdate)?;
        return chosen.render(&state, &viewer, problem).await;
    }
    let (items, reason) = (&chosen.items, &chosen.reason);
    let done = state
        .onboarding
        .resolve_each(&viewer.subject, items, reason)
        .await;
    let beside = match done {
        Ok(outcomes) => {
            let resolved = outcomes.iter().filter(|it| it.became == Became::Resolved);
            Beside {
                summary: Some(format!(
                    "{} of {} resolved",
                    resolved.count(),
                    outcomes.len()
                )),
                told: outcomes.into_iter().map(told).collect(),
                ..Beside::default()
            }
        }
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let mut dialog = chosen.dialog();
            let status = refusal.status;
            refusal.on(&mut dialog);
            Beside {
                status,
                dialog: Some(dialog),
                ..Beside::default()
            }
        }
    };
    chosen.render(&state, &viewer, beside).await
}

/// What became of one.
fn told(outcome: Outcome) -> String {
    let what = match outcome.item {
        Some(item) => {
            let item = Item::of(item, "");
            let record = item
                .record
                .map(|Record { words, .. }| format!(" · {words}"));
            format!("{}{}", item.cause, record.unwrap_or_default())
        }
        None => format!("Item {}", outcome.id),
    };
    let became = match outcome.became {
        Became::Resolved => "resolved",
        Became::WasResolved => "was resolved already",
        Became::Unknown => "there is no such item",
        Became::Failed => "could not be resolved just now: try again",
    };
    format!("{what}: {became}")
}
