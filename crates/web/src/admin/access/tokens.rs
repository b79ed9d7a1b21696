//! API tokens: the list, and making one.

use std::collections::HashSet;

use access::{AccessError, AccessManagement, ApiToken, Subject, TokenInput, TokenState};
use chrono::{Days, Utc};
use uuid::Uuid;

use super::{
    making::{Field, Input, Making, ShownOnce},
    operators::OperatorsView,
};
use crate::{
    admin::{AdminState, dialog::Said, names::Names},
    error_page::PageError,
    format::{Shape, State, Time, Tone},
};

/// A row of the list.
pub struct TokenRow {
    pub id: Uuid,
    pub name: String,
    pub role: &'static str,
    pub made_by: String,
    /// Who made it may not sign in any more; the token lives on.
    pub maker_disabled: bool,
    pub made: Time,
    pub ends: Time,
    pub used: Option<Time>,
    pub state: State,
    pub may_be_revoked: bool,
    /// What has just been said about it.
    pub said: Option<Said>,
}

/// The rows of the list.
pub async fn rows(
    state: &AdminState,
    tokens: Vec<ApiToken>,
    operators: &OperatorsView,
) -> Result<Vec<TokenRow>, PageError> {
    let makers: HashSet<String> = tokens
        .iter()
        .filter_map(|token| token.made_by.clone())
        .collect();
    let names = Names::of(state, makers).await?;
    let row = |token: ApiToken| TokenRow {
        id: token.id.into(),
        role: token.role.label(),
        maker_disabled: token
            .made_by
            .as_deref()
            .is_some_and(|maker| operators.is_disabled(maker)),
        made_by: token
            .made_by
            .map_or_else(|| "Usher".to_owned(), |maker| names.name(&maker).to_owned()),
        name: token.name,
        made: Time::of(token.made_at),
        ends: Time::of(token.ends_at),
        used: token.last_used_at.map(Time::of),
        state: match token.state {
            TokenState::Valid => State::new("Valid", Tone::Good, Shape::Check),
            TokenState::Ended => State::new("Ended", Tone::Quiet, Shape::Bar),
            TokenState::Revoked => State::new("Revoked", Tone::Bad, Shape::Cross),
        },
        may_be_revoked: token.state == TokenState::Valid,
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
    ) -> Result<ShownOnce, AccessError> {
        let (made, secret) = management.create_token(who, id.into(), self).await?;
        Ok(ShownOnce {
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
        })
    }
}

/// "90 days, until 2026-05-30".
fn until(days: &str) -> String {
    let ends = days
        .parse()
        .ok()
        .and_then(|days| Utc::now().checked_add_days(Days::new(days)));
    let unit = if days == "1" { "day" } else { "days" };
    ends.map_or_else(String::new, |ends| {
        format!("{days} {unit}, until {}", ends.format("%Y-%m-%d"))
    })
}
