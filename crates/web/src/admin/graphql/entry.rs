//! Who gets in: a bearer token, or a session of the panel from a page of the panel.

use std::{pin::Pin, sync::Arc};

use access::Subject;
use axum::http::{HeaderMap, StatusCode, header};
use graphql::Caller;
use tower_sessions::Session;

use super::{Api, failure::Failure};
use crate::{admin::auth::Pass, error_page::PageError, layout::Viewer};

/// Somebody who got in.
pub struct Entrant {
    viewer: Viewer,
    /// What they came in with.
    pub pass: Pass,
}

impl Entrant {
    /// Whom the pass lets in.
    ///
    /// # Errors
    /// For a token that is not valid, or when that can't be found out.
    pub async fn with(pass: Pass, api: &Api) -> Result<Option<Self>, PageError> {
        let viewer = pass.enter(&api.state).await?;
        Ok(viewer.map(|viewer| Self { viewer, pass }))
    }

    /// The same with what they may do now; nobody when they are not let in any more.
    pub async fn as_of_now(&self, api: &Api) -> Option<Self> {
        let viewer = self.pass.still(&api.state).await?;
        let pass = self.pass.clone();
        Some(Self { viewer, pass })
    }

    /// As the schema knows them.
    pub fn caller(&self, api: &Api) -> Caller {
        let (state, pass) = (api.state.clone(), self.pass.clone());
        let still = move || {
            let (state, pass) = (state.clone(), pass.clone());
            let still = async move { pass.still(&state).await.map(|viewer| viewer.subject) };
            Box::pin(still) as Pin<Box<dyn Future<Output = Option<Subject>> + Send>>
        };
        Caller {
            subject: self.viewer.subject.clone(),
            name: self.viewer.name.clone(),
            reauthenticate: Arc::new(still),
        }
    }
}

/// Who sends a request; nobody else is answered. A session counts only from a page of the panel: another site can make a
/// browser send the cookie, but not our `Origin`.
///
/// # Errors
/// 401 for nobody, 403 for a session from elsewhere, 503 when it can't be found out.
pub async fn required(
    api: &Api,
    session: Session,
    headers: &HeaderMap,
) -> Result<Entrant, Failure> {
    let pass = Pass::of(session, headers);
    if let Pass::Session(session) = &pass
        && session.id().is_some()
        && !api.own.allows(headers)
    {
        return Err(PageError::CrossSite.into());
    }
    Entrant::with(pass, api).await?.ok_or_else(nobody)
}

/// Who opens a WebSocket. Who brings nothing may still bring a token in the first message, but a browser only from a page of
/// the panel.
///
/// # Errors
/// As [`required`], but for nobody.
pub async fn at_the_socket(
    api: &Api,
    session: Session,
    headers: &HeaderMap,
) -> Result<Option<Entrant>, Failure> {
    let pass = Pass::of(session, headers);
    if let Pass::Session(session) = &pass
        && (session.id().is_some() || headers.contains_key(header::ORIGIN))
        && !api.own.allows(headers)
    {
        return Err(PageError::CrossSite.into());
    }
    Ok(Entrant::with(pass, api).await?)
}

fn nobody() -> Failure {
    Failure::said(
        StatusCode::UNAUTHORIZED,
        "Send a bearer token that is valid, or sign in to the panel.",
    )
}
