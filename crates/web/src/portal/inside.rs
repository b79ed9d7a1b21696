//! The way into every page for who is signed in: a handler that takes [`Inside`] is never reached by anybody else.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
    response::{IntoResponse as _, Redirect, Response},
};
use tower_sessions::Session;
use uuid::Uuid;

use super::{
    PortalState,
    visitor::{Visitor, to_first_page},
};
use crate::error_page::PageError;

/// The customer who is signed in and may be here at this moment. Whose page it is comes from the session alone.
#[derive(Debug, Clone, Copy)]
pub struct Inside(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Inside
where
    PortalState: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let portal = PortalState::from_ref(state);
        let session = Session::from_request_parts(parts, state)
            .await
            .map_err(axum::response::IntoResponse::into_response)?;
        let elsewhere = match portal.visitor(&session).await {
            Ok(Visitor::Customer(customer)) => return Ok(Self(customer)),
            Ok(Visitor::Stranger) if parts.uri.path() == "/" => portal.stranger_page().await,
            Ok(Visitor::Stranger) => Ok(to_first_page()),
            Ok(Visitor::MustChoosePassword(_)) => Ok(Redirect::to("/password").into_response()),
            Ok(Visitor::LockedOut) => portal.locked_out(),
            Err(error) => Err(error),
        };
        Err(elsewhere.unwrap_or_else(PageError::into_response))
    }
}
