//! The three lists: what each is called, what is on it, and what it comes to.

use std::str::FromStr;

use ::credit::ProposalStatus;
use ::deposit::{DepositStatus, DocumentKind, WithdrawalStatus};
use access::Permission;
use kernel::{Cursor, Error, MoneyFilter, Totals};

use super::{
    asked::Narrowed,
    lines::{Line, Lines},
    states,
};
use crate::{
    admin::{
        AdminState, credit::operations::CreditOperation, deposits::operations::MoneyOperation,
        operation::Operation as _,
    },
    format::State,
    layout::{Section, Viewer},
};

/// One of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Withdrawals,
    Deposits,
    Proposals,
}

/// What stands somewhere comes to this.
pub struct Sum {
    pub state: State,
    pub count: i64,
    pub cents: i64,
}

impl Which {
    pub const ALL: [Self; 3] = [Self::Withdrawals, Self::Deposits, Self::Proposals];

    pub const fn section(self) -> Section {
        match self {
            Self::Withdrawals => Section::Withdrawals,
            Self::Deposits => Section::Deposits,
            Self::Proposals => Section::Proposals,
        }
    }

    /// One of them, and many.
    pub const fn noun(self) -> (&'static str, &'static str) {
        match self {
            Self::Withdrawals => ("withdrawal", "withdrawals"),
            Self::Deposits => ("deposit", "deposits"),
            Self::Proposals => ("proposal", "proposals"),
        }
    }

    /// What the search takes.
    pub const fn search_label(self) -> &'static str {
        match self {
            Self::Withdrawals | Self::Deposits => "Customer or reference",
            Self::Proposals => "Customer",
        }
    }

    /// What the column is called that says what something is known by.
    pub const fn known_label(self) -> &'static str {
        match self {
            Self::Withdrawals | Self::Deposits => "Reference",
            Self::Proposals => "Purpose",
        }
    }

    /// When the list has nothing on it yet.
    pub const fn nothing(self) -> (&'static str, &'static str) {
        match self {
            Self::Withdrawals => (
                "No withdrawals yet",
                "One is started on the page of its customer, and waits here until a colleague confirms it.",
            ),
            Self::Deposits => (
                "No deposits yet",
                "One is recorded on the page of its customer, once the account is open.",
            ),
            Self::Proposals => (
                "No credit proposals yet",
                "One is made on the page of its customer, who accepts it before a colleague decides.",
            ),
        }
    }

    /// Where it can stand: stored name and words.
    pub fn statuses(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Withdrawals => {
                let all = WithdrawalStatus::ALL.iter();
                all.map(|status| (status.name(), status.label())).collect()
            }
            Self::Deposits => {
                let all = DepositStatus::ALL.iter();
                all.map(|status| (status.name(), status.label())).collect()
            }
            Self::Proposals => {
                let all = ProposalStatus::ALL.iter();
                all.map(|status| (status.name(), status.label())).collect()
            }
        }
    }

    /// Where one has its page or its place on one; the customer's public id is known by now.
    pub fn address(self, line: &Line, customer: &str) -> String {
        match self {
            Self::Withdrawals | Self::Deposits => {
                format!("/ledger{}/{}", self.section().path(), line.id)
            }
            Self::Proposals => format!("/customers/{customer}#proposal-{}", line.id),
        }
    }

    /// What is done to what waits on it: the button, where its dialog is, and what it needs.
    pub fn decision(
        self,
        line: &Line,
        customer: &str,
    ) -> Option<(&'static str, String, Permission)> {
        let record = format!("/customers/{customer}");
        let (button, address, words) = match self {
            Self::Withdrawals => {
                let operation = MoneyOperation::ConfirmWithdrawal;
                (
                    "Confirm",
                    operation.address(&record, &line.id),
                    operation.words(),
                )
            }
            Self::Proposals => {
                let operation = CreditOperation::Approve;
                (
                    "Approve",
                    operation.address(&record, &line.id),
                    operation.words(),
                )
            }
            Self::Deposits => return None,
        };
        line.waits.then_some((button, address, words.permission))
    }

    /// A page of it. That somebody looked is written down.
    ///
    /// # Errors
    /// When the viewer may not, or the database does not answer.
    pub async fn lines(
        self,
        state: &AdminState,
        viewer: &Viewer,
        narrowed: &Narrowed,
        after: Option<Cursor>,
        first: usize,
    ) -> Result<Lines, Error> {
        let (money, credit, who) = (&state.money, &state.credit, &viewer.subject);
        Ok(match self {
            Self::Withdrawals => {
                let filter = filter(narrowed);
                Lines::of(money.list_withdrawals(who, &filter, after, first).await?)
            }
            Self::Deposits => {
                let filter = filter(narrowed);
                Lines::of(money.list_deposits(who, &filter, after, first).await?)
            }
            Self::Proposals => {
                let filter = filter(narrowed);
                Lines::of(credit.list_proposals(who, &filter, after, first).await?)
            }
        })
    }

    /// What it comes to on all its pages, by where it stands; none where too many match.
    ///
    /// # Errors
    /// When the viewer may not, or the database does not answer.
    pub async fn sums(
        self,
        state: &AdminState,
        viewer: &Viewer,
        narrowed: &Narrowed,
    ) -> Result<Option<Vec<Sum>>, Error> {
        let (money, credit, who) = (&state.money, &state.credit, &viewer.subject);
        Ok(match self {
            Self::Withdrawals => {
                let totals = money.withdrawal_totals(who, &filter(narrowed)).await?;
                sums(totals, states::withdrawal)
            }
            Self::Deposits => {
                let totals = money.deposit_totals(who, &filter(narrowed)).await?;
                sums(totals, states::deposit)
            }
            Self::Proposals => {
                let totals = credit.proposal_totals(who, &filter(narrowed)).await?;
                sums(totals, states::proposal)
            }
        })
    }

    /// Somebody is about to keep it as a file, which is written down.
    ///
    /// # Errors
    /// When the viewer may not, or it could not be written down.
    pub async fn download(self, state: &AdminState, viewer: &Viewer) -> Result<(), Error> {
        let who = &viewer.subject;
        match self {
            Self::Withdrawals => state.money.download(who, DocumentKind::Withdrawal).await,
            Self::Deposits => state.money.download(who, DocumentKind::Deposit).await,
            Self::Proposals => state.credit.download(who).await,
        }
    }
}

/// The filter as the domain of this status has it.
fn filter<Status: FromStr>(narrowed: &Narrowed) -> MoneyFilter<Status> {
    MoneyFilter {
        status: narrowed.status.parse().ok(),
        least: narrowed.least,
        most: narrowed.most,
        from: narrowed.from,
        before: narrowed.before,
        customer: None,
        whose: narrowed.whose.clone(),
    }
}

fn sums<Status: Copy>(totals: Totals<Status>, state: fn(Status) -> State) -> Option<Vec<Sum>> {
    let Totals::Known(totals) = totals else {
        return None;
    };
    let sum = totals.into_iter().map(|total| Sum {
        state: state(total.status),
        count: total.count,
        cents: total.cents,
    });
    Some(sum.collect())
}
