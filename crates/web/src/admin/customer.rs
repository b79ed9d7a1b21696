//! `/customers/{public id}`: one customer, with what provisioning does, and what operators do to it.

use ::customer::{
    customer::Customer,
    history,
    kyc::{CustomerAction, May, customer_may},
    prospect::Prospect,
};
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{Redirect, Response},
};
use deposit::AccountStatus;
use uuid::Uuid;

use super::{
    AdminState,
    acting::{Beside, Record},
    acts::{Act, OF_CUSTOMER, Offered, offered_to},
    dialog::{Dialog, Offers},
    history::History,
    raised::Items,
    record::{self, Identity, Kyc, Personal},
    steps::Region,
    words,
};
use crate::{
    error_page::PageError,
    format::{Time, money},
    layout::{Layout, Section, Viewer, page},
};

#[derive(Template)]
#[template(path = "admin/customer.html")]
struct CustomerPage {
    layout: Layout,
    done: Option<&'static str>,
    id: Uuid,
    public_id: String,
    email: Option<String>,
    offers: Offers,
    raised: Items,
    identity: Identity,
    provisioning: Region,
    account: Account,
    kyc: Kyc,
    personal: Personal,
    history: History,
    dialog: Option<Dialog>,
}

enum Account {
    Open {
        code: String,
        balance: String,
        locked: bool,
    },
    NotYet,
    Unknown,
}

/// A customer, as its page has it, with the record of its verification.
pub struct CustomerRecord {
    prospect: Prospect,
    customer: Customer,
}

impl Record for CustomerRecord {
    const ACTS: &'static [Act] = &OF_CUSTOMER;

    async fn find(state: &AdminState, viewer: &Viewer, public_id: &str) -> Result<Self, PageError> {
        let (prospect, customer) = record::customer(state, viewer, public_id).await?;
        Ok(Self { prospect, customer })
    }

    fn id(&self) -> Uuid {
        self.customer.id.into()
    }

    fn path(&self) -> String {
        format!("/customers/{}", self.customer.public_id)
    }

    fn offered(&self, state: &AdminState, act: Act) -> Offered {
        offered_to(state, &self.prospect, &self.customer, act)
    }

    fn value(&self, act: Act) -> String {
        match act {
            Act::ChangeEmail => self.customer.email().unwrap_or_default(),
            Act::ChangeTelegram => self.customer.telegram_handle().unwrap_or_default(),
            _ => String::new(),
        }
    }

    async fn render(
        self,
        state: &AdminState,
        viewer: &Viewer,
        beside: Beside,
    ) -> Result<Response, PageError> {
        let Self { prospect, customer } = &self;
        let id = self.id();
        let address = self.path();
        let public_id = customer.public_id.to_string();
        let email = customer.email();
        let offers =
            |acts: &[Act]| Offers::of(viewer, &address, acts, |act| self.offered(state, act));
        let facts = customer.facts(prospect.kyc.green_after_red());
        let may_have_link = customer_may(CustomerAction::GenerateLink, facts) == May::Do;
        let raised = state.onboarding.raised_about(id).await?;
        let template = CustomerPage {
            layout: Layout::panel(
                email
                    .clone()
                    .unwrap_or_else(|| format!("Customer {public_id}")),
                Section::Customers,
                viewer,
            ),
            done: beside.done,
            id,
            email,
            // "Link existing login" goes beside "Resend welcome e-mail" once there is Keycloak.
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
                offers: offers(&[Act::ChangeEmail, Act::ChangeTelegram, Act::ResendWelcome]),
            },
            provisioning: Region::of(state, viewer, id, public_id.clone()).await?,
            account: account(state, id).await,
            kyc: Kyc::of(
                (prospect, &address),
                &state.config,
                viewer,
                may_have_link,
                offers(&[Act::Refresh]),
                beside.problem,
            ),
            personal: Personal::of(prospect, offers(&[Act::Erase])),
            history: History::of(state, history::of_customer(customer)).await?,
            public_id,
            dialog: beside.dialog,
        };
        page(beside.status, &template)
    }
}

/// "Retry now".
pub async fn retry(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(public_id): Path<String>,
) -> Result<Redirect, PageError> {
    let (_, customer) = record::customer(&state, &viewer, &public_id).await?;
    state
        .board
        .retry_now(&viewer.subject, customer.id.into())
        .await?;
    Ok(Redirect::to(&format!("/customers/{public_id}")))
}

/// The ledger being away takes no other part of the page with it.
async fn account(state: &AdminState, customer: Uuid) -> Account {
    match state.deposits.account_of(customer).await {
        Ok(Some(account)) => Account::Open {
            code: account.code,
            balance: money(account.settled),
            locked: account.status == AccountStatus::Locked,
        },
        Ok(None) => Account::NotYet,
        Err(error) => {
            tracing::error!(%error, %customer, "the ledger did not answer a page");
            Account::Unknown
        }
    }
}
