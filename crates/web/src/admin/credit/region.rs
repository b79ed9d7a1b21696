//! The region "Credit facility" of a customer's page.

use ::credit::{
    CreditFacilityProposal, ProposalStatus,
    rules::{self, Action, Facts},
    timeline,
};
use access::ActorNames;
use askama::{Template, filters::HtmlSafe};

use super::operations::CreditOperation;
use crate::{
    admin::{
        AdminState,
        customers::{history, page::CustomerRecord},
        dialog::Offers,
        money::states,
        operation::{Beside, Offered, Operation as _},
    },
    error_page::PageError,
    format::{self, Time, money},
    layout::Viewer,
};

/// Proposals on the page; a customer seldom has more.
const SHOWN: usize = 50;

/// The region, as the viewer may see it.
#[derive(Template)]
#[template(path = "admin/credit/region.html")]
pub struct FacilityRegion {
    /// Why the customer can't be considered; nothing stands in the way when it is empty.
    reasons: Vec<&'static str>,
    offers: Offers,
    proposals: Vec<Proposal>,
}

impl HtmlSafe for FacilityRegion {}

struct Proposal {
    id: String,
    state: format::State,
    amount: String,
    purpose: Option<String>,
    note: Option<String>,
    events: Vec<Event>,
    offers: Offers,
}

/// What happened to it.
struct Event {
    what: String,
    by: Option<String>,
    at: Time,
}

impl FacilityRegion {
    /// Of this customer.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(
        state: &AdminState,
        viewer: &Viewer,
        record: &CustomerRecord,
        beside: &mut Beside,
    ) -> Result<Self, PageError> {
        let (customer, path) = (record.customer.id, record.own_path());
        let facts = match record.account(state).await {
            Ok(account) => Facts::of(&record.customer, account.map(|account| account.status)),
            // Perhaps only its balance can't be read.
            Err(_) => state.credit.facts(&record.customer).await?,
        };
        let found = state
            .credit
            .proposals_with_facts(&viewer.subject, customer, SHOWN)
            .await?;
        let proposals = found.iter().map(|(proposal, _)| proposal);
        let told = || history::of_proposals(proposals);
        record.read.proposals.get_or_init(told);
        let makers = found
            .iter()
            .flat_map(|(proposal, _)| timeline(proposal))
            .filter_map(|entry| entry.words.by);
        let names = state.names(makers).await?;
        Ok(Self {
            reasons: facts
                .eligibility
                .reasons
                .iter()
                .map(|reason| reason.words())
                .collect(),
            offers: propose(viewer, &path, &facts)
                .opened_on_page(record.from())
                .saying(beside.said_at([CreditOperation::Propose.words().slug])),
            proposals: found
                .iter()
                .map(|(proposal, facts)| {
                    let mut proposal = Proposal::of(viewer, &path, proposal, facts, &names);
                    let said = beside.said_at([proposal.id.as_str()]);
                    proposal.offers = proposal.offers.opened_on_page(record.from()).saying(said);
                    proposal
                })
                .collect(),
        })
    }
}

/// "Propose credit"; the region says why not.
fn propose(viewer: &Viewer, record: &str, facts: &Facts) -> Offers {
    let operation = CreditOperation::Propose;
    let offered = Offered::of(rules::may(Action::Propose, facts), false);
    let offer = operation
        .words()
        .offer(viewer, operation.address(record, ""), offered);
    Offers::new(offer.into_iter().collect())
}

impl Proposal {
    fn of(
        viewer: &Viewer,
        record: &str,
        proposal: &CreditFacilityProposal,
        facts: &Facts,
        names: &ActorNames,
    ) -> Self {
        let number = proposal.id.to_string();
        let line = format!("proposal-{number}");
        // Whoever decides has to know what stands in the way; that the customer comes first, the state says.
        let worth_knowing = proposal.status == ProposalStatus::PendingApproval;
        let button = |(operation, action): (CreditOperation, Action)| {
            let offered = Offered::of(rules::may(action, facts), worth_knowing);
            let address = operation.address(record, &number);
            let offer = operation.words().offer(viewer, address, offered)?;
            Some(offer.on_line(&number, line.clone()))
        };
        let operations = [
            (CreditOperation::Approve, Action::Approve(proposal.status)),
            (CreditOperation::Deny, Action::Deny(proposal.status)),
        ];
        Self {
            offers: Offers::new(operations.into_iter().filter_map(button).collect()),
            id: line,
            state: states::proposal(proposal.status),
            amount: money(proposal.amount.cents()),
            purpose: proposal.purpose(),
            note: proposal.note(),
            events: timeline(proposal)
                .into_iter()
                .map(|entry| Event {
                    what: entry.words.what,
                    // Of the customer's own doing the words say so.
                    by: entry
                        .words
                        .by
                        .filter(|by| !by.starts_with("customer:"))
                        .map(|by| names.name(&by)),
                    at: Time::of(entry.words.at),
                })
                .collect(),
        }
    }
}
