//! API tokens: the list, and making one.

use access::{AccessError, AccessManagement, ApiToken, Role, Subject, TokenInput, TokenState};
use chrono::Days;
use uuid::Uuid;

use super::making::{Field, Input, Made, Making, ShownOnce};
use crate::{
    admin::{AdminState, dialog::Said},
    error_page::PageError,
    format::{Shape, State, Time, Tone},
};

/// A row of the list.
pub struct TokenRow {
    pub id: Uuid,
    pub name: String,
    pub role: &'static str,
    pub made_by: String,
    pub made: Time,
    pub ends: Time,
    pub used: Option<Time>,
    pub state: State,
    /// Whoever made it may not do so much any more.
    pub stopped: bool,
    pub may_be_revoked: bool,
    /// What has just been said about it.
    pub said: Option<Said>,
}

/// The rows of the list.
pub async fn rows(state: &AdminState, tokens: Vec<ApiToken>) -> Result<Vec<TokenRow>, PageError> {
    let makers = tokens.iter().filter_map(|token| token.made_by.as_ref());
    let names = state.names(makers).await?;
    let row = |token: ApiToken| TokenRow {
        id: token.id.into(),
        role: token.role.label(),
        made_by: token
            .made_by
            .map_or_else(|| "Usher".to_owned(), |maker| names.name(&maker)),
        name: token.name,
        made: Time::of(token.made_at),
        ends: Time::of(token.ends_at),
        used: token.last_used_at.map(Time::of),
        state: match token.state {
            TokenState::Valid => State::new("Valid", Tone::Good, Shape::Check),
            TokenState::Ended => State::new("Ended", Tone::Quiet, Shape::Bar),
            TokenState::Revoked => State::new("Revoked", Tone::Bad, Shape::Cross),
            TokenState::MakerGone => State::new("Stopped", Tone::Quiet, Shape::Bar),
        },
        stopped: token.state == TokenState::MakerGone,
        // One that stopped works again when its maker may do so much again.
        may_be_revoked: matches!(token.state, TokenState::Valid | TokenState::MakerGone),
        said: None,
    };
    Ok(tokens.into_iter().map(row).collect())
}

impl Making for TokenInput {
    const HEADING: &'static str = "New API token";
    const CONFIRM: &'static str = "Confirm token";
    const PATH: &'static str = "/access/tokens";

    fn blank() -> Self {
        Self {
            days: "90".to_owned(),
            ..Self::default()
        }
    }

    fn fields(&self, viewer: &Subject) -> Vec<Field> {
        vec![
            Field {
                name: "name",
                label: "Name",
                hint: "What the token is for: the program and where it runs.",
                input: Input::Text,
                value: self.name.clone(),
                shown: self.name.clone(),
                problem: None,
            },
            Field::role(
                viewer,
                &Role::ALL,
                &self.role,
                "What the program may do. Give it no more than it needs.",
            ),
            Field {
                name: "days",
                label: "Valid for days",
                hint: "From 1 to 365. The token ends by itself then.",
                input: Input::UpTo(365),
                value: self.days.clone(),
                shown: until(&self.days),
                problem: None,
            },
        ]
    }

    async fn check(
        &self,
        management: &AccessManagement,
        who: &Subject,
    ) -> Result<Self, AccessError> {
        let checked = management.check_token(who, self).await?;
        Ok(Self {
            name: checked.name,
            role: checked.role.to_string(),
            days: checked.days.to_string(),
        })
    }

    async fn make(
        &self,
        management: &AccessManagement,
        who: &Subject,
        id: Uuid,
    ) -> Result<Made, AccessError> {
        let (made, secret) = management.create_token(who, id.into(), self).await?;
        Ok(Made::Secret(ShownOnce {
            heading: "API token created",
            done: "The token is created.",
            label: "Token",
            secret,
            hint: "Copy it now: it is not shown again. Programs send it as \"Authorization: Bearer\" and the token.",
            facts: vec![
                ("Name", made.name),
                ("Role", made.role.label().to_owned()),
                ("Valid for", until(&made.days.to_string())),
            ],
        }))
    }
}

/// "90 days, until 2026-05-30".
fn until(days: &str) -> String {
    let ends = days
        .parse()
        .ok()
        .and_then(|days| clock::now().checked_add_days(Days::new(days)));
    let unit = if days == "1" { "day" } else { "days" };
    ends.map_or_else(String::new, |ends| {
        format!("{days} {unit}, until {}", ends.format("%Y-%m-%d"))
    })
}
