//! Who asks for a page of the portal.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use identity::{BuiltInIdentity, IdentityError};
use tower_sessions::Session;
use uuid::Uuid;

use super::{Entrance, PortalState};
use crate::{
    error_page::PageError,
    layout::{Layout, page},
    session::{self, SignedIn},
    site::Site,
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
    /// A customer who is signed in.
    Customer(Uuid),
    /// Locked out since signing in.
    LockedOut,
}

impl PortalState {
    /// Reads the session, and what our own database says of customer and login: a lock-out works on the next click,
    /// also while the identity provider does not know of it yet.
    pub(super) async fn visitor(&self, session: &Session) -> Result<Visitor, PageError> {
        let Some(who) = session::who(session, Site::Portal, &self.public.config, true).await?
        else {
            return Ok(Visitor::Stranger);
        };
        if who.by_provider != matches!(self.entrance, Entrance::Keycloak(_)) {
            session::sign_out(session).await?;
            return Ok(Visitor::Stranger);
        }
        if !self.may_enter(who.id).await? {
            self.put_out(session).await?;
            return Ok(Visitor::LockedOut);
        }
        match &self.entrance {
            Entrance::BuiltIn(identity) => of_login(identity, session, &who).await,
            Entrance::Keycloak(_) => Ok(Visitor::Customer(who.id)),
        }
    }

    /// Ends the session of who is locked out. At an identity provider they may still have to sign out.
    pub(super) async fn put_out(&self, session: &Session) -> Result<(), PageError> {
        match self.entrance {
            Entrance::BuiltIn(_) => session::sign_out(session).await,
            Entrance::Keycloak(_) => session::put_out(session).await,
        }
    }

    /// The first page of who is not signed in.
    pub(super) async fn stranger_page(&self) -> Result<Response, PageError> {
        match &self.entrance {
            Entrance::BuiltIn(_) => self.sign_in_page(StatusCode::OK, String::new(), None),
            Entrance::Keycloak(sign_in) => self.button_page(sign_in, None).await,
        }
    }

    /// Whether the portal is open to this customer at this moment.
    pub(super) async fn may_enter(&self, customer: Uuid) -> Result<bool, PageError> {
        Ok(self.public.onboarding.may_enter(customer.into()).await?)
    }

    /// The one neutral sentence for who is locked out: no reason, a contact.
    pub(super) fn locked_out(&self) -> Result<Response, PageError> {
        let contact = self.public.config.contact_email.clone();
        let layout = Layout::new("Your account");
        let layout = match self.entrance {
            Entrance::BuiltIn(_) => layout,
            // Where they are still signed in: to come as somebody else they have to sign out.
            Entrance::Keycloak(_) => layout.signed_in(),
        };
        page(StatusCode::FORBIDDEN, &LockedOutPage { layout, contact })
    }
}

/// What the built-in login says of somebody who is signed in.
async fn of_login(
    identity: &BuiltInIdentity,
    session: &Session,
    who: &SignedIn,
) -> Result<Visitor, PageError> {
    let login = identity.login_of(who.id).await?;
    let Some(login) =
        login.filter(|login| who.sessions_valid_from == Some(login.sessions_valid_from))
    else {
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

/// On to the first page, which knows what comes next.
pub fn to_first_page() -> Response {
    Redirect::to("/").into_response()
}

#[derive(Template)]
#[template(path = "portal/sign_in/locked_out.html")]
struct LockedOutPage {
    layout: Layout,
    contact: String,
}
