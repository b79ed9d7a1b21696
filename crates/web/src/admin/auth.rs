//! Who asks: an operator's session or a bearer token.

use std::time::Duration;

use access::{Looks, Operator, OperatorId, PasswordState, Permission};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, Uri},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};
use oidc::BearerError;
use tower_sessions::Session;
use url::form_urlencoded;
use uuid::Uuid;

use super::{AdminState, me::time_zone};
use crate::{
    error_page::PageError,
    keycloak::SignInFailed,
    layout::Viewer,
    origin,
    session::{self, Sessions},
    site::Site,
};

/// Set by `assets/js/live.js` on what it fetches by itself: it doesn't keep a session alive.
pub const LIVE_HEADER: &str = "x-usher-live";

/// A role that was taken away, or a session that ended, ends a stream within this time.
const LOOK_AGAIN: Duration = Duration::from_secs(20);

/// What somebody who is signed in has to do before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// Choose a password of their own in place of a temporary one.
    ChoosePassword,
    /// Set up the second factor that `access.require_second_factor` wants.
    Enrol,
}

impl First {
    fn page(self) -> &'static str {
        match self {
            First::ChoosePassword => "/password",
            First::Enrol => "/me/second-factor",
        }
    }
}

/// Lets in who is signed in or carries a token; sends everybody else to `/login`, and afterwards back here. Who has something to
/// do first reaches only the page for it.
pub async fn require(
    State(state): State<AdminState>,
    session: Session,
    request: Request,
    next: Next,
) -> Response {
    match enter(&state, &session, request.headers()).await {
        Ok(Some((_, Some(first)))) if request.uri().path() != first.page() => {
            if request.uri().path() == "/changes" {
                return PageError::SignedOut.into_response();
            }
            Redirect::to(first.page()).into_response()
        }
        Ok(Some((mut viewer, first))) => {
            let zone = if request.method() == Method::GET && viewer.may(Permission::CustomerRead) {
                viewer.told = Some(state.onboarding.told());
                let counts = state.onboarding.menu_counts(&viewer.subject);
                let (counts, zone) = tokio::join!(counts, time_zone::of(&state, &viewer));
                // Only numbers in the menu: the page says itself what is wrong with the database.
                if let Ok(counts) = counts {
                    viewer.waiting = Some(counts.waiting);
                    viewer.for_me = counts.unread;
                }
                zone
            } else {
                time_zone::of(&state, &viewer).await
            };
            zone.during(inside(viewer, first, request, next)).await
        }
        Ok(None) => to_login(request.method(), request.uri()),
        Err(error) => error.into_response(),
    }
}

/// The page for who is in.
async fn inside(
    viewer: Viewer,
    first: Option<First>,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(viewer.clone());
    if let Some(first) = first {
        request.extensions_mut().insert(first);
        return next.run(request).await;
    }
    let mut response = next.run(request).await;
    // An error page shows the panel around it.
    response.extensions_mut().insert(viewer);
    response
}

/// Answers a page once it is written down whose data it shows; in the panel nobody looks unseen.
pub async fn written_down(
    State(state): State<AdminState>,
    request: Request,
    next: Next,
) -> Response {
    // Who says so without cause hides nothing: what the log doesn't say yet is said.
    let looks = if request.headers().contains_key(LIVE_HEADER) {
        Looks::repeated()
    } else {
        Looks::new()
    };
    let response = looks.during(next.run(request)).await;
    match looks.write_down(state.audit.access()).await {
        Ok(()) => response,
        Err(error) => PageError::from(error).into_response(),
    }
}

/// Whether somebody is in, whatever they have to do first.
pub async fn is_inside(
    state: &AdminState,
    session: &Session,
    headers: &HeaderMap,
) -> Result<bool, PageError> {
    Ok(enter(state, session, headers).await?.is_some())
}

/// Who carries these headers, and what they have to do first. Role and disabling are as of now, not as of signing in.
async fn enter(
    state: &AdminState,
    session: &Session,
    headers: &HeaderMap,
) -> Result<Option<(Viewer, Option<First>)>, PageError> {
    if let Some(token) = origin::bearer(headers) {
        return Ok(Some((by_token(state, token).await?, None)));
    }
    by_session(state, session, !headers.contains_key(LIVE_HEADER)).await
}

/// Whose session it is. `by_a_person` says whether the request counts as using it.
async fn by_session(
    state: &AdminState,
    session: &Session,
    by_a_person: bool,
) -> Result<Option<(Viewer, Option<First>)>, PageError> {
    let Some(who) = session::who(session, Site::Admin, &state.config, by_a_person).await? else {
        return Ok(None);
    };
    let operator = if who.by_provider == state.sign_in.by_provider() {
        operator(state, who.id).await?
    } else {
        None
    };
    let entered = operator.and_then(|operator| {
        let first = match &operator.login {
            None => None,
            // Signed out everywhere since.
            Some(login) if who.sessions_valid_from != Some(login.sessions_valid_from) => {
                return None;
            }
            Some(login) => match login.password {
                PasswordState::Ended => return None,
                PasswordState::Temporary => Some(First::ChoosePassword),
                PasswordState::Own => (state.config.require_second_factor && !login.second_factor)
                    .then_some(First::Enrol),
            },
        };
        Some((viewer(operator), first))
    });
    if entered.is_none() {
        session::sign_out(session).await?;
    }
    Ok(entered)
}

/// As [`by_session`], for who has nothing to do first: programs have no page for it.
async fn by_session_alone(
    state: &AdminState,
    session: &Session,
    by_a_person: bool,
) -> Result<Option<Viewer>, PageError> {
    let entered = by_session(state, session, by_a_person).await?;
    Ok(entered.and_then(|(viewer, first)| first.is_none().then_some(viewer)))
}

/// What somebody came in with: looked at again for as long as a stream of theirs is open.
#[derive(Clone)]
pub enum Pass {
    /// A bearer token; with it no session counts.
    Token(String),
    /// A session, if there is one.
    Session(Session),
}

impl Pass {
    /// What a request carries.
    pub fn from_request(session: Session, headers: &HeaderMap) -> Self {
        origin::bearer(headers).map_or(Self::Session(session), |token| {
            Self::Token(token.to_owned())
        })
    }

    /// Whom it lets in, as they come.
    pub async fn enter(&self, state: &AdminState) -> Result<Option<Viewer>, PageError> {
        match self {
            Self::Token(token) => by_token(state, token).await.map(Some),
            Self::Session(session) => by_session_alone(state, session, true).await,
        }
    }

    /// Whom it lets in as of now; nobody when that can't be found out. Does not count as using the session.
    pub async fn still(&self, state: &AdminState) -> Option<Viewer> {
        match self {
            Self::Token(token) => by_token(state, token).await.ok(),
            Self::Session(session) => {
                let sessions = Sessions::new(state.pool.clone(), Site::Admin);
                if let Some(id) = session.id()
                    && !sessions.is_alive(&id).await.unwrap_or(false)
                {
                    return None;
                }
                by_session_alone(state, session, false).await.ok().flatten()
            }
        }
    }

    /// Ready once it lets in nobody who `may` any more, or the server stops.
    pub async fn over(self, state: AdminState, may: impl Fn(&Viewer) -> bool) {
        loop {
            tokio::select! {
                () = state.shutdown.cancelled() => return,
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
            if !self.still(&state).await.is_some_and(|viewer| may(&viewer)) {
                return;
            }
        }
    }
}

/// Whom a bearer token speaks for: one of ours, or an access token of the identity provider.
async fn by_token(state: &AdminState, token: &str) -> Result<Viewer, PageError> {
    if let Some((subject, name)) = state.tokens.verify_named(token).await? {
        let role = subject.role().ok_or(PageError::BadToken)?;
        return Ok(Viewer::new(subject, name, role));
    }
    let bearer = state.bearer.as_ref().ok_or(PageError::BadToken)?;
    let program = bearer.verify(token).await.map_err(|error| match error {
        BearerError::Refused(why) => {
            tracing::info!(why, "a bearer token was refused");
            PageError::BadToken
        }
        BearerError::Away(_) => {
            tracing::warn!(%error, "a bearer token could not be checked");
            PageError::Unavailable(
                "Keycloak does not answer, so the bearer token can't be checked.".to_owned(),
            )
        }
    })?;
    operator(state, program.sub)
        .await?
        .map(viewer)
        .ok_or(PageError::SignIn(SignInFailed::NoRole))
}

/// Who has a role as of now.
async fn operator(state: &AdminState, id: Uuid) -> Result<Option<Operator>, PageError> {
    let operator = state.operators.find(OperatorId::from(id)).await?;
    Ok(operator.filter(|operator| operator.disabled_at.is_none()))
}

fn viewer(operator: Operator) -> Viewer {
    Viewer::new(operator.subject(), operator.email, operator.role)
}

fn to_login(method: &Method, uri: &Uri) -> Response {
    if uri.path() == "/changes" {
        // An event stream that is sent to a page would try again for ever.
        return PageError::SignedOut.into_response();
    }
    let wanted = uri.path_and_query().map_or("/", |wanted| wanted.as_str());
    if *method == Method::GET && wanted != "/" {
        let next: String = form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
        Redirect::to(&format!("/login?next={next}")).into_response()
    } else {
        Redirect::to("/login").into_response()
    }
}
