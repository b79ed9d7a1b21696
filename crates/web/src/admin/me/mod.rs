//! `/me`: an operator's own password, sessions and second factor; `/password`: their own in place of a temporary one.

mod choose_password;
mod password;
mod second_factor;
mod sessions;
pub mod time_zone;

use ::access::{Operator, OperatorDirectory as _, PasswordState, Subject};
use askama::Template;
use axum::{
    Extension, Router,
    extract::{FromRef, Query, State},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use serde::Deserialize;
use tower_sessions::Session;

use self::{sessions::SessionRow, time_zone::ZoneChoice};
use super::{AdminState, dialog::Said, login::PasswordSignIn};
use crate::{
    error_page::PageError,
    layout::{Layout, MY_ACCOUNT, Viewer, page},
    session::Sessions,
    site::Site,
};

/// Where it is.
pub const HERE: &str = "/me";

impl FromRef<PasswordSignIn> for AdminState {
    fn from_ref(sign_in: &PasswordSignIn) -> Self {
        sign_in.state.clone()
    }
}

/// The page of who signs in here, and all that is done on it.
pub fn routes<S: Clone + Send + Sync + 'static>(sign_in: PasswordSignIn) -> Router<S> {
    Router::new()
        .route("/me", get(show))
        .merge(time_zone::routes())
        .route(
            "/me/password",
            get(to_the_page).merge(post(password::change)),
        )
        .route(
            "/me/sessions/end",
            get(to_the_page).merge(post(sessions::end_one)),
        )
        .route(
            "/me/sessions/end-others",
            get(to_the_page).merge(post(sessions::end_others)),
        )
        .route(
            "/me/second-factor",
            get(second_factor::form).post(second_factor::enrol),
        )
        .route(
            "/me/second-factor/remove",
            get(to_the_page).merge(post(second_factor::remove)),
        )
        .route(
            "/password",
            get(choose_password::form).post(choose_password::submit),
        )
        .with_state(sign_in)
}

/// The page of who signs in at an identity provider, which keeps all of this.
pub fn elsewhere() -> Router<AdminState> {
    Router::new()
        .route("/me", get(show_elsewhere))
        .merge(time_zone::routes())
}

async fn to_the_page() -> axum::response::Redirect {
    axum::response::Redirect::to(HERE)
}

/// What stands beside the fields.
#[derive(Default)]
struct Problems {
    current: Option<String>,
    new: Option<String>,
    repeated: Option<String>,
    /// Beside the password with which the second factor is removed.
    remove: Option<String>,
    code: Option<String>,
}

/// What the page has of who signs in here.
struct Own {
    sessions: Vec<SessionRow>,
    /// How many recovery codes are left, of who has a second factor.
    recovery_codes: Option<i64>,
    /// Whether everybody has to have one.
    required: bool,
}

#[derive(Template)]
#[template(path = "admin/me/page.html")]
struct MePage {
    layout: Layout,
    viewer: Viewer,
    /// None of a program.
    zone: Option<ZoneChoice>,
    /// None of who signs in elsewhere.
    own: Option<Own>,
    /// A program: it has neither password nor session.
    token: bool,
    problems: Problems,
    said: Option<Said>,
}

#[derive(Deserialize)]
struct Done {
    done: Option<String>,
    /// What could not be done.
    problem: Option<String>,
}

impl Done {
    fn said(&self) -> Beside {
        Beside {
            done: self.done.as_deref().and_then(done),
            problem: (self.problem.as_deref() == Some(time_zone::NAME))
                .then(|| time_zone::NO_SUCH_ZONE.to_owned()),
            ..Beside::default()
        }
    }
}

fn done(slug: &str) -> Option<&'static str> {
    match slug {
        "password" => Some("Your password was changed. Your other sessions have ended."),
        time_zone::NAME => Some("Times are told in this time zone."),
        "session" => Some("The session has ended."),
        "sessions" => Some("Your other sessions have ended."),
        "second-factor" => Some("Your second factor was removed. Your other sessions have ended."),
        _ => None,
    }
}

async fn show(
    State(sign_in): State<PasswordSignIn>,
    Extension(viewer): Extension<Viewer>,
    Query(asked): Query<Done>,
    session: Session,
) -> Result<Response, PageError> {
    render(&sign_in, &viewer, &session, asked.said()).await
}

async fn show_elsewhere(
    Extension(viewer): Extension<Viewer>,
    Query(asked): Query<Done>,
) -> Result<Response, PageError> {
    let token = is_program(&viewer);
    me_page(viewer, None, token, asked.said())
}

/// What the page shows beside what is so.
#[derive(Default)]
struct Beside {
    status: StatusCode,
    problems: Problems,
    done: Option<&'static str>,
    problem: Option<String>,
}

impl Beside {
    fn wrong(problems: Problems) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            problems,
            ..Self::default()
        }
    }
}

async fn render(
    sign_in: &PasswordSignIn,
    viewer: &Viewer,
    session: &Session,
    beside: Beside,
) -> Result<Response, PageError> {
    if is_program(viewer) {
        return me_page(viewer.clone(), None, true, beside);
    }
    let operator = me(sign_in, viewer).await?;
    let has_second_factor = operator
        .login
        .as_ref()
        .is_some_and(|login| login.second_factor);
    let recovery_codes = if has_second_factor {
        Some(sign_in.operators.recovery_codes_left(&operator).await?)
    } else {
        None
    };
    let own = Own {
        sessions: sessions::rows(sign_in, &operator, session).await?,
        recovery_codes,
        required: sign_in.state.config.require_second_factor,
    };
    me_page(viewer.clone(), Some(own), false, beside)
}

fn me_page(
    viewer: Viewer,
    own: Option<Own>,
    token: bool,
    beside: Beside,
) -> Result<Response, PageError> {
    let template = MePage {
        layout: Layout::new(MY_ACCOUNT).viewed_by(Some(viewer.clone())),
        viewer,
        zone: (!token).then(ZoneChoice::of_viewer),
        own,
        token,
        problems: beside.problems,
        said: beside
            .problem
            .map(Said::Problem)
            .or(beside.done.map(Said::Done)),
    };
    page(beside.status, &template)
}

fn is_program(viewer: &Viewer) -> bool {
    !matches!(viewer.subject, Subject::Operator { .. })
}

/// The operator who asks, as of now. A program has no account of its own.
async fn me(sign_in: &PasswordSignIn, viewer: &Viewer) -> Result<Operator, PageError> {
    let Subject::Operator { id, .. } = viewer.subject else {
        return Err(PageError::NotFound("account"));
    };
    let operator = sign_in.operators.find(id).await?;
    operator.ok_or(PageError::SignedOut)
}

/// The same, who has a password of their own.
async fn with_own_password(
    sign_in: &PasswordSignIn,
    viewer: &Viewer,
) -> Result<Operator, PageError> {
    let operator = me(sign_in, viewer).await?;
    let login = operator.login.as_ref();
    if login.is_some_and(|login| login.password == PasswordState::Own) {
        Ok(operator)
    } else {
        Err(PageError::SignedOut)
    }
}

fn sessions_of(sign_in: &PasswordSignIn) -> Sessions {
    Sessions::new(sign_in.state.pool.clone(), Site::Admin)
}
