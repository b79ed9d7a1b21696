//! `/customers/{public id}`: one customer, with what provisioning does, and what operators do to it.

use ::customer::{customer::Customer, history, prospect::Prospect};
use ::provisioning::{StepState, StepView, steps::DEPOSIT_ACCOUNT};
use askama::Template;
use axum::response::Response;
use uuid::Uuid;

use super::{
    AdminState,
    acting::{Beside, Record},
    acts::{Act, OF_CUSTOMER, Offered, named, offered_to},
    dealings::{self, AccountRegion, FacilityRegion},
    dialog::{Dialog, Offers},
    history::History,
    raised::Items,
    record::{self, Identity, Kyc, Personal},
    steps::Region,
    words,
};
use crate::{
    error_page::PageError,
    format::Time,
    layout::{Layout, Section, Viewer, page},
};

#[derive(Template)]
#[template(path = "admin/customer.html")]
struct CustomerPage {
    layout: Layout,
    done: Option<&'static str>,
    problem: Option<String>,
    id: Uuid,
    public_id: String,
    email: Option<String>,
    offers: Offers,
    raised: Items,
    identity: Identity,
    provisioning: Region,
    account: AccountRegion,
    facility: FacilityRegion,
    kyc: Kyc,
    personal: Personal,
    history: History,
    dialog: Option<Dialog>,
}

/// A customer, as its page has it, with the record of its verification and the steps of its provisioning.
pub struct CustomerRecord {
    prospect: Prospect,
    customer: Customer,
    steps: Vec<StepView>,
}

impl CustomerRecord {
    /// What "Retry now" tries.
    fn failed(&self) -> impl Iterator<Item = &StepView> {
        self.steps.iter().filter(|step| step.state.can_be_retried())
    }
}

impl Record for CustomerRecord {
    const ACTS: &'static [Act] = &OF_CUSTOMER;

    async fn find(state: &AdminState, viewer: &Viewer, public_id: &str) -> Result<Self, PageError> {
        let (prospect, customer) = record::customer(state, viewer, public_id).await?;
        let steps = state.board.steps_of(customer.id.into()).await?;
        Ok(Self {
            prospect,
            customer,
            steps,
        })
    }

    fn id(&self) -> Uuid {
        self.customer.id.into()
    }

    fn path(&self) -> String {
        format!("/customers/{}", self.customer.public_id)
    }

    fn offered(&self, state: &AdminState, act: Act) -> Offered {
        match act {
            Act::Retry if self.failed().next().is_some() => Offered::Yes,
            Act::LinkLogin if state.board.may_link_login(&self.steps) => Offered::Yes,
            Act::Retry | Act::LinkLogin => Offered::No,
            act => offered_to(state, &self.prospect, &self.customer, act),
        }
    }

    fn value(&self, act: Act) -> String {
        match act {
            Act::ChangeEmail => self.customer.email().unwrap_or_default(),
            Act::ChangeTelegram => self.customer.telegram_handle().unwrap_or_default(),
            _ => String::new(),
        }
    }

    fn done(slug: &str) -> Option<&'static str> {
        let act = named(Self::ACTS, slug).map(|act| act.words().done);
        act.or_else(|| dealings::done(slug))
    }

    fn consequence(&self, act: Act) -> String {
        let words = act.words().consequence;
        match act {
            Act::Retry => {
                let failed: Vec<&str> = self.failed().map(|step| step.label.as_str()).collect();
                format!("{words}: {}.", failed.join(", "))
            }
            _ => words.to_owned(),
        }
    }

    async fn render(
        self,
        state: &AdminState,
        viewer: &Viewer,
        beside: Beside,
    ) -> Result<Response, PageError> {
        let Self {
            prospect,
            customer,
            steps,
        } = &self;
        let id = self.id();
        let address = self.path();
        let public_id = customer.public_id.to_string();
        let email = customer.email();
        let offers =
            |acts: &[Act]| Offers::of(viewer, &address, acts, |act| self.offered(state, act));
        let raised = state.onboarding.raised_about(id).await?;
        let stopped = steps
            .iter()
            .any(|step| step.step == DEPOSIT_ACCOUNT && step.state == StepState::Cancelled);
        let template = CustomerPage {
            layout: Layout::panel(
                email
                    .clone()
                    .unwrap_or_else(|| format!("Customer {public_id}")),
                Section::Customers,
                viewer,
            ),
            done: beside.done,
            problem: beside.problem,
            id,
            email,
            offers: offers(&[
                Act::Restore,
                Act::Reactivate,
                Act::Deactivate,
                Act::CloseCustomer,
            ]),
            raised: Items::of(raised, viewer, address.clone()),
            identity: Identity {
                heading: "Customer",
                id,
                public_id: public_id.clone(),
                customer_type: customer.customer_type,
                telegram: customer.telegram_handle(),
                erased: customer.is_erased(),
                states: vec![
                    ("Status", words::activity(customer.activity())),
                    ("Verification", words::verification(customer.verification)),
                ],
                level: Some(customer.level.label()),
                since: ("Customer since", Time::of(customer.created_at())),
                offers: offers(&[
                    Act::ChangeEmail,
                    Act::ChangeTelegram,
                    Act::ResendWelcome,
                    Act::LinkLogin,
                ]),
            },
            provisioning: Region::of(viewer, id, public_id.clone(), steps),
            account: AccountRegion::of(state, viewer, customer.id, &address, stopped).await,
            facility: FacilityRegion::of(state, viewer, customer.id, &address).await?,
            kyc: Kyc::of(
                prospect,
                state.onboarding.link_to_show(prospect, Some(customer)),
                state.onboarding.refresh_trouble(id).await?,
                &state.config,
                offers(&[Act::GenerateLink, Act::Refresh]),
            ),
            personal: Personal::of(prospect, offers(&[Act::Erase])),
            history: History::of(state, history::of_customer(customer)).await?,
            public_id,
            dialog: beside.dialog,
        };
        page(beside.status, &template)
    }
}
