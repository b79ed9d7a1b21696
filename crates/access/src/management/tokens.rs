//! API tokens: who may make one, with which role and for how long, and ending it.

use std::time::Duration;

use kernel::FieldError;
use serde::Deserialize;

use super::{AccessManagement, role_of};
use crate::{
    AccessError, ApiToken, ApiTokenId, AuditAction, AuditObject, ObjectKind, Role, Subject, field,
};

const LONGEST_NAME: usize = 100;
const MOST_DAYS: u64 = 365;
const DAY: u64 = 24 * 60 * 60;
/// Tokens on one page. Those of use come first, and nobody has that many.
const MOST: i64 = 500;

/// A token as somebody asks for it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TokenInput {
    /// What it is for.
    pub name: String,
    /// A role's name.
    pub role: String,
    /// How many days it is valid.
    pub days: String,
}

/// A token as it will be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedToken {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// How many days it is valid.
    pub days: u64,
}

impl CheckedToken {
    fn from_input(subject: &Subject, input: &TokenInput) -> Result<Self, AccessError> {
        let name = name_of(&input.name);
        let role = role_of(subject, &input.role);
        let days = days_of(&input.days);
        match (name, role, days) {
            (Ok(name), Ok(role), Ok(days)) => Ok(Self { name, role, days }),
            (name, role, days) => Err(AccessError::Invalid(
                [name.err(), role.err(), days.err()]
                    .into_iter()
                    .flatten()
                    .collect(),
            )),
        }
    }
}

fn name_of(typed: &str) -> Result<String, FieldError> {
    let name = typed.trim();
    let wrong = if name.is_empty() {
        "Say what the token is for."
    } else if name.chars().count() > LONGEST_NAME {
        "Use 100 characters or fewer."
    } else if name.chars().any(char::is_control) {
        "Use one line of plain text."
    } else {
        return Ok(name.to_owned());
    };
    Err(field::NAME.wrong(wrong))
}

fn days_of(typed: &str) -> Result<u64, FieldError> {
    typed
        .trim()
        .parse()
        .ok()
        .filter(|days| (1..=MOST_DAYS).contains(days))
        .ok_or_else(|| {
            field::DAYS.wrong(format!(
                "Say for how many days it is valid, from 1 to {MOST_DAYS}."
            ))
        })
}

impl AccessManagement {
    /// The API tokens, those of use first.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], or the database.
    pub async fn tokens(&self, subject: &Subject) -> Result<Vec<ApiToken>, AccessError> {
        self.may_look(subject, AuditAction::AccessRead, AuditObject::LIST)
            .await?;
        self.tokens.list(MOST).await
    }

    /// Whether such a token could be made; nothing is made yet.
    ///
    /// # Errors
    /// [`AccessError::Invalid`] with each field that can't be used, [`AccessError::Forbidden`], or the database.
    pub async fn check_token(
        &self,
        subject: &Subject,
        input: &TokenInput,
    ) -> Result<CheckedToken, AccessError> {
        self.may_look(
            subject,
            AuditAction::TokenCreate,
            ObjectKind::ApiToken.yet_to_be_made(),
        )
        .await?;
        CheckedToken::from_input(subject, input)
    }

    /// Makes a token with this id; the second part of the answer is the secret, which can't be had again.
    ///
    /// # Errors
    /// As [`AccessManagement::check_token`], and [`AccessError::Refused`] when it has been made already.
    pub async fn create_token(
        &self,
        subject: &Subject,
        id: ApiTokenId,
        input: &TokenInput,
    ) -> Result<(CheckedToken, String), AccessError> {
        self.authorize_handing_on(subject, &input.role, AuditAction::TokenCreate, object(id))
            .await?;
        let checked = CheckedToken::from_input(subject, input)?;
        let valid_for = Duration::from_secs(checked.days * DAY);
        let secret = self
            .tokens
            .insert(id, &checked.name, checked.role, valid_for, Some(subject))
            .await?
            .ok_or(AccessError::Refused(
                "This token has been created already. It was shown then and is not shown again: if nobody kept it, revoke it and \
                 create another.",
            ))?;
        Ok((checked, secret))
    }

    /// The token, also when it is of no use any more.
    ///
    /// # Errors
    /// [`AccessError::NoSuchToken`], [`AccessError::Forbidden`], or the database.
    pub async fn token(&self, subject: &Subject, id: ApiTokenId) -> Result<ApiToken, AccessError> {
        self.tokens(subject)
            .await?
            .into_iter()
            .find(|token| token.id == id)
            .ok_or(AccessError::NoSuchToken)
    }

    /// Ends a token: it is refused from the next request on. Ending one that has ended changes nothing.
    ///
    /// # Errors
    /// [`AccessError::NoSuchToken`], [`AccessError::Forbidden`], or the database.
    pub async fn revoke_token(&self, subject: &Subject, id: ApiTokenId) -> Result<(), AccessError> {
        self.authorize(subject, AuditAction::TokenRevoke, object(id))
            .await?;
        if self.tokens.name(id).await?.is_none() {
            return Err(AccessError::NoSuchToken);
        }
        self.tokens.revoke(id).await?;
        Ok(())
    }
}

fn object(id: ApiTokenId) -> AuditObject {
    ObjectKind::ApiToken.id(id)
}
