//! "Retry now" and "Retry all", on the page of what is not done yet.

use ::provisioning::WaitsFor;
use access::Permission;
use axum::response::Response;
use kernel::Error;
use serde::Deserialize;
use uuid::Uuid;

use super::page;
use crate::{
    admin::{
        AdminState,
        dialog::Asks,
        operation::{Beside, Operation, Performed, Sent, Subject, Words},
    },
    error_page::PageError,
    layout::{Section, Viewer},
};

/// Tries again, at once.
#[derive(Debug, Clone, Copy)]
pub struct Retry;

/// What is tried again.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Waiting {
    /// One step of one customer.
    Step { customer: Uuid, step: String },
    /// All that wait for the same.
    All { waits_for: String },
}

impl Operation for Retry {
    type Address = Waiting;
    type Subject = Waiting;
    const ALL: &'static [Self] = &[Self];

    fn named(_: &Waiting) -> Option<Self> {
        Some(Self)
    }

    fn words(self) -> Words {
        Words {
            slug: "retry",
            button: "Retry now",
            heading: "Retry now",
            consequence: "What failed is tried again at once.",
            done: "It is being tried again.",
            asks: Asks::Nothing,
            permission: Permission::CustomerUpdate,
            grave: false,
        }
    }

    async fn find(
        self,
        _state: &AdminState,
        _viewer: &Viewer,
        waiting: &Waiting,
        _sent: &Sent,
    ) -> Result<Waiting, PageError> {
        Ok(waiting.clone())
    }

    fn asks_first(self, _: &Waiting) -> bool {
        false
    }

    async fn perform(
        self,
        state: &AdminState,
        viewer: &Viewer,
        waiting: &Waiting,
        _sent: &Sent,
    ) -> Result<Performed, Error> {
        let (board, who) = (&state.board, &viewer.subject);
        match waiting {
            Waiting::Step { customer, step } => board.retry_step(who, *customer, step).await?,
            Waiting::All { waits_for } => {
                board
                    .retry_all(who, &WaitsFor::from_name(waits_for))
                    .await?;
            }
        }
        Ok(Performed::Done)
    }
}

impl Subject for Waiting {
    fn path(&self) -> String {
        Section::Provisioning.path().to_owned()
    }

    fn line(&self) -> Option<String> {
        match self {
            Self::Step { customer, step } => Some(page::line(*customer, step)),
            Self::All { .. } => None,
        }
    }

    async fn render(
        self,
        state: &AdminState,
        viewer: &Viewer,
        beside: Beside,
    ) -> Result<Response, PageError> {
        page::render(state, viewer, beside).await
    }
}
