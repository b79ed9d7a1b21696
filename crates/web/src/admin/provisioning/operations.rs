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

/// What the address names: one step of one customer, or what steps wait for.
#[derive(Debug, Deserialize)]
pub struct RetryAddress {
    customer: Option<Uuid>,
    step: Option<String>,
    waits_for: Option<String>,
}

/// What is tried again.
pub enum Waiting {
    /// One step of one customer.
    Step { customer: Uuid, step: String },
    /// All that wait for the same.
    All { waits_for: String },
}

impl Operation for Retry {
    type Address = RetryAddress;
    type Subject = Waiting;
    const ALL: &'static [Self] = &[Self];

    fn named(_: &RetryAddress) -> Option<Self> {
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
        address: &RetryAddress,
        _sent: &Sent,
    ) -> Result<Waiting, PageError> {
        match (address.customer, &address.step, &address.waits_for) {
            (Some(customer), Some(step), None) => Ok(Waiting::Step {
                customer,
                step: step.clone(),
            }),
            (None, None, Some(waits_for)) => Ok(Waiting::All {
                waits_for: waits_for.clone(),
            }),
            _ => Err(PageError::NotFound("page")),
        }
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
