//! What is done to an operator or a token that is there.

use access::{
    AccessError, ApiToken, ApiTokenId, Operator, OperatorId, Permission::AccessManage, TokenState,
};
use axum::response::Response;
use kernel::Error;
use uuid::Uuid;

use super::{management, not_sent, render};
use crate::{
    admin::{
        AdminState,
        dialog::Asks,
        operation::{Beside, Offered, Operation, Performed, Sent, Subject, Words},
    },
    error_page::PageError,
    layout::{Section, Viewer},
};

/// What is done to an operator.
#[derive(Debug, Clone, Copy)]
pub enum OperatorOperation {
    Disable,
    Enable,
    ResetPassword,
    RemoveSecondFactor,
}

/// What is done to a token.
#[derive(Debug, Clone, Copy)]
pub struct Revoke;

/// A line of the page: an operator or a token, as far as the viewer may look. Who may not hears so from the domain, which writes it
/// down.
pub struct Line<T> {
    id: Uuid,
    shown: Option<T>,
}

impl<T> Line<T> {
    async fn find(
        viewer: &Viewer,
        id: Uuid,
        found: impl Future<Output = Result<T, AccessError>>,
    ) -> Result<Self, PageError> {
        let shown = match viewer.may(AccessManage) {
            true => Some(found.await?),
            false => None,
        };
        Ok(Self { id, shown })
    }
}

impl<T: Send + Sync> Subject for Line<T> {
    fn path(&self) -> String {
        Section::Access.path().to_owned()
    }

    fn line(&self) -> Option<String> {
        Some(self.id.to_string())
    }

    async fn render(
        self,
        state: &AdminState,
        viewer: &Viewer,
        beside: Beside,
    ) -> Result<Response, PageError> {
        render(state, viewer, beside).await
    }
}

impl Operation for OperatorOperation {
    /// The operator's id, and the slug.
    type Address = (Uuid, String);
    type Subject = Line<Operator>;
    const ALL: &'static [Self] = &[
        Self::Disable,
        Self::Enable,
        Self::ResetPassword,
        Self::RemoveSecondFactor,
    ];

    fn named((_, slug): &Self::Address) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|operation| operation.words().slug == slug)
    }

    #[rustfmt::skip]
    fn words(self) -> Words {
        let words = |slug, button, consequence, done, grave| Words {
            slug, button, heading: button, consequence, done, asks: Asks::Nothing, permission: AccessManage, grave,
        };
        match self {
            Self::Disable => words("disable", "Disable",
                "is signed out and can't sign in any more. API tokens that they made stop working with them.",
                "The operator is disabled.", true),
            Self::Enable => words("enable", "Enable",
                "with the password that they had. API tokens that they made work again.",
                "The operator is enabled.", false),
            Self::ResetPassword => words("reset-password", "Reset password",
                "stops working, they are signed out everywhere, and a new one for one time is sent to them. Until they have chosen their own, \
                 they count as you where a second person is wanted.",
                "The password is reset, and a new one is on its way to the operator.", false),
            Self::RemoveSecondFactor => words("remove-second-factor", "Remove second factor",
                "signs in with the password alone from now on, and is signed out everywhere. Do this when they have lost their app and their \
                 recovery codes. Until they have changed their password or set up another, they count as you where a second person is wanted.",
                "The second factor is removed.", false),
        }
    }

    async fn find(
        self,
        state: &AdminState,
        viewer: &Viewer,
        (id, _): &Self::Address,
        _sent: &Sent,
    ) -> Result<Self::Subject, PageError> {
        let management = management(state);
        let operator = management.operator(&viewer.subject, OperatorId::from(*id));
        Line::find(viewer, *id, operator).await
    }

    async fn offered(
        self,
        _state: &AdminState,
        _viewer: &Viewer,
        line: &Self::Subject,
    ) -> Result<Offered, PageError> {
        let of_use = line.shown.as_ref().is_some_and(|operator| match self {
            Self::Disable => operator.disabled_at.is_none(),
            Self::Enable => operator.disabled_at.is_some(),
            Self::ResetPassword => true,
            Self::RemoveSecondFactor => {
                let login = operator.login.as_ref();
                login.is_some_and(|login| login.second_factor)
            }
        });
        Ok(if of_use { Offered::Yes } else { Offered::No })
    }

    fn consequence(self, line: &Self::Subject) -> String {
        let words = self.words().consequence;
        let Some(Operator { email, role, .. }) = &line.shown else {
            return words.to_owned();
        };
        match self {
            Self::Enable => format!("{email} can sign in again as {}, {words}", role.label()),
            Self::ResetPassword => format!("The password of {email} {words}"),
            _ => format!("{email} {words}"),
        }
    }

    fn button_id(self, line: &Self::Subject) -> String {
        format!("{}-{}", self.words().slug, line.id)
    }

    async fn perform(
        self,
        state: &AdminState,
        viewer: &Viewer,
        line: &Self::Subject,
        _sent: &Sent,
    ) -> Result<Performed, Error> {
        let management = management(state);
        let (who, id) = (&viewer.subject, OperatorId::from(line.id));
        match self {
            Self::Disable => management.disable_operator(who, id).await?,
            Self::Enable => management.enable_operator(who, id).await?,
            Self::RemoveSecondFactor => management.remove_second_factor(who, id).await?,
            Self::ResetPassword => {
                let invited = management.reset_password(who, id).await?;
                let left = not_sent(&invited, "The password is reset");
                return Ok(left.map_or(Performed::Done, Performed::HalfDone));
            }
        }
        Ok(Performed::Done)
    }
}

impl Operation for Revoke {
    /// The token's id, and the slug.
    type Address = (Uuid, String);
    type Subject = Line<ApiToken>;
    const ALL: &'static [Self] = &[Self];

    fn named((_, slug): &Self::Address) -> Option<Self> {
        (slug == Self.words().slug).then_some(Self)
    }

    fn words(self) -> Words {
        Words {
            slug: "revoke",
            button: "Revoke",
            heading: "Revoke",
            consequence: "are refused from their next request on. This can't be undone.",
            done: "The token is revoked.",
            asks: Asks::Nothing,
            permission: AccessManage,
            grave: true,
        }
    }

    async fn find(
        self,
        state: &AdminState,
        viewer: &Viewer,
        (id, _): &Self::Address,
        _sent: &Sent,
    ) -> Result<Self::Subject, PageError> {
        let management = management(state);
        let token = management.token(&viewer.subject, ApiTokenId::from(*id));
        Line::find(viewer, *id, token).await
    }

    async fn offered(
        self,
        _state: &AdminState,
        _viewer: &Viewer,
        line: &Self::Subject,
    ) -> Result<Offered, PageError> {
        let state = line.shown.as_ref().map(|token| token.state);
        Ok(match state {
            Some(TokenState::Valid | TokenState::MakerGone) => Offered::Yes,
            _ => Offered::No,
        })
    }

    fn consequence(self, line: &Self::Subject) -> String {
        let name = line.shown.as_ref().map_or("", |token| &token.name);
        let words = self.words().consequence;
        format!("Programs that use the token \"{name}\" {words}")
    }

    fn button_id(self, line: &Self::Subject) -> String {
        format!("{}-{}", self.words().slug, line.id)
    }

    async fn perform(
        self,
        state: &AdminState,
        viewer: &Viewer,
        line: &Self::Subject,
        _sent: &Sent,
    ) -> Result<Performed, Error> {
        let token = ApiTokenId::from(line.id);
        management(state)
            .revoke_token(&viewer.subject, token)
            .await?;
        Ok(Performed::Done)
    }
}
