//! Signing in at an identity provider (Keycloak), at either site: there, back, and out.

mod attempts;
mod back_channel;
mod failure;
mod urls;

use std::{net::IpAddr, sync::Arc};

use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use oidc::{Ended, Identity, RelyingParty};
use serde::Deserialize;
use tower_sessions::Session;
use url::{Origin, Url};
use uuid::Uuid;

use crate::{
    error_page::PageError,
    session::{self, Sessions},
    throttle::{LoginThrottle, Throttled},
};

pub use failure::SignInFailed;
pub use urls::{OidcUrls, oidc_urls};

/// What the sign-in page says after "Sign out everywhere".
pub(crate) const SIGNED_OUT_EVERYWHERE: &str = "You are signed out everywhere.";
/// Says on the sign-in page that only the session here has ended.
const HERE_ONLY: &str = "here";

/// Where a site sends people to sign in.
#[derive(Clone)]
pub(crate) struct KeycloakSignIn {
    provider: Arc<RelyingParty>,
    sessions: Sessions,
    throttle: Arc<LoginThrottle>,
    /// Of this site, whichever of its names the browser knows it by: the provider sends people back to this one, and
    /// cookies have to be there.
    begin: Url,
}

/// What the provider sends people back with.
#[derive(Deserialize)]
pub(crate) struct Answer {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    /// What became of what the person was sent there to do.
    pub kc_action_status: Option<String>,
}

/// What the page with the one button says.
pub(crate) struct SignInCard {
    pub begin: String,
    pub next: String,
    pub away: bool,
    pub signed_out: Option<&'static str>,
}

impl SignInCard {
    pub fn status(&self) -> StatusCode {
        if self.away {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::OK
        }
    }
}

impl KeycloakSignIn {
    /// Of the site that browsers find at `base`.
    pub fn new(provider: Arc<RelyingParty>, sessions: Sessions, base: &Url) -> Self {
        Self {
            provider,
            sessions,
            throttle: Arc::default(),
            begin: urls::begin_url(base),
        }
    }

    /// Where the forms for signing in and out lead to in the end.
    pub fn forms_lead_to(&self) -> Vec<Origin> {
        vec![self.begin.origin(), self.provider.issuer().origin()]
    }

    /// The route by which the provider ends sessions. It goes beside the pages, not among them.
    pub fn back_channel(&self) -> Router {
        back_channel::router(Arc::clone(&self.provider), self.sessions.clone())
    }

    /// The button, or why there is none. `signed_out` is the page's parameter of that name.
    pub async fn card(&self, next: &str, signed_out: Option<&str>) -> SignInCard {
        SignInCard {
            begin: self.begin.to_string(),
            next: next.to_owned(),
            away: !self.provider.answers().await,
            signed_out: match signed_out {
                Some("1") => Some("You are signed out."),
                Some(HERE_ONLY) => Some(
                    "You are signed out here. The sign-in service did not answer, so it may still know you: close the browser if others use it.",
                ),
                Some("everywhere") => Some(SIGNED_OUT_EVERYWHERE),
                Some("portal") => Some(
                    "You are signed out everywhere here. The sign-in service did not answer, so it may still know other browsers of yours: sign in and try again in a moment.",
                ),
                _ => None,
            },
        }
    }

    /// Sends a person to the provider.
    pub async fn begin(
        &self,
        session: &Session,
        next: &str,
        address: IpAddr,
    ) -> Result<Response, PageError> {
        self.throttle
            .address(address)
            .map_err(|Throttled(wait)| PageError::Throttled(wait))?;
        // What is known of the provider would do to begin with, but lead to a dead page.
        if !self.provider.answers().await {
            return Err(SignInFailed::Away.into());
        }
        let (there, attempt) = self.provider.begin(next.to_owned()).await?;
        attempts::keep(session, attempt).await?;
        Ok(Redirect::to(there.as_str()).into_response())
    }

    /// Sends a person to the provider to choose another password there. They come back as from signing in.
    pub async fn begin_new_password(
        &self,
        session: &Session,
        next: &str,
        address: IpAddr,
    ) -> Result<Response, PageError> {
        self.throttle
            .address(address)
            .map_err(|Throttled(wait)| PageError::Throttled(wait))?;
        if !self.provider.answers().await {
            return Err(SignInFailed::Away.into());
        }
        let (there, attempt) = self.provider.begin_new_password(next.to_owned()).await?;
        attempts::keep(session, attempt).await?;
        Ok(Redirect::to(there.as_str()).into_response())
    }

    /// Ends all sessions here of whose this one is.
    pub async fn end_sessions_here(&self, session: &Session) -> Result<(), PageError> {
        if let Some(at_provider) = session::at_provider(session).await? {
            let all = Ended {
                sub: Some(at_provider.subject()),
                session: None,
            };
            self.sessions.end(&all).await?;
        }
        Ok(())
    }

    /// Who came back, and where they wanted to go. Whatever comes of it, the attempt is used up.
    pub async fn finish(
        &self,
        session: &Session,
        answer: Answer,
    ) -> Result<(Identity, String), PageError> {
        let attempt = match &answer.state {
            Some(state) => attempts::take(session, state).await?,
            None => None,
        };
        let attempt = attempt.ok_or(SignInFailed::NotBegunHere)?;
        if attempt.is_over() {
            return Err(SignInFailed::TooLate.into());
        }
        let issuer = answer.iss.as_deref();
        self.provider.check_issuer(issuer)?;
        if let Some(error) = answer.error {
            return Err(SignInFailed::from_error_code(&error).into());
        }
        let code = answer.code.ok_or(SignInFailed::NotConfirmed)?;
        let next = attempt.next().to_owned();
        let identity = self.provider.finish(attempt, code, issuer).await?;
        Ok((identity, next))
    }

    /// Begins the session of who came back, under the id that they have here.
    pub async fn let_in(
        &self,
        session: &Session,
        id: Uuid,
        identity: &Identity,
    ) -> Result<(), PageError> {
        session::sign_in_from_provider(session, id, identity.into()).await?;
        // First saved, then asked: the provider's word that its session has ended finds ours, or we find the word.
        session.save().await?;
        if let Some(idp_session) = &identity.session
            && self.sessions.has_ended(idp_session).await?
        {
            session::sign_out(session).await?;
            return Err(SignInFailed::EndedMeanwhile.into());
        }
        Ok(())
    }

    /// Ends the session here, and sends the person to end the one at the provider.
    pub async fn out(&self, session: &Session) -> Result<Redirect, PageError> {
        let at_provider = session::at_provider(session).await?;
        session::sign_out(session).await?;
        let hint = at_provider.as_ref().map(|at| at.id_token.as_str());
        let there = if self.provider.answers().await {
            self.provider.sign_out_url(hint).await.ok()
        } else {
            None
        };
        Ok(match there {
            Some(there) => Redirect::to(there.as_str()),
            None => Redirect::to(&format!("/login?signed_out={HERE_ONLY}")),
        })
    }
}
