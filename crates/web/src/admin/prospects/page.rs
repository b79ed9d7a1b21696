//! `/prospects/{public id}`: one prospect, and what operators do to it.

use askama::Template;
use axum::response::Response;
use customer::{contact::TelegramHandle, history, primitives::Stage, prospect::Prospect};
use uuid::Uuid;

use crate::{
    admin::{
        AdminState,
        dialog::{Dialog, Offers, Said},
        history::History,
        needs_a_person::{page::ResolvedItems, raised::Items},
        operation::{Beside, Record},
        prospects::operations::{Act, OF_PROSPECT, Offered, offered},
        records::{
            owners::Owners,
            regions::{self, Identity, Kyc, Personal},
        },
        words::{self, Step},
    },
    error_page::PageError,
    format::Time,
    layout::{Layout, Section, Viewer, page},
};

#[derive(Template)]
#[template(path = "admin/prospects/page.html")]
struct ProspectPage {
    layout: Layout,
    said: Option<Said>,
    id: Uuid,
    public_id: String,
    email: Option<String>,
    converted: bool,
    offers: Offers,
    progress: Vec<Step>,
    next_action: String,
    raised: Items,
    resolved: ResolvedItems,
    identity: Identity,
    kyc: Kyc,
    personal: Personal,
    owners: Owners,
    history: History,
    dialog: Option<Dialog>,
}

/// A prospect, as its page has it.
pub struct ProspectRecord(Prospect);

impl Record for ProspectRecord {
    const ACTS: &'static [Act] = &OF_PROSPECT;

    async fn find(state: &AdminState, viewer: &Viewer, public_id: &str) -> Result<Self, PageError> {
        regions::prospect(state, viewer, public_id).await.map(Self)
    }

    fn id(&self) -> Uuid {
        self.0.id.into()
    }

    fn path(&self) -> String {
        format!("/prospects/{}", self.0.public_id)
    }

    fn offered(&self, state: &AdminState, act: Act) -> Offered {
        offered(state, &self.0, act)
    }

    fn value(&self, act: Act) -> String {
        match act {
            Act::ChangeEmail => self.0.email().unwrap_or_default(),
            Act::ChangeTelegram => self.0.telegram_handle().unwrap_or_default(),
            Act::ChangeType => self.0.customer_type.name().to_owned(),
            _ => String::new(),
        }
    }

    fn asks_first(&self, act: Act) -> bool {
        act.asks_first(&self.0)
    }

    fn consequence(&self, act: Act) -> String {
        regions::consequence(&self.0, act)
    }

    async fn render(
        self,
        state: &AdminState,
        viewer: &Viewer,
        mut beside: Beside,
    ) -> Result<Response, PageError> {
        let prospect = &self.0;
        let id = self.id();
        let address = self.path();
        let email = prospect.email();
        let (stage, status) = (prospect.kyc.stage, prospect.kyc.kyc_status);
        let mut offers = |acts: &[Act]| self.offers(state, viewer, &mut beside, acts);
        let raised = state
            .onboarding
            .raised_about_many(&viewer.subject, &[id])
            .await?;
        let template = ProspectPage {
            layout: Layout::panel(
                email
                    .clone()
                    .unwrap_or_else(|| format!("Prospect {}", prospect.public_id)),
                Section::Prospects,
                viewer,
            ),
            id,
            public_id: prospect.public_id.to_string(),
            email,
            converted: stage == Stage::Converted,
            offers: offers(&[Act::Convert, Act::Reopen, Act::CloseProspect]),
            progress: words::progress(stage, status),
            next_action: prospect.next_action(&raised, clock::now()),
            raised: Items::of(raised, viewer, address.clone()),
            resolved: ResolvedItems::about(state, viewer, id, &address).await?,
            identity: Identity {
                heading: "Prospect",
                id,
                public_id: prospect.public_id.to_string(),
                customer_type: prospect.customer_type,
                telegram: prospect
                    .telegram_handle()
                    .as_deref()
                    .map(TelegramHandle::shown),
                erased: prospect.is_erased(),
                conversion: None,
                states: vec![
                    ("Stage", words::stage(stage)),
                    ("Status", words::prospect_status(stage.status())),
                    ("KYC status", words::kyc_status(status)),
                ],
                level: None,
                since: ("Created", Time::of(prospect.created_at())),
                offers: offers(&[Act::ChangeEmail, Act::ChangeTelegram, Act::ChangeType]),
            },
            kyc: Kyc::of(
                prospect,
                state.onboarding.link_to_show(prospect, None),
                state.onboarding.may_have_link(&viewer.subject),
                state.onboarding.refresh_trouble(id).await?,
                &state.config,
                offers(&[Act::GenerateLink, Act::Refresh]),
            ),
            personal: Personal::of(prospect, offers(&[Act::Erase])),
            owners: Owners::of(state, prospect).await?,
            history: History::of(state, history::prospect_history(prospect)).await?,
            said: beside.rest(),
            dialog: beside.dialog,
        };
        page(beside.status, &template)
    }
}
