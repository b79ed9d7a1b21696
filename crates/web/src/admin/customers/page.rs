//! `/customers/{public id}`: one customer, with what provisioning does, and what operators do to it.

use ::customer::{
    contact::TelegramHandle, customer::Customer, primitives::Verification, prospect::Prospect,
};
use ::provisioning::{StepState, StepView, steps::DEPOSIT_ACCOUNT};
use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    http::HeaderMap,
    response::Response,
};
use uuid::Uuid;

use crate::{
    admin::{
        AdminState,
        credit::{operations::CreditOperation, region::FacilityRegion},
        customers::operations::CustomerOperation::{
            self, Close, Deactivate, LinkLogin, Reactivate, Record, ResendWelcome, Restore, Retry,
        },
        customers::parts,
        deposits::{operations::MoneyOperation, region::AccountRegion},
        dialog::{Dialog, Offers, Said},
        for_me,
        history::History,
        needs_a_person::{page::ResolvedItems, raised::Items},
        operation::{self, Beside, Done, Operation as _, Subject},
        provisioning::region::Region,
        records::{
            desk::Desk,
            kyc::Kyc,
            link_mail::Reached,
            notes::Notes,
            operations::RecordOperation::{
                ChangeEmail, ChangeTelegram, Erase, GenerateLink, Refresh,
            },
            owners::Owners,
            regions::{self, Identity, Personal},
            why_declined::{Attempts, WhyDeclined},
        },
        words,
    },
    error_page::PageError,
    format::Time,
    layout::{Layout, Section, Viewer, page},
};

#[derive(Template)]
#[template(path = "admin/customers/page.html")]
struct CustomerPage {
    layout: Layout,
    said: Option<Said>,
    id: Uuid,
    public_id: String,
    name: Option<String>,
    email: Option<String>,
    offers: Offers,
    desk: Desk,
    notes: Notes,
    declined: bool,
    why: WhyDeclined,
    raised: Items,
    resolved: ResolvedItems,
    identity: Identity,
    provisioning: Region,
    account: AccountRegion,
    facility: FacilityRegion,
    kyc: Kyc,
    personal: Personal,
    owners: Owners,
    history: History,
    dialog: Option<Dialog>,
}

/// A customer, as its page has it, with the record of its verification and the steps of its provisioning.
pub struct CustomerRecord {
    pub prospect: Prospect,
    pub customer: Customer,
    pub steps: Vec<StepView>,
}

impl CustomerRecord {
    /// Finds it; that somebody looked is written down.
    ///
    /// # Errors
    /// When there is none, or the viewer may not see it.
    pub async fn find(
        state: &AdminState,
        viewer: &Viewer,
        public_id: &str,
    ) -> Result<Self, PageError> {
        let (prospect, customer) = regions::customer(state, viewer, public_id).await?;
        let steps = state.board.steps_of(customer.id.into()).await?;
        Ok(Self {
            prospect,
            customer,
            steps,
        })
    }

    /// Who it is, for whoever decides about it without its page.
    pub fn named(&self) -> String {
        let data = self.prospect.personal_data();
        let known = [
            data.and_then(|data| data.full_name()),
            self.customer.email(),
        ];
        let known: Vec<String> = known.into_iter().flatten().collect();
        match known.join(", ") {
            nothing if nothing.is_empty() => format!("Customer {}", self.customer.public_id),
            known => format!("{known} ({})", self.customer.public_id),
        }
    }

    /// What "Retry now" tries.
    pub fn failed(&self) -> impl Iterator<Item = &StepView> {
        self.steps.iter().filter(|step| step.state.can_be_retried())
    }
}

/// The page of one customer, with what has just been done to it.
pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(public_id): Path<String>,
    Query(done): Query<Done>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let record = CustomerRecord::find(&state, &viewer, &public_id).await?;
    for_me::seen(&state, &viewer, &headers, record.customer.id.into()).await;
    let said = done
        .said::<CustomerOperation>()
        .or_else(|| done.said::<MoneyOperation>())
        .or_else(|| done.said::<CreditOperation>());
    record.render(&state, &viewer, Beside::saying(said)).await
}

impl Subject for CustomerRecord {
    fn path(&self) -> String {
        format!("/customers/{}", self.customer.public_id)
    }

    async fn render(
        self,
        state: &AdminState,
        viewer: &Viewer,
        mut beside: Beside,
    ) -> Result<Response, PageError> {
        let Self {
            prospect,
            customer,
            steps,
        } = &self;
        let id = Uuid::from(customer.id);
        let address = self.path();
        let public_id = customer.public_id.to_string();
        let email = customer.email();
        let name = prospect.name();
        let title = name.clone().or_else(|| email.clone());
        let title = title.unwrap_or_else(|| format!("Customer {public_id}"));
        let beside = &mut beside;
        let onboarding = &state.onboarding;
        let raised = onboarding.raised_about_many(&viewer.subject, &[id]).await?;
        let declined = self.is_rejected();
        let stopped = steps
            .iter()
            .any(|step| step.step == DEPOSIT_ACCOUNT && step.state == StepState::Cancelled);
        let template = CustomerPage {
            layout: Layout::panel(title, Section::Customers, viewer),
            id,
            name,
            email,
            offers: self.offers(
                state,
                viewer,
                beside,
                &[Restore, Reactivate, Deactivate, Close],
            ),
            notes: Notes::of(state, viewer, prospect, &address, beside).await?,
            desk: self.desk(state, viewer, beside).await?,
            declined,
            why: WhyDeclined::of(prospect, declined),
            raised: Items::of(raised, viewer, address.clone()),
            resolved: ResolvedItems::about(state, viewer, id, &address).await?,
            identity: self.identity(state, viewer, beside).await?,
            provisioning: Region::of(viewer, id, public_id.clone(), steps)
                .saying(beside.said_at([Retry.words().slug])),
            account: AccountRegion::of(state, viewer, customer.id, &address, stopped, beside).await,
            facility: FacilityRegion::of(state, viewer, customer.id, &address, beside).await?,
            kyc: self.kyc(state, viewer, beside).await?,
            personal: Personal::of(
                prospect,
                self.offers(state, viewer, beside, &[Record(Erase)]),
            ),
            owners: Owners::of(state, prospect).await?,
            history: History::of(state, self.history()).await?,
            public_id,
            said: beside.rest(),
            dialog: beside.dialog.take(),
        };
        page(beside.status, &template)
    }
}

impl CustomerRecord {
    /// The buttons of these operations.
    pub(super) fn offers(
        &self,
        state: &AdminState,
        viewer: &Viewer,
        beside: &mut Beside,
        operations: &[CustomerOperation],
    ) -> Offers {
        let offered = |operation: CustomerOperation| operation.may(state, self);
        operation::offers(viewer, self, operations, offered, beside)
    }

    /// Whether a RED stands.
    fn is_rejected(&self) -> bool {
        self.customer.verification == Verification::Rejected
    }

    /// The region with the link, and whom Sumsub knows.
    async fn kyc(
        &self,
        state: &AdminState,
        viewer: &Viewer,
        beside: &mut Beside,
    ) -> Result<Kyc, PageError> {
        let (onboarding, prospect) = (&state.onboarding, &self.prospect);
        Kyc::of(
            prospect,
            (
                onboarding.link_to_show(prospect, Some(&self.customer)),
                Reached::default(),
            ),
            Attempts::of(prospect, self.is_rejected()),
            onboarding.may_have_link(&viewer.subject),
            onboarding.refresh_trouble(prospect.id.into()).await?,
            &state.config,
            self.offers(
                state,
                viewer,
                beside,
                &[Record(GenerateLink), Record(Refresh)],
            ),
        )
    }

    /// The region with who it is to us.
    async fn identity(
        &self,
        state: &AdminState,
        viewer: &Viewer,
        beside: &mut Beside,
    ) -> Result<Identity, PageError> {
        let customer = &self.customer;
        let telegram = customer.telegram_handle();
        let offered = [
            Record(ChangeEmail),
            Record(ChangeTelegram),
            ResendWelcome,
            LinkLogin,
        ];
        Ok(Identity {
            heading: "Customer",
            id: customer.id.into(),
            public_id: customer.public_id.to_string(),
            customer_type: customer.customer_type,
            telegram: telegram.as_deref().map(TelegramHandle::shown),
            erased: customer.is_erased(),
            conversion: parts::conversion(state, &self.prospect, customer).await?,
            states: vec![
                ("Status", words::activity(customer.activity())),
                ("Verification", words::verification(customer.verification)),
            ],
            level: Some(customer.level.label()),
            since: ("Customer since", Time::of(customer.created_at())),
            offers: self.offers(state, viewer, beside, &offered),
        })
    }
}
