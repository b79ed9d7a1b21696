//! `/callbacks/{id}`: one webhook as it was received, and "Reprocess".

use access::Permission;
use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use customer::{callback_log::view::CallbackDetail, kyc::Outcome};
use kernel::Error;

use crate::{
    admin::{
        AdminState,
        callbacks::list::Row,
        dialog::{Dialog, Said},
        operation::{Done, done_address},
        refusal::Refusal,
    },
    error_page::PageError,
    format::Time,
    layout::{Layout, Section, Viewer, page},
};

/// What the address says when it was done.
const REPROCESS: &str = "reprocess";

#[derive(Template)]
#[template(path = "admin/callbacks/page.html")]
struct CallbackPage {
    layout: Layout,
    row: Row,
    processed: Option<Time>,
    body: String,
    may_reprocess: bool,
    said: Option<Said>,
    dialog: Option<Dialog>,
}

async fn find(state: &AdminState, viewer: &Viewer, id: &str) -> Result<CallbackDetail, PageError> {
    let id = id.parse().map_err(|_| PageError::NotFound("callback"))?;
    let found = state.onboarding.callback(&viewer.subject, id).await;
    found.map_err(|error| match error {
        Error::NotFound(_) => PageError::NotFound("callback"),
        error => error.into(),
    })
}

fn render(
    viewer: &Viewer,
    callback: CallbackDetail,
    status: StatusCode,
    said: Option<Said>,
    dialog: Option<Dialog>,
) -> Result<Response, PageError> {
    let now = clock::now();
    let final_outcome = matches!(
        callback.row.outcome,
        Outcome::Received | Outcome::Applied | Outcome::Conflicting
    );
    let template = CallbackPage {
        layout: Layout::panel(
            format!("Callback {}", callback.row.id),
            Section::Callbacks,
            viewer,
        ),
        processed: callback.processed_at.map(|at| Time::new(at, now)),
        body: pretty(&callback.body),
        may_reprocess: viewer.may(Permission::CustomerUpdate) && !final_outcome,
        row: callback.row.into(),
        said,
        dialog,
    };
    page(status, &template)
}

/// JSON on lines of its own, in the order in which it was received; what is none as it is.
fn pretty(body: &str) -> String {
    serde_json::from_str::<Box<serde_json::value::RawValue>>(body)
        .ok()
        .and_then(|_| indented(body))
        .unwrap_or_else(|| body.to_owned())
}

/// Only white space is added: keys stay in their order, numbers as they were written.
fn indented(json: &str) -> Option<String> {
    let mut pretty = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let line = |pretty: &mut String, depth: usize| {
        pretty.push('\n');
        pretty.extend(std::iter::repeat_n("  ", depth));
    };
    let mut letters = json.trim().chars().peekable();
    while let Some(letter) = letters.next() {
        if in_string {
            pretty.push(letter);
            in_string = escaped || letter != '"';
            escaped = letter == '\\' && !escaped;
            continue;
        }
        match letter {
            '"' => {
                in_string = true;
                pretty.push(letter);
            }
            '{' | '[' => {
                pretty.push(letter);
                while letters.next_if(|next| next.is_whitespace()).is_some() {}
                if let Some(close) = letters.next_if(|next| matches!(next, '}' | ']')) {
                    pretty.push(close);
                } else {
                    depth += 1;
                    line(&mut pretty, depth);
                }
            }
            '}' | ']' => {
                depth = depth.checked_sub(1)?;
                line(&mut pretty, depth);
                pretty.push(letter);
            }
            ',' => {
                pretty.push(letter);
                line(&mut pretty, depth);
            }
            ':' => pretty.push_str(": "),
            letter if letter.is_whitespace() => {}
            letter => pretty.push(letter),
        }
    }
    Some(pretty)
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<String>,
    Query(asked): Query<Done>,
) -> Result<Response, PageError> {
    let callback = find(&state, &viewer, &id).await?;
    let said = asked.is(REPROCESS).then_some(Said::Done(
        "It is judged again; reload the page to see what came of it.",
    ));
    render(&viewer, callback, StatusCode::OK, said, None)
}

/// The dialog of "Reprocess".
pub async fn ask(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerUpdate)?;
    let callback = find(&state, &viewer, &id).await?;
    let dialog = dialog(callback.row.id);
    render(&viewer, callback, StatusCode::OK, None, Some(dialog))
}

/// "Reprocess".
pub async fn reprocess(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let callback = find(&state, &viewer, &id).await?;
    let again = state
        .onboarding
        .reprocess(&viewer.subject, callback.row.id)
        .await;
    match again {
        Ok(()) => {
            let address = done_address(&format!("/callbacks/{id}"), REPROCESS, None);
            Ok(Redirect::to(&address).into_response())
        }
        Err(error) => {
            let (status, words) = Refusal::of(error)?.words();
            let callback = find(&state, &viewer, &id).await?;
            render(&viewer, callback, status, Some(Said::Problem(words)), None)
        }
    }
}

fn dialog(id: i64) -> Dialog {
    Dialog {
        heading: "Reprocess callback".to_owned(),
        words: "It is judged again, as things stand now. What it says can move the prospect or the customer.".to_owned(),
        facts: Vec::new(),
        action: format!("/callbacks/{id}/reprocess"),
        back: format!("/callbacks/{id}"),
        opener: "#reprocess".to_owned(),
        fields: Vec::new(),
        hidden: Vec::new(),
        problem: None,
    }
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn a_body_is_laid_out_and_not_changed() {
        let laid_out = pretty(r#"{"b":1.50,"a":[],"c":{"d":"x, {y}: \"z\\"},"e":[1,{ }]}"#);
        assert_eq!(
            laid_out,
            "{\n  \"b\": 1.50,\n  \"a\": [],\n  \"c\": {\n    \"d\": \"x, {y}: \\\"z\\\\\"\n  },\n  \"e\": [\n    1,\n    {}\n  ]\n}"
        );
        assert_eq!(pretty("(erased)"), "(erased)");
        assert_eq!(pretty("{\"a\": }"), "{\"a\": }");
    }
}
