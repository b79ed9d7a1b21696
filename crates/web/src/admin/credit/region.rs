//! The region "Credit facility" of a customer's page.

use kernel::Decision;
use std::collections::HashSet;

use ::credit::{
    CreditFacilityProposal, ProposalStatus,
    rules::{self, Action, Facts},
    timeline,
};
use askama::{Template, filters::HtmlSafe};
use customer::primitives::CustomerId;

use crate::{
    admin::{
        AdminState,
        dealings::Dealing,
        deposits::lines::Row,
        dialog::{Offer, Offers},
        names::Names,
        operation::Beside,
    },
    error_page::PageError,
    format::{self, Shape, Time, Tone, money},
    layout::Viewer,
};

/// Proposals on the page; a customer seldom has more.
const SHOWN: usize = 50;

/// The region.
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
    /// Of the customer at `record`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(
        state: &AdminState,
        viewer: &Viewer,
        customer: CustomerId,
        record: &str,
        beside: &mut Beside,
    ) -> Result<Self, PageError> {
        let facts = state.credit.facts(customer).await?;
        let found = state
            .credit
            .proposals_with_facts(&viewer.subject, customer, SHOWN)
            .await?;
        let makers: HashSet<String> = found
            .iter()
            .flat_map(|(proposal, _)| timeline(proposal))
            .filter_map(|entry| entry.words.by)
            .collect();
        let names = Names::of(state, makers).await?;
        Ok(Self {
            reasons: facts
                .eligibility
                .reasons
                .iter()
                .map(|reason| reason.words())
                .collect(),
            offers: propose(viewer, record, &facts)
                .saying(beside.said_at([Dealing::ProposeCredit.words().slug])),
            proposals: found
                .iter()
                .map(|(proposal, facts)| {
                    let mut proposal = Proposal::of(viewer, record, proposal, facts, &names);
                    let said = beside.said_at([proposal.id.as_str()]);
                    proposal.offers = proposal.offers.saying(said);
                    proposal
                })
                .collect(),
        })
    }
}

/// "Propose credit"; the region says why not.
fn propose(viewer: &Viewer, record: &str, facts: &Facts) -> Offers {
    let dealing = Dealing::ProposeCredit;
    let words = dealing.words();
    let may = rules::may(Action::Propose, facts) == Decision::Do && viewer.may(words.permission);
    let offer = may.then(|| Offer {
        slug: dealing.slug(""),
        button: words.button,
        address: dealing.address(record, ""),
        class: None,
        about: None,
        disabled: None,
        at_once: false,
    });
    Offers::new(offer.into_iter().collect())
}

impl Proposal {
    fn of(
        viewer: &Viewer,
        record: &str,
        proposal: &CreditFacilityProposal,
        facts: &Facts,
        names: &Names,
    ) -> Self {
        let number = proposal.id.to_string();
        let row = Row {
            viewer,
            record,
            about: format!("proposal-{number}"),
            number,
        };
        let acts = [
            (Dealing::ApproveCredit, Action::Approve(proposal.status)),
            (Dealing::DenyCredit, Action::Deny(proposal.status)),
        ];
        let offer = |(dealing, action)| match rules::may(action, facts) {
            Decision::Do => row.button(dealing, None),
            // Whoever decides has to know what stands in the way; that the customer comes first, the state says.
            Decision::Refused(refusal) if proposal.status == ProposalStatus::PendingApproval => {
                row.button(dealing, Some(refusal.to_string()))
            }
            Decision::Refused(_) | Decision::IsSo => None,
        };
        Self {
            offers: Offers::new(acts.into_iter().filter_map(offer).collect()),
            id: row.about,
            state: state_of(proposal.status),
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
                        .map(|by| names.name(&by).to_owned()),
                    at: Time::of(entry.words.at),
                })
                .collect(),
        }
    }
}

/// A proposal's state as word, shape and colour.
fn state_of(status: ProposalStatus) -> format::State {
    let (tone, shape) = match status {
        ProposalStatus::PendingCustomerApproval => (Tone::Moving, Shape::Quarter),
        ProposalStatus::PendingApproval => (Tone::Look, Shape::Half),
        ProposalStatus::Approved => (Tone::Good, Shape::Check),
        ProposalStatus::Denied | ProposalStatus::CustomerDenied => (Tone::Bad, Shape::Cross),
        ProposalStatus::Cancelled => (Tone::Quiet, Shape::Bar),
    };
    format::State::new(status.label(), tone, shape)
}
