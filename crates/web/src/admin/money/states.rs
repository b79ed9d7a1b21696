//! Where deposits, withdrawals and proposals stand, as word, shape and colour.

use ::credit::ProposalStatus;
use ::deposit::{DepositStatus, WithdrawalStatus};

use crate::format::{Shape, State, Tone};

pub fn deposit(status: DepositStatus) -> State {
    let (tone, shape) = match status {
        DepositStatus::Confirmed => (Tone::Good, Shape::Check),
        DepositStatus::Reverted => (Tone::Quiet, Shape::Bar),
    };
    State::new(status.label(), tone, shape)
}

pub fn withdrawal(status: WithdrawalStatus) -> State {
    let (tone, shape) = match status {
        WithdrawalStatus::PendingConfirmation => (Tone::Look, Shape::Half),
        WithdrawalStatus::Confirmed => (Tone::Good, Shape::Check),
        WithdrawalStatus::Cancelled => (Tone::Quiet, Shape::Cross),
        WithdrawalStatus::Reverted => (Tone::Quiet, Shape::Bar),
    };
    State::new(status.label(), tone, shape)
}

/// A proposal's state as word, shape and colour.
pub fn proposal(status: ProposalStatus) -> State {
    let (tone, shape) = match status {
        ProposalStatus::PendingCustomerApproval => (Tone::Moving, Shape::Quarter),
        ProposalStatus::PendingApproval => (Tone::Look, Shape::Half),
        ProposalStatus::Approved => (Tone::Good, Shape::Check),
        ProposalStatus::Denied | ProposalStatus::CustomerDenied => (Tone::Bad, Shape::Cross),
        ProposalStatus::Cancelled => (Tone::Quiet, Shape::Bar),
    };
    State::new(status.label(), tone, shape)
}
