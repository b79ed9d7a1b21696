//! `/prospects/{public id}`: one prospect, and what operators do to it.

use askama::Template;
use axum::response::Response;
use customer::{history, primitives::Stage, prospect::Prospect};
use uuid::Uuid;

use super::{
    AdminState,
    acting::{Beside, Record},
    acts::{Act, OF_PROSPECT, Offered, offered},
    dialog::{Dialog, Offers},
    history::History,
    raised::Items,
    record::{self, Identity, Kyc, Personal},
    words::{self, Step},
};
use crate::{
    error_page::PageError,
    format::Time,
    layout::{Layout, Section, Viewer, page},
};

#[derive(Template)]
#[template(path = "admin/prospect.html")]
struct ProspectPage {
    layout: Layout,
    done: Option<&'static str>,
    problem: Option<String>,
    id: Uuid,
    public_id: String,
    email: Option<String>,
    converted: bool,
    offers: Offers,
    progress: Vec<Step>,
    next_action: &'static str,
    raised: Items,
    identity: Identity,
    kyc: Kyc,
    personal: Personal,
    history: History,
    dialog: Option<Dialog>,
}

/// A prospect, as its page has it.
pub struct ProspectRecord(Prospect);

impl Record for ProspectRecord {
    const ACTS: &'static [Act] = &OF_PROSPECT;

    async fn find(state: &AdminState, viewer: &Viewer, public_id: &str) -> Result<Self, PageError> {
        record::prospect(state, viewer, public_id).await.map(Self)
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

    async fn render(
        self,
        state: &AdminState,
        viewer: &Viewer,
        beside: Beside,
    ) -> Result<Response, PageError> {
        let prospect = &self.0;
        let id = self.id();
        let address = self.path();
        let email = prospect.email();
        let (stage, status) = (prospect.kyc.stage, prospect.kyc.kyc_status);
        let offers =
            |acts: &[Act]| Offers::of(viewer, &address, acts, |act| self.offered(state, act));
        let raised = state.onboarding.raised_about(id).await?;
        let template = ProspectPage {
            layout: Layout::panel(
                email
                    .clone()
                    .unwrap_or_else(|| format!("Prospect {}", prospect.public_id)),
                Section::Prospects,
                viewer,
            ),
            done: beside.done,
            problem: beside.problem,
            id,
            public_id: prospect.public_id.to_string(),
            email,
            converted: stage == Stage::Converted,
            offers: offers(&[Act::Convert, Act::Reopen, Act::CloseProspect]),
            progress: words::progress(stage, status),
            next_action: stage.next_action(),
            raised: Items::of(raised, viewer, address.clone()),
            identity: Identity {
                heading: "Prospect",
                id,
                public_id: prospect.public_id.to_string(),
                customer_type: prospect.customer_type,
                telegram: prospect.telegram_handle(),
                erased: prospect.is_erased(),
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
                state.onboarding.refresh_trouble(id).await?,
                &state.config,
                offers(&[Act::GenerateLink, Act::Refresh]),
            ),
            personal: Personal::of(prospect, offers(&[Act::Erase])),
            history: History::of(state, history::of_prospect(prospect)).await?,
            dialog: beside.dialog,
        };
        page(beside.status, &template)
    }
}
