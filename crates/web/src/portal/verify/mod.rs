//! `/verify/{token}`: where the address in an e-mail with the verification link leads. Whoever holds it need not sign in.
//!
//! Mail scanners open every address that they see, so looking at the page does nothing: the button does (`POST`), which is written down
//! as *opened* and leads to Sumsub.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use customer::link_mail::LinkDoor;
use url::Url;

use super::PublicState;
use crate::{
    client_address::client_address,
    error_page::PageError,
    format::Time,
    layout::{Layout, page},
    site::FormsLeadTo,
    throttle::{LoginThrottle, Throttled},
};

#[derive(Clone)]
struct VerifyState {
    public: PublicState,
    /// Tokens can't be guessed; this is for who tries all the same.
    throttle: Arc<LoginThrottle>,
}

#[derive(Template)]
#[template(path = "portal/verify/page.html")]
struct VerifyPage {
    layout: Layout,
    bank: String,
    contact: String,
    door: Door,
}

enum Door {
    Open(Time),
    Ended,
    Replaced,
    NothingToVerify,
}

/// The page and what its button does.
pub fn routes(public: PublicState) -> Router {
    Router::new()
        .route("/verify/{token}", get(show).post(begin))
        .with_state(VerifyState {
            public,
            throttle: Arc::default(),
        })
}

impl VerifyState {
    fn slow_down(&self, parts: &Parts) -> Result<(), PageError> {
        let address = client_address(parts, &self.public.config.trusted_proxies);
        let allowed = self.throttle.address(address);
        allowed.map_err(|Throttled(wait)| PageError::Throttled(wait))
    }

    fn page(&self, door: &LinkDoor) -> Result<Response, PageError> {
        let config = &self.public.config;
        let shown = VerifyPage {
            layout: Layout::new("Verify your identity"),
            bank: config.bank_name.clone(),
            contact: config.contact_email.clone(),
            door: match door {
                LinkDoor::Open { ends_at, .. } => Door::Open(Time::of(*ends_at)),
                LinkDoor::Ended => Door::Ended,
                LinkDoor::Replaced => Door::Replaced,
                LinkDoor::NothingToVerify => Door::NothingToVerify,
            },
        };
        let status = match door {
            LinkDoor::Open { .. } => StatusCode::OK,
            _ => StatusCode::GONE,
        };
        let mut response = page(status, &shown)?;
        // The address is a secret, also of whom it leads to.
        response.headers_mut().insert(
            "x-robots-tag",
            HeaderValue::from_static("noindex, nofollow"),
        );
        if let LinkDoor::Open { url, .. } = door
            && let Ok(url) = Url::parse(url)
        {
            response.extensions_mut().insert(FormsLeadTo(url.origin()));
        }
        Ok(response)
    }
}

/// Says where the link leads, and does nothing.
async fn show(
    State(state): State<VerifyState>,
    Path(token): Path<String>,
    parts: Parts,
) -> Result<Response, PageError> {
    state.slow_down(&parts)?;
    let door = state.public.onboarding.link_door(&token).await?;
    state.page(&door.ok_or(PageError::NotFound("page"))?)
}

/// "Begin verification" was pressed: says that it was opened, and leads on to Sumsub.
async fn begin(
    State(state): State<VerifyState>,
    Path(token): Path<String>,
    parts: Parts,
) -> Result<Response, PageError> {
    state.slow_down(&parts)?;
    let door = state.public.onboarding.begin_verification(&token).await?;
    match door.ok_or(PageError::NotFound("page"))? {
        LinkDoor::Open { url, .. } => {
            let mut response = Redirect::to(&url).into_response();
            response.headers_mut().insert(
                header::REFERRER_POLICY,
                HeaderValue::from_static("no-referrer"),
            );
            Ok(response)
        }
        other => state.page(&other),
    }
}
