//! What is done with credit facility proposals, on the page of their customer.

use ::credit::{
    CreditFacilityProposal, CreditFacilityProposalId,
    rules::{self, Action},
};
use access::Permission;
use axum::response::Response;
use kernel::Error;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    admin::{
        AdminState,
        customers::page::CustomerRecord,
        dialog::Asks,
        money,
        operation::{self, Beside, Offered, Operation, Performed, Sent, Subject, Words},
    },
    error_page::PageError,
    format,
    layout::Viewer,
};

/// What is done with a customer's credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditOperation {
    Propose,
    Approve,
    Deny,
}

/// The address behind the customer's: `credit/new`, `credit/{uuid}/approve`.
#[derive(Debug, Deserialize)]
pub struct CreditAddress {
    /// The customer's public id.
    public_id: String,
    /// The proposal that is there.
    proposal: Option<String>,
    /// What is done to it.
    operation: Option<String>,
}

/// A proposal, or one that is to be made, on the page of its customer.
pub struct CreditSubject {
    record: CustomerRecord,
    proposal: Option<Box<CreditFacilityProposal>>,
    /// The list on which the dialog was opened.
    from: Option<String>,
}

impl CreditOperation {
    /// What addresses say is done to a proposal that is there.
    const fn path(self) -> Option<&'static str> {
        match self {
            Self::Propose => None,
            Self::Approve => Some("approve"),
            Self::Deny => Some("deny"),
        }
    }

    /// Where the dialog is, for the customer at `record` and this proposal.
    pub fn address(self, record: &str, proposal: &str) -> String {
        match self.path() {
            None => format!("{record}/credit/new"),
            Some(operation) => format!("{record}/credit/{proposal}/{operation}"),
        }
    }
}

impl Operation for CreditOperation {
    type Address = CreditAddress;
    type Subject = CreditSubject;
    const DONE_ONCE: bool = true;
    const ALL: &'static [Self] = &[Self::Propose, Self::Approve, Self::Deny];

    fn named(address: &CreditAddress) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|operation| operation.path() == address.operation.as_deref())
    }

    #[rustfmt::skip]
    fn words(self) -> Words {
        use Permission::{CreditDecide, CreditPropose};
        let words = |slug, button, heading, consequence, done, asks, permission, grave| Words {
            slug, button, heading, consequence, done, asks, permission, grave,
        };
        match self {
            Self::Propose => words("propose-credit", "Propose credit", "Propose credit",
                "The customer finds the proposal in the portal and accepts or declines it. Then another operator decides.",
                "The proposal was made; it waits for the customer.",
                Asks::Proposal, CreditPropose, false),
            Self::Approve => words("approve-credit", "Approve", "Approve proposal",
                "The bank's credit system hears of it. This can't be undone.",
                "The proposal was approved.",
                Asks::Why, CreditDecide, false),
            Self::Deny => words("deny-credit", "Deny", "Deny proposal",
                "The proposal ends here. This can't be undone.",
                "The proposal was denied.",
                Asks::Why, CreditDecide, true),
        }
    }

    async fn find(
        self,
        state: &AdminState,
        viewer: &Viewer,
        address: &CreditAddress,
        sent: &Sent,
    ) -> Result<CreditSubject, PageError> {
        let record = CustomerRecord::find(state, viewer, &address.public_id).await?;
        let record = record.opened_on(&sent.from);
        let proposal = match &address.proposal {
            None => None,
            Some(id) => {
                let id: Uuid = id.parse().map_err(|_| PageError::NotFound("proposal"))?;
                let proposal = state.credit.proposal(&viewer.subject, id.into()).await?;
                if proposal.customer_id != record.customer.id {
                    return Err(PageError::NotFound("proposal"));
                }
                Some(Box::new(proposal))
            }
        };
        let from = money::list_address(&sent.from);
        Ok(CreditSubject {
            record,
            proposal,
            from,
        })
    }

    async fn offered(
        self,
        state: &AdminState,
        viewer: &Viewer,
        subject: &CreditSubject,
    ) -> Result<Offered, PageError> {
        let (credit, who) = (&state.credit, &viewer.subject);
        let (action, facts) = match (self, &subject.proposal) {
            (Self::Propose, _) => (
                Action::Propose,
                credit.facts(&subject.record.customer).await?,
            ),
            (Self::Approve, Some(it)) => (
                Action::Approve(it.status),
                credit.proposal_facts(who, it).await?,
            ),
            (Self::Deny, Some(it)) => (
                Action::Deny(it.status),
                credit.proposal_facts(who, it).await?,
            ),
            _ => return Ok(Offered::No),
        };
        Ok(Offered::of(rules::may(action, &facts), true))
    }

    fn consequence(self, subject: &CreditSubject) -> String {
        let words = self.words().consequence;
        let Some(it) = &subject.proposal else {
            return words.to_owned();
        };
        let purpose = it.purpose();
        let purpose = purpose.map_or_else(String::new, |purpose| format!(" for: {purpose}"));
        format!("{}{purpose}. {words}", format::money(it.amount.cents()))
    }

    fn hidden(self, subject: &CreditSubject, sent: &Sent) -> Vec<(&'static str, String)> {
        match subject.proposal {
            None => {
                let id = sent.id.unwrap_or_else(Uuid::now_v7).to_string();
                [("id", id)]
                    .into_iter()
                    .chain(subject.come_from())
                    .collect()
            }
            Some(_) => subject.come_from().into_iter().collect(),
        }
    }

    fn confirms(self, subject: &CreditSubject) -> Option<String> {
        let proposal = subject.proposal.as_ref()?;
        let (amount, called) = (
            format::money(proposal.amount.cents()),
            subject.record.called(),
        );
        let act = if self == Self::Approve {
            "approving"
        } else {
            "denying"
        };
        Some(format!("{act} {amount} for {called}"))
    }

    async fn facts(
        self,
        state: &AdminState,
        subject: &CreditSubject,
    ) -> Result<Vec<(&'static str, String)>, PageError> {
        match &subject.proposal {
            None => Ok(Vec::new()),
            Some(proposal) => super::facts::facts(state, &subject.record, proposal).await,
        }
    }

    fn done_address(self, subject: &CreditSubject) -> String {
        match &subject.from {
            Some(list) => operation::done_at(list, None, self.words().slug),
            None => operation::done_at(&subject.path(), subject.line(), self.words().slug),
        }
    }

    fn button_id(self, subject: &CreditSubject) -> String {
        let slug = self.words().slug;
        match &subject.proposal {
            None => format!("act-{slug}"),
            Some(it) => format!("act-{slug}-{}", it.id),
        }
    }

    async fn perform(
        self,
        state: &AdminState,
        viewer: &Viewer,
        subject: &CreditSubject,
        sent: &Sent,
    ) -> Result<Performed, Error> {
        let (credit, who) = (&state.credit, &viewer.subject);
        let reason = Some(sent.reason.as_str());
        match (self, &subject.proposal) {
            (Self::Propose, _) => {
                let (customer, amount) = (subject.record.customer.id, sent.amount.parse());
                let new = credit.check_proposal(who, customer, amount, &sent.purpose, &sent.note);
                let new = new.await?;
                let id = CreditFacilityProposalId::from(sent.id.unwrap_or_else(Uuid::now_v7));
                credit.propose(who, id, &new).await?;
            }
            (Self::Approve, Some(it)) => {
                credit.approve(who, it.id, reason).await?;
            }
            (Self::Deny, Some(it)) => {
                credit.deny(who, it.id, reason).await?;
            }
            _ => return Err(Error::NO_RECORD),
        }
        Ok(Performed::Done)
    }
}

impl CreditSubject {
    /// What the dialog sends along of the page on which it was opened.
    fn come_from(&self) -> Option<(&'static str, String)> {
        let from = self.from.clone().or_else(|| self.record.from());
        from.map(|from| ("from", from))
    }
}

impl Subject for CreditSubject {
    fn path(&self) -> String {
        self.from.clone().unwrap_or_else(|| self.record.path())
    }

    fn line(&self) -> Option<String> {
        let proposal = self.proposal.as_ref()?;
        Some(format!("proposal-{}", proposal.id))
    }

    async fn render(
        self,
        state: &AdminState,
        viewer: &Viewer,
        beside: Beside,
    ) -> Result<Response, PageError> {
        self.record.render(state, viewer, beside).await
    }
}
