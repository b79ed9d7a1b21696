//! `/callbacks/{id}`: one webhook as it was received.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    response::Response,
};
use customer::{callback_log::view::CallbackDetail, kyc::Outcome};
use kernel::Error;

use super::{list::CallbackLine, operations::Reprocess};
use crate::{
    admin::{
        AdminState,
        dialog::{Dialog, Said},
        operation::{Beside, Done, Offered, Operation as _, Subject},
    },
    error_page::PageError,
    format::Time,
    layout::{Layout, Section, Viewer, page},
};

#[derive(Template)]
#[template(path = "admin/callbacks/page.html")]
struct CallbackTemplate {
    layout: Layout,
    row: CallbackLine,
    processed: Option<Time>,
    body: String,
    may_reprocess: bool,
    said: Option<Said>,
    dialog: Option<Dialog>,
}

/// A callback, as its page has it.
pub struct CallbackPage(CallbackDetail);

impl CallbackPage {
    /// Finds it; that somebody looked is written down.
    ///
    /// # Errors
    /// When there is none, or the viewer may not see it.
    pub async fn find(state: &AdminState, viewer: &Viewer, id: &str) -> Result<Self, PageError> {
        let id = id.parse().map_err(|_| PageError::NotFound("callback"))?;
        let found = state.onboarding.callback(&viewer.subject, id).await;
        found.map(Self).map_err(|error| match error {
            Error::NotFound(_) => PageError::NotFound("callback"),
            error => error.into(),
        })
    }

    /// The number that addresses know it by.
    pub fn id(&self) -> i64 {
        self.0.row.id
    }

    /// Whether it is of use to judge it again.
    pub fn reprocessable(&self) -> Offered {
        match self.0.row.outcome {
            Outcome::Received | Outcome::Applied | Outcome::Conflicting => Offered::No,
            _ => Offered::Yes,
        }
    }
}

impl Subject for CallbackPage {
    fn path(&self) -> String {
        format!("/callbacks/{}", self.id())
    }

    async fn render(
        self,
        _state: &AdminState,
        viewer: &Viewer,
        mut beside: Beside,
    ) -> Result<Response, PageError> {
        let title = format!("Callback {}", self.id());
        let template = CallbackTemplate {
            layout: Layout::panel(title, Section::Callbacks, viewer),
            may_reprocess: viewer.may(Reprocess.words().permission)
                && self.reprocessable() == Offered::Yes,
            processed: self.0.processed_at.map(Time::of),
            body: pretty(&self.0.body),
            row: self.0.row.into(),
            said: beside.rest(),
            dialog: beside.dialog,
        };
        page(beside.status, &template)
    }
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, PageError> {
    let callback = CallbackPage::find(&state, &viewer, &id).await?;
    let beside = Beside::saying(done.said::<Reprocess>());
    callback.render(&state, &viewer, beside).await
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
