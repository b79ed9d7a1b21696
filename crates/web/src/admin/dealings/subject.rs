//! What a dealing is about: something new, or a document that is there.

use ::credit::CreditFacilityProposal;
use ::deposit::{Deposit, Withdrawal};
use customer::primitives::CustomerId;
use kernel::{Amount, Error};
use uuid::Uuid;

use super::{Dealing, Typed, credit, facts::facts, money};
use crate::{
    admin::{
        AdminState,
        customers::page::CustomerRecord,
        dialog::{Dialog, Field, Kind},
        operation::Record as _,
        prospects::operations::Offered,
        records::regions::is_public_id,
    },
    error_page::PageError,
    format,
    layout::Viewer,
};

/// A dealing with what it is about.
pub struct Subject {
    pub dealing: Dealing,
    pub customer: CustomerId,
    pub document: Document,
}

/// What a dealing is about.
pub enum Document {
    New,
    Deposit(Box<Deposit>),
    Withdrawal(Box<Withdrawal>),
    Proposal(Box<CreditFacilityProposal>),
}

impl Subject {
    /// Finds it; that somebody looked is written down. `named` is the document's number (a proposal's id), and the act.
    ///
    /// # Errors
    /// When the customer has no such document.
    pub async fn find(
        state: &AdminState,
        viewer: &Viewer,
        record: &CustomerRecord,
        dealing: Dealing,
        named: Option<(&str, &str)>,
    ) -> Result<Self, PageError> {
        let customer = CustomerId::from(record.id());
        let who = &viewer.subject;
        let missing = |found, what| {
            if found {
                Ok(())
            } else {
                Err(PageError::NotFound(what))
            }
        };
        let document = match (dealing, named) {
            (Dealing::RevertDeposit, Some((number, _))) => {
                missing(is_public_id(number), "deposit")?;
                let deposit = state.money.deposit_by_public_id(who, number).await?;
                missing(deposit.customer_id == customer, "deposit")?;
                Document::Deposit(Box::new(deposit))
            }
            (
                Dealing::ConfirmWithdrawal | Dealing::CancelWithdrawal | Dealing::RevertWithdrawal,
                Some((number, _)),
            ) => {
                missing(is_public_id(number), "withdrawal")?;
                let withdrawal = state.money.withdrawal_by_public_id(who, number).await?;
                missing(withdrawal.customer_id == customer, "withdrawal")?;
                Document::Withdrawal(Box::new(withdrawal))
            }
            (Dealing::ApproveCredit | Dealing::DenyCredit, Some((id, _))) => {
                let id: Uuid = id.parse().map_err(|_| PageError::NotFound("proposal"))?;
                let proposal = state.credit.proposal(who, id.into()).await?;
                missing(proposal.customer_id == customer, "proposal")?;
                Document::Proposal(Box::new(proposal))
            }
            _ => Document::New,
        };
        Ok(Self {
            dealing,
            customer,
            document,
        })
    }

    /// Whether it can be done, by this viewer; the domain's table says so.
    pub async fn offered(&self, state: &AdminState, viewer: &Viewer) -> Result<Offered, PageError> {
        let who = &viewer.subject;
        Ok(match &self.document {
            Document::Deposit(deposit) => {
                let facts = state.money.deposit_facts(who, deposit).await?;
                money::asked_for(self.dealing, &self.document, facts)
            }
            Document::Withdrawal(withdrawal) => {
                let facts = state.money.withdrawal_facts(who, withdrawal).await?;
                money::asked_for(self.dealing, &self.document, facts)
            }
            Document::Proposal(proposal) => {
                let facts = state.credit.proposal_facts(who, proposal).await?;
                credit::asked_for(self.dealing, Some(proposal.status), &facts)
            }
            Document::New if self.dealing == Dealing::ProposeCredit => {
                let facts = state.credit.facts(self.customer).await?;
                credit::asked_for(self.dealing, None, &facts)
            }
            Document::New => {
                let facts = state.money.account_facts(self.customer).await?;
                money::asked_for(self.dealing, &self.document, facts)
            }
        })
    }

    /// Does it; the domain asks for the permission and keeps the rules.
    pub async fn perform(
        &self,
        state: &AdminState,
        viewer: &Viewer,
        typed: &Typed,
    ) -> Result<(), Error> {
        match self.dealing {
            Dealing::ProposeCredit | Dealing::ApproveCredit | Dealing::DenyCredit => {
                Ok(credit::perform(self, state, viewer, typed).await?)
            }
            _ => Ok(money::perform(self, state, viewer, typed).await?),
        }
    }

    /// Where the page says what became of it: at the document's line, or at the button for a new one.
    pub fn place(&self) -> String {
        let number = self.document.number();
        match &self.document {
            Document::New => self.dealing.words().slug.to_owned(),
            Document::Deposit(_) => format!("deposit-{number}"),
            Document::Withdrawal(_) => format!("withdrawal-{number}"),
            Document::Proposal(_) => format!("proposal-{number}"),
        }
    }

    /// How much it is about, in US cents; 0 when that is no amount.
    pub fn cents(&self, typed: &Typed) -> i64 {
        match &self.document {
            Document::Deposit(it) => it.amount.cents(),
            Document::Withdrawal(it) => it.amount.cents(),
            Document::Proposal(it) => it.amount.cents(),
            Document::New => typed.amount.parse().map_or(0, Amount::cents),
        }
    }

    /// The dialog on the page of its customer, with what was typed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn dialog(
        &self,
        state: &AdminState,
        customer: &CustomerRecord,
        typed: &Typed,
    ) -> Result<Dialog, PageError> {
        let words = self.dealing.words();
        let number = self.document.number();
        let record = customer.path();
        Ok(Dialog {
            facts: facts(state, customer, self).await?,
            heading: words.heading.to_owned(),
            words: match self.document.named() {
                None => words.consequence.to_owned(),
                Some(name) => format!("{name}. {}", words.consequence),
            },
            action: self.dealing.address(&record, &number),
            back: record,
            opener: format!("#act-{}", self.dealing.slug(&number)),
            fields: fields(self.dealing, typed),
            hidden: match self.document {
                Document::New => vec![("id", typed.id.unwrap_or_else(Uuid::now_v7).to_string())],
                _ => Vec::new(),
            },
            problem: None,
        })
    }
}

impl Document {
    /// What addresses know it by.
    fn number(&self) -> String {
        match self {
            Document::New => String::new(),
            Document::Deposit(deposit) => deposit.public_id.to_string(),
            Document::Withdrawal(withdrawal) => withdrawal.public_id.to_string(),
            Document::Proposal(proposal) => proposal.id.to_string(),
        }
    }

    /// What people know it by.
    fn named(&self) -> Option<String> {
        let money = |what, number: &dyn std::fmt::Display, cents, reference: Option<String>| {
            let known = reference.map_or_else(String::new, |known| format!(" ({known})"));
            Some(format!(
                "{what} {number} of {}{known}",
                format::money(cents)
            ))
        };
        match self {
            Document::New => None,
            Document::Deposit(it) => {
                money("Deposit", &it.public_id, it.amount.cents(), it.reference())
            }
            Document::Withdrawal(it) => money(
                "Withdrawal",
                &it.public_id,
                it.amount.cents(),
                it.reference(),
            ),
            Document::Proposal(it) => Some(format!(
                "{}{}",
                format::money(it.amount.cents()),
                it.purpose()
                    .map_or_else(String::new, |purpose| format!(" for: {purpose}"))
            )),
        }
    }
}

fn fields(dealing: Dealing, typed: &Typed) -> Vec<Field> {
    let amount = || {
        Field::new("amount", "Amount", Kind::Dollars, typed.amount.clone())
            .hint("In US dollars, for example 1250.00.")
    };
    match dealing {
        Dealing::RecordDeposit | Dealing::StartWithdrawal => vec![
            amount(),
            Field::new(
                "reference",
                "Reference",
                Kind::Text,
                typed.reference.clone(),
            )
            .hint("Optional: what it is known by outside, such as a wire's number. Once for each account, while what has it stands."),
        ],
        Dealing::ProposeCredit => vec![
            amount(),
            Field::new("purpose", "Purpose", Kind::Line, typed.purpose.clone())
                .hint("The customer reads it."),
            Field::new("note", "Note", Kind::Note, typed.note.clone())
                .hint("Optional, for colleagues; the customer never sees it."),
        ],
        Dealing::ApproveCredit | Dealing::DenyCredit => vec![
            Field::new("reason", "Reason", Kind::Note, typed.reason.clone())
                .hint("Optional, for colleagues."),
        ],
        _ => Vec::new(),
    }
}
