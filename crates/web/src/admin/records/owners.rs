//! The region "Owners": who belongs to a company, and how each stands with Sumsub.

use askama::{Template, filters::HtmlSafe};
use customer::{
    kyc::Status, owners::BeneficialOwner, primitives::CustomerType, prospect::Prospect,
};

use crate::{
    admin::AdminState,
    config::WebConfig,
    error_page::PageError,
    format::{Shape, State, Time, Tone},
};

#[derive(Template)]
#[template(path = "admin/records/owners.html")]
pub struct Owners {
    owners: Option<Vec<Owner>>,
}

impl HtmlSafe for Owners {}

struct Owner {
    applicant_id: String,
    dashboard: Option<String>,
    what: &'static str,
    state: Option<State>,
    since: Option<Time>,
    callback: Option<i64>,
    record: Option<String>,
}

impl Owners {
    /// Nothing is shown of a person's record to which nobody belongs.
    pub async fn of(state: &AdminState, prospect: &Prospect) -> Result<Self, PageError> {
        let found = state
            .onboarding
            .beneficial_owners(prospect.id.into())
            .await?;
        let shown = prospect.customer_type != CustomerType::Individual || !found.is_empty();
        let owners = found
            .into_iter()
            .map(|owner| Owner::of(owner, &state.config));
        Ok(Self {
            owners: shown.then(|| owners.collect()),
        })
    }
}

impl Owner {
    fn of(owner: BeneficialOwner, config: &WebConfig) -> Self {
        let page = config.applicant_page.as_ref();
        Self {
            dashboard: page.map(|page| page.address_of(&owner.applicant_id)),
            applicant_id: owner.applicant_id,
            what: match owner.is_person {
                Some(true) => "person",
                Some(false) => "company",
                None => "",
            },
            state: owner.standing.map(state),
            since: owner.since.map(Time::of),
            callback: owner.callback,
            record: owner.public_id,
        }
    }
}

fn state(status: Status) -> State {
    let (tone, shape) = match status {
        Status::Created | Status::Reset => (Tone::Moving, Shape::Quarter),
        Status::Pending => (Tone::Moving, Shape::Half),
        Status::OnHold => (Tone::Look, Shape::Triangle),
        Status::Green => (Tone::Good, Shape::Check),
        Status::Red => (Tone::Bad, Shape::Cross),
        Status::Deleted => (Tone::Quiet, Shape::Bar),
    };
    State::new(status.label(), tone, shape)
}
