//! The credit proposals made to the customer: what is offered, and the customer's answer.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use credit::{ProposalRow, ProposalStatus};
use kernel::Error;
use uuid::Uuid;

use super::{PortalState, inside::Inside};
use crate::{
    error_page::PageError,
    format::{Shape, State as Standing, Time, Tone, money},
    layout::{Layout, Place, page as show},
};

/// What a customer answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Accept,
    Decline,
}

impl Answer {
    /// As addresses have it.
    fn named(name: &str) -> Option<Self> {
        match name {
            "accept" => Some(Self::Accept),
            "decline" => Some(Self::Decline),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Decline => "decline",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Accept => "Accept proposal",
            Self::Decline => "Decline proposal",
        }
    }

    fn consequence(self) -> &'static str {
        match self {
            Self::Accept => {
                "You tell us that you want this credit. We then decide, and you read here how. This can't be taken back."
            }
            Self::Decline => {
                "You tell us that you don't want this credit. This can't be taken back."
            }
        }
    }
}

/// A proposal in the customer's words.
pub struct Offer {
    pub id: Uuid,
    pub amount: String,
    pub purpose: Option<String>,
    pub standing: Standing,
    pub words: &'static str,
    pub made_on: Time,
    /// Whether the customer is to answer.
    pub waits: bool,
}

impl Offer {
    /// As it is to who may not answer it any more, also in the moment before it is cancelled.
    fn answered(mut self) -> Self {
        if self.waits {
            (self.standing, self.words) = standing_of(ProposalStatus::Cancelled);
            self.waits = false;
        }
        self
    }
}

impl From<ProposalRow> for Offer {
    fn from(row: ProposalRow) -> Self {
        let (standing, words) = standing_of(row.status);
        Self {
            id: row.id.into(),
            amount: money(row.amount.cents()),
            purpose: row.purpose,
            standing,
            words,
            made_on: Time::day(row.created_at),
            waits: row.status == ProposalStatus::PendingCustomerApproval,
        }
    }
}

/// How it stands, to the customer: neither who decided nor why.
fn standing_of(status: ProposalStatus) -> (Standing, &'static str) {
    use ProposalStatus as S;
    let (label, tone, shape, words) = match status {
        S::PendingCustomerApproval => (
            "Waiting for your answer",
            Tone::Look,
            Shape::Triangle,
            "Accept it or decline it. Nothing happens before you do.",
        ),
        S::CustomerDenied => (
            "Declined by you",
            Tone::Quiet,
            Shape::Bar,
            "You declined this proposal. Nothing more to do.",
        ),
        S::PendingApproval => (
            "Accepted by you",
            Tone::Moving,
            Shape::Half,
            "You accepted this proposal. We decide now; nothing to do until then.",
        ),
        S::Approved => (
            "Approved",
            Tone::Good,
            Shape::Check,
            "The credit is approved. We will be in touch about the next steps.",
        ),
        S::Denied => (
            "Not approved",
            Tone::Quiet,
            Shape::Cross,
            "We decided not to give this credit.",
        ),
        S::Cancelled => (
            "No longer open",
            Tone::Quiet,
            Shape::Bar,
            "This proposal is no longer open.",
        ),
    };
    (Standing::new(label, tone, shape), words)
}

#[derive(Template)]
#[template(path = "portal/proposals/list.html")]
struct ProposalsPage {
    layout: Layout,
    offers: Vec<Offer>,
    contact: String,
}

#[derive(Template)]
#[template(path = "portal/proposals/page.html")]
struct ProposalPage {
    layout: Layout,
    offer: Offer,
    asks: Option<Answer>,
    problem: Option<&'static str>,
    contact: String,
}

pub async fn list(
    State(state): State<PortalState>,
    Inside(customer): Inside,
) -> Result<Response, PageError> {
    let template = ProposalsPage {
        layout: Layout::portal("Credit proposals", Place::Proposals),
        offers: state.offers(customer).await?,
        contact: state.public.config.contact_email.clone(),
    };
    show(StatusCode::OK, &template)
}

pub async fn one(
    State(state): State<PortalState>,
    Inside(customer): Inside,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let offer = state.offer(customer, &id).await?;
    state.proposal_page(StatusCode::OK, offer, None, None)
}

/// Asks before it is done.
pub async fn ask(
    State(state): State<PortalState>,
    Inside(customer): Inside,
    Path((id, answer)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let offer = state.offer(customer, &id).await?;
    let answer = Answer::named(&answer).ok_or(PageError::NotFound("page"))?;
    // Answered in another window meanwhile: the page says how it stands.
    let asks = Some(answer).filter(|_| offer.waits);
    state.proposal_page(StatusCode::OK, offer, asks, None)
}

pub async fn answer(
    State(state): State<PortalState>,
    Inside(customer): Inside,
    Path((id, answer)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let answer = Answer::named(&answer).ok_or(PageError::NotFound("page"))?;
    let proposal: Uuid = id.parse().map_err(|_| NO_SUCH)?;
    let credit = &state.public.credit;
    let done = match answer {
        Answer::Accept => credit.accept(customer.into(), proposal.into()).await,
        Answer::Decline => credit.decline(customer.into(), proposal.into()).await,
    };
    match done {
        Ok(_) => Ok(Redirect::to(&format!("/proposals/{proposal}")).into_response()),
        Err(Error::Refused(why)) => {
            // Why is for the bank's people: it may be a rejection that the customer is not told of.
            tracing::info!(%proposal, %why, "a customer's answer to a proposal was refused");
            let offer = state.offer(customer, &id).await?.answered();
            let problem = Some("Nothing was done: this proposal can't be answered any more.");
            state.proposal_page(StatusCode::CONFLICT, offer, None, problem)
        }
        Err(error) => Err(failed(error)),
    }
}

const NO_SUCH: PageError = PageError::NotFound("proposal");

impl PortalState {
    /// All proposals made to the customer, newest first.
    pub(super) async fn offers(&self, customer: Uuid) -> Result<Vec<Offer>, PageError> {
        let rows = self.public.credit.own(customer.into()).await;
        let rows = rows.map_err(failed)?;
        Ok(rows.into_iter().map(Offer::from).collect())
    }

    /// One of the customer's; another's is as unknown as none.
    async fn offer(&self, customer: Uuid, id: &str) -> Result<Offer, PageError> {
        let id: Uuid = id.parse().map_err(|_| NO_SUCH)?;
        let offers = self.offers(customer).await?;
        offers
            .into_iter()
            .find(|offer| offer.id == id)
            .ok_or(NO_SUCH)
    }

    fn proposal_page(
        &self,
        status: StatusCode,
        offer: Offer,
        asks: Option<Answer>,
        problem: Option<&'static str>,
    ) -> Result<Response, PageError> {
        let template = ProposalPage {
            layout: Layout::portal("Credit proposal", Place::Proposals),
            offer,
            asks,
            problem,
            contact: self.public.config.contact_email.clone(),
        };
        show(status, &template)
    }
}

fn failed(error: Error) -> PageError {
    match error {
        Error::NotFound(_) => NO_SUCH,
        error if error.is_transient() => {
            tracing::warn!(%error, "the portal could not read or answer a proposal");
            PageError::Unavailable("Your proposals can't be reached right now.".to_owned())
        }
        error => PageError::Internal(Box::new(error)),
    }
}
