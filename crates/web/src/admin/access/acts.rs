//! What can be done to an operator or a token that is there: asked in a dialog, done, and said.

use std::future::Future;

use access::{AccessError, ApiTokenId, OperatorId, TokenState};
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use uuid::Uuid;

use super::{Beside, half_done, management, needs_access, not_sent, render};
use crate::{
    admin::{
        AdminState,
        dialog::{Dialog, Said},
        operation::{About, Done, done_address, problem_at},
        refusal::Refusal,
    },
    error_page::PageError,
    layout::{Section, Viewer},
};

/// An act on one thing of the page.
pub trait Act: Sized + Copy + Send + Sync + 'static {
    /// The act that an address names.
    fn named(slug: &str) -> Option<Self>;

    /// What it is called in addresses.
    fn slug(self) -> &'static str;

    /// Where the thing is.
    fn path(id: Uuid) -> String;

    /// What is asked before it is done: heading, and what will happen. None when there is nothing to do.
    fn question(
        self,
        state: &AdminState,
        viewer: &Viewer,
        id: Uuid,
    ) -> impl Future<Output = Result<Option<(&'static str, String)>, AccessError>> + Send;

    /// Does it; answers what is left to do, if something outside did not go as it should.
    fn perform(
        self,
        state: &AdminState,
        viewer: &Viewer,
        id: Uuid,
    ) -> impl Future<Output = Result<Option<String>, AccessError>> + Send;
}

/// What is done to an operator.
#[derive(Clone, Copy)]
pub enum OperatorAct {
    Disable,
    Enable,
    ResetPassword,
    RemoveSecondFactor,
}

/// What is done to a token.
#[derive(Clone, Copy)]
pub struct Revoke;

impl Act for OperatorAct {
    fn named(slug: &str) -> Option<Self> {
        [
            Self::Disable,
            Self::Enable,
            Self::ResetPassword,
            Self::RemoveSecondFactor,
        ]
        .into_iter()
        .find(|act| act.slug() == slug)
    }

    fn slug(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::ResetPassword => "reset-password",
            Self::RemoveSecondFactor => "remove-second-factor",
        }
    }

    fn path(id: Uuid) -> String {
        format!("/access/operators/{id}")
    }

    async fn question(
        self,
        state: &AdminState,
        viewer: &Viewer,
        id: Uuid,
    ) -> Result<Option<(&'static str, String)>, AccessError> {
        let operator = management(state)
            .operator(&viewer.subject, OperatorId::from(id))
            .await?;
        let email = operator.email;
        let has_second_factor = operator.login.is_some_and(|login| login.second_factor);
        Ok(match (self, operator.disabled_at) {
            (Self::Disable, None) => Some((
                "Disable",
                format!(
                    "{email} is signed out and can't sign in any more. API tokens that they made stop working with them."
                ),
            )),
            (Self::Enable, Some(_)) => Some((
                "Enable",
                format!(
                    "{email} can sign in again as {}, with the password that they had. API tokens that they made work again.",
                    operator.role.label()
                ),
            )),
            (Self::ResetPassword, _) => Some((
                "Reset password",
                format!(
                    "The password of {email} stops working, they are signed out everywhere, and a new one for one time is sent to them. \
                     Until they have chosen their own, they count as you where a second person is wanted."
                ),
            )),
            (Self::RemoveSecondFactor, _) if has_second_factor => Some((
                "Remove second factor",
                format!(
                    "{email} signs in with the password alone from now on, and is signed out everywhere. Do this when they have lost \
                     their app and their recovery codes. Until they have changed their password or set up another, they count as you \
                     where a second person is wanted."
                ),
            )),
            _ => None,
        })
    }

    async fn perform(
        self,
        state: &AdminState,
        viewer: &Viewer,
        id: Uuid,
    ) -> Result<Option<String>, AccessError> {
        let management = management(state);
        let (who, id) = (&viewer.subject, OperatorId::from(id));
        match self {
            Self::Disable => management.disable_operator(who, id).await?,
            Self::Enable => management.enable_operator(who, id).await?,
            Self::ResetPassword => {
                let invited = management.reset_password(who, id).await?;
                return Ok(not_sent(&invited, "The password is reset"));
            }
            Self::RemoveSecondFactor => management.remove_second_factor(who, id).await?,
        }
        Ok(None)
    }
}

impl Act for Revoke {
    fn named(slug: &str) -> Option<Self> {
        (slug == Self.slug()).then_some(Self)
    }

    fn slug(self) -> &'static str {
        "revoke"
    }

    fn path(id: Uuid) -> String {
        format!("/access/tokens/{id}")
    }

    async fn question(
        self,
        state: &AdminState,
        viewer: &Viewer,
        id: Uuid,
    ) -> Result<Option<(&'static str, String)>, AccessError> {
        let token = management(state)
            .token(&viewer.subject, ApiTokenId::from(id))
            .await?;
        let words = format!(
            "Programs that use the token \"{}\" are refused from their next request on. This can't be undone.",
            token.name
        );
        Ok(
            matches!(token.state, TokenState::Valid | TokenState::MakerGone)
                .then_some(("Revoke", words)),
        )
    }

    async fn perform(
        self,
        state: &AdminState,
        viewer: &Viewer,
        id: Uuid,
    ) -> Result<Option<String>, AccessError> {
        management(state)
            .revoke_token(&viewer.subject, ApiTokenId::from(id))
            .await?;
        Ok(None)
    }
}

/// What the page says when the act has been done, and where.
pub fn done(asked: &Done) -> Option<About> {
    let words = [
        ("disable", "The operator is disabled."),
        ("enable", "The operator is enabled."),
        (
            "reset-password",
            "The password is reset, and a new one is on its way to the operator.",
        ),
        ("remove-second-factor", "The second factor is removed."),
        (
            "add",
            "The operator is added, and a password for one time is on its way to them.",
        ),
        ("revoke", "The token is revoked."),
    ];
    let (_, words) = words.into_iter().find(|(slug, _)| asked.is(slug))?;
    Some(About {
        place: asked.at().unwrap_or_default().to_owned(),
        said: Said::Done(words),
    })
}

/// The dialog, on the page.
pub async fn ask<A: Act>(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path((id, slug)): Path<(Uuid, String)>,
) -> Result<Response, PageError> {
    needs_access(&viewer)?;
    let act = A::named(&slug).ok_or(PageError::NotFound("page"))?;
    let Some(dialog) = dialog(act, &state, &viewer, id).await? else {
        // It is so already: the page says how it stands.
        return Ok(Redirect::to(Section::Access.path()).into_response());
    };
    let beside = Beside {
        dialog: Some(dialog),
        ..Beside::default()
    };
    render(&state, &viewer, beside).await
}

/// "Confirm" in the dialog.
pub async fn act<A: Act>(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path((id, slug)): Path<(Uuid, String)>,
) -> Result<Response, PageError> {
    let act = A::named(&slug).ok_or(PageError::NotFound("page"))?;
    let error = match act.perform(&state, &viewer, id).await {
        Ok(Some(left)) => return half_done(&state, &viewer, &id.to_string(), left).await,
        Ok(None) => {
            let at = id.to_string();
            let address = done_address(Section::Access.path(), &slug, Some(&at));
            return Ok(Redirect::to(&address).into_response());
        }
        Err(error) => error,
    };
    let (status, problem) = Refusal::of(error.into())?.words();
    let mut beside = Beside {
        status,
        ..Beside::default()
    };
    match dialog(act, &state, &viewer, id).await? {
        Some(mut dialog) => {
            dialog.problem = Some(problem);
            beside.dialog = Some(dialog);
        }
        None => beside.said = problem_at(&id.to_string(), problem),
    }
    render(&state, &viewer, beside).await
}

async fn dialog<A: Act>(
    act: A,
    state: &AdminState,
    viewer: &Viewer,
    id: Uuid,
) -> Result<Option<Dialog>, AccessError> {
    let slug = act.slug();
    let question = act.question(state, viewer, id).await?;
    Ok(question.map(|(heading, words)| Dialog {
        heading: heading.to_owned(),
        words,
        facts: Vec::new(),
        action: format!("{}/{slug}", A::path(id)),
        back: Section::Access.path().to_owned(),
        opener: format!("#{slug}-{id}"),
        fields: Vec::new(),
        hidden: Vec::new(),
        problem: None,
    }))
}
