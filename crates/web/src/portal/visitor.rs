//! Who is at the portal's door.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use tower_sessions::Session;
use user_onboarding::IdentityError;
use uuid::Uuid;

use super::PortalState;
use crate::{
    error_page::PageError,
    layout::{Layout, page},
    session::{self, Door},
};

impl From<IdentityError> for PageError {
    fn from(error: IdentityError) -> Self {
        tracing::error!(%error, "the logins did not answer a page");
        PageError::Unavailable("Signing in is not possible right now.".to_owned())
    }
}

/// Who looks at a page of the portal, by what our own database says at this moment.
pub enum Visitor {
    /// Not signed in, or no longer.
    Stranger,
    /// Signed in with a temporary password: may choose a new one, nothing else.
    MustChoosePassword(Uuid),
    /// Signed in.
    Customer(Uuid),
    /// Locked out since signing in.
    LockedOut,
}

impl PortalState {
    /// Reads the session, and what our own database says of customer and login: a lock-out works on the next click,
    /// also while the identity provider does not know of it yet.
    pub(super) async fn visitor(&self, session: &Session) -> Result<Visitor, PageError> {
        let Some(who) = session::who(session, Door::Portal, &self.public.config, true).await?
        else {
            return Ok(Visitor::Stranger);
        };
        if !self.may_enter(who.id).await? {
            session::sign_out(session).await?;
            return Ok(Visitor::LockedOut);
        }
        let login = self.public.identity.login_of(who.id).await?;
        let Some(login) = login.filter(|login| who.since >= login.sessions_valid_from) else {
            session::sign_out(session).await?;
            return Ok(Visitor::Stranger);
        };
        if !login.enabled {
            session::sign_out(session).await?;
            return Ok(Visitor::LockedOut);
        }
        Ok(if who.must_choose_password {
            Visitor::MustChoosePassword(who.id)
        } else {
            Visitor::Customer(who.id)
        })
    }

    /// Whether the portal is open to this customer at this moment.
    pub(super) async fn may_enter(&self, customer: Uuid) -> Result<bool, PageError> {
        Ok(self.public.onboarding.may_enter(customer.into()).await?)
    }

    /// The one neutral sentence for who is locked out: no reason, a contact.
    pub(super) fn locked_out(&self) -> Result<Response, PageError> {
        let contact = self.public.config.contact_email.clone();
        page(
            StatusCode::FORBIDDEN,
            &LockedOutPage {
                layout: Layout::new("Your account"),
                contact,
            },
        )
    }
}

/// On to the first page, which knows what comes next.
pub fn to_first_page() -> Response {
    Redirect::to("/").into_response()
}

#[derive(Template)]
#[template(path = "portal/locked_out.html")]
struct LockedOutPage {
    layout: Layout,
    contact: String,
}
