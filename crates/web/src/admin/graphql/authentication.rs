//! Who may use the API: whoever brings a bearer token, or a session of the panel from a page of the panel.

use std::{pin::Pin, sync::Arc};

use access::Subject;
use axum::http::{HeaderMap, StatusCode, header};
use graphql::Caller;
use tower_sessions::Session;

use super::{Api, failure::Failure};
use crate::{admin::auth::Pass, error_page::PageError, layout::Viewer};

/// A program, or an operator in a page of the panel, that is let in.
pub struct Client {
    viewer: Viewer,
    /// The token or session that it was let in with.
    pub pass: Pass,
}

impl Client {
    /// Whom the pass lets in.
    ///
    /// # Errors
    /// For a token that is not valid, or when that can't be found out.
    pub async fn with(pass: Pass, api: &Api) -> Result<Option<Self>, PageError> {
        let viewer = pass.enter(&api.state).await?;
        Ok(viewer.map(|viewer| Self { viewer, pass }))
    }

    /// The same client with what it may do now; none when it is not let in any more.
    pub async fn reauthenticated(&self, api: &Api) -> Option<Self> {
        let viewer = self.pass.still(&api.state).await?;
        let pass = self.pass.clone();
        Some(Self { viewer, pass })
    }

    /// The client as the schema knows it.
    pub fn caller(&self, api: &Api) -> Caller {
        let (state, pass) = (api.state.clone(), self.pass.clone());
        let reauthenticate = move || {
            let (state, pass) = (state.clone(), pass.clone());
            let subject = async move { pass.still(&state).await.map(|viewer| viewer.subject) };
            Box::pin(subject) as Pin<Box<dyn Future<Output = Option<Subject>> + Send>>
        };
        Caller {
            subject: self.viewer.subject.clone(),
            name: self.viewer.name.clone(),
            reauthenticate: Arc::new(reauthenticate),
        }
    }
}

/// Who sends a request; nobody else is answered. A session counts only from a page of the panel: another site can make a
/// browser send the cookie, but not our `Origin`.
///
/// # Errors
/// 401 for nobody, 403 for a session from elsewhere, 503 when it can't be found out.
pub async fn authenticate(
    api: &Api,
    session: Session,
    headers: &HeaderMap,
) -> Result<Client, Failure> {
    let pass = Pass::from_request(session, headers);
    if let Pass::Session(session) = &pass
        && session.id().is_some()
        && !api.own.allows(headers)
    {
        return Err(PageError::CrossSite.into());
    }
    Client::with(pass, api).await?.ok_or_else(unauthenticated)
}

/// Who opens a WebSocket. Who brings nothing may still bring a token in the first message, but a browser only from a page of
/// the panel.
///
/// # Errors
/// As [`authenticate`], but not for a client that brings nothing.
pub async fn authenticate_socket(
    api: &Api,
    session: Session,
    headers: &HeaderMap,
) -> Result<Option<Client>, Failure> {
    let pass = Pass::from_request(session, headers);
    if let Pass::Session(session) = &pass
        && (session.id().is_some() || headers.contains_key(header::ORIGIN))
        && !api.own.allows(headers)
    {
        return Err(PageError::CrossSite.into());
    }
    Ok(Client::with(pass, api).await?)
}

fn unauthenticated() -> Failure {
    Failure::with_words(
        StatusCode::UNAUTHORIZED,
        "Send a bearer token that is valid, or sign in to the panel.",
    )
}
