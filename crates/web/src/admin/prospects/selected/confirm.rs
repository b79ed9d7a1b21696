//! Asks whether to do it, and shows whom.

use access::Subject;
use askama::Template;
use axum::{http::StatusCode, response::Response};
use customer::selection::{SelectionAct, Whom};
use kernel::Error;
use uuid::Uuid;

use super::{Row, form::Sent};
use crate::{
    admin::AdminState,
    error_page::PageError,
    format::Choice,
    layout::{self, Layout, Section, Viewer},
    list::{grouped, so_many},
};

#[derive(Template)]
#[template(path = "admin/prospects/selected/confirm.html")]
struct ConfirmSelected {
    layout: Layout,
    id: Uuid,
    act: SelectionAct,
    heading: String,
    consequence: &'static str,
    button: String,
    reason: String,
    /// To whom they can be assigned, when that is asked.
    assignees: Vec<Choice>,
    problem: Option<String>,
    back: String,
    public_ids: Vec<String>,
    /// How many they are.
    whom: String,
    rows: Vec<Row>,
    /// Who isn't among the rows, in words.
    more: Option<String>,
}

/// The page that asks, with what was sent and what is wrong with it.
pub async fn page(
    state: &AdminState,
    viewer: &Viewer,
    id: Uuid,
    sent: Sent,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let found = state
        .onboarding
        .selected(&viewer.subject, &sent.public_ids)
        .await;
    let (whom, nobody) = match found {
        Ok(whom) => (whom, None),
        Err(Error::Invalid(wrong)) => {
            let words: Vec<String> = wrong.into_iter().map(|wrong| wrong.message).collect();
            let nobody = Whom {
                public_ids: Vec::new(),
                shown: Vec::new(),
            };
            (nobody, Some(words.join(" ")))
        }
        Err(error) => return Err(error.into()),
    };
    let count = whom.public_ids.len();
    let so_many = so_many(count, "prospect", "prospects");
    let problem = problem.or(nobody);
    let status = match problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let more = count - whom.shown.len();
    let template = ConfirmSelected {
        layout: Layout::panel(sent.act.label(), Section::Prospects, viewer),
        id,
        act: sent.act,
        heading: sent.act.label().to_owned(),
        consequence: consequence(sent.act),
        button: match sent.act {
            SelectionAct::SendLink => format!("Send link to {so_many}"),
            SelectionAct::Remind => format!("Remind {so_many}"),
            SelectionAct::Assign => format!("Assign {so_many}"),
            SelectionAct::Close => format!("Close {so_many}"),
        },
        assignees: match sent.act {
            SelectionAct::Assign => assignees(state, viewer, sent.assignee).await?,
            _ => Vec::new(),
        },
        reason: sent.reason,
        problem,
        back: sent.back,
        public_ids: whom.public_ids,
        whom: so_many,
        rows: whom
            .shown
            .into_iter()
            .map(|one| Row::of(one, "Not tried"))
            .collect(),
        more: (more > 0).then(|| format!("and {} more", grouped(more))),
    };
    layout::page(status, &template)
}

/// *Me*, everybody else who can be given records, *Nobody*; with what was chosen, *Me* before that. Whoever was chosen and can't be given
/// any by now is nobody of them, so nobody else is taken for him.
async fn assignees(
    state: &AdminState,
    viewer: &Viewer,
    chosen: Option<String>,
) -> Result<Vec<Choice>, PageError> {
    let me = match viewer.subject {
        Subject::Operator { id, .. } => Some(id.to_string()),
        _ => None,
    };
    let chosen = chosen.or_else(|| me.clone()).unwrap_or_default();
    let mut known: Vec<(String, String)> = Vec::new();
    known.extend(me.clone().map(|me| (me, "Me".to_owned())));
    for colleague in state.onboarding.colleagues().await? {
        let id = colleague.id.to_string();
        if me.as_ref() != Some(&id) {
            known.push((id, colleague.email));
        }
    }
    known.push((String::new(), "Nobody".to_owned()));
    let gone = !known.iter().any(|(id, _)| *id == chosen);
    let choose = gone.then(|| Choice::new("?", "Choose somebody", true));
    let known = known.into_iter().map(|(id, words)| {
        let is_chosen = id == chosen;
        Choice::new(id, words, is_chosen)
    });
    Ok(choose.into_iter().chain(known).collect())
}

fn consequence(act: SelectionAct) -> &'static str {
    match act {
        SelectionAct::SendLink => {
            "The verification link goes to the e-mail address of each; after a rejection the link to try again."
        }
        SelectionAct::Remind => {
            "The reminder of the link goes to the e-mail address of each now; after a rejection the link to try again."
        }
        SelectionAct::Assign => {
            "Whose they were until now, they are no longer. It stands in the history of each."
        }
        SelectionAct::Close => {
            "Their e-mail addresses and Telegram IDs are free again, and what Sumsub still sends is recorded only."
        }
    }
}
