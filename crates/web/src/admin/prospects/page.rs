//! `/prospects/{public id}`: one prospect, and what operators do to it.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    response::Response,
};
use customer::{contact::TelegramHandle, history, primitives::Stage, prospect::Prospect};
use uuid::Uuid;

use crate::{
    admin::{
        AdminState,
        dialog::{Dialog, Offers, Said},
        history::History,
        needs_a_person::{page::ResolvedItems, raised::Items},
        operation::{self, Beside, Done, Subject},
        prospects::operations::ProspectOperation::{
            self, ChangeType, Close, Convert, Record, Reopen, SendLink, SendRetryLink,
        },
        records::{
            kyc::Kyc,
            link_mail::Reached,
            operations::RecordOperation::{
                ChangeEmail, ChangeTelegram, Erase, GenerateLink, Refresh,
            },
            owners::Owners,
            regions::{self, Identity, Personal},
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
pub struct ProspectRecord(pub Prospect);

impl ProspectRecord {
    /// Finds it; that somebody looked is written down.
    ///
    /// # Errors
    /// When there is none, or the viewer may not see it.
    pub async fn find(
        state: &AdminState,
        viewer: &Viewer,
        public_id: &str,
    ) -> Result<Self, PageError> {
        regions::prospect(state, viewer, public_id).await.map(Self)
    }
}

/// The page of one prospect, with what has just been done to it.
pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(public_id): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, PageError> {
    let record = ProspectRecord::find(&state, &viewer, &public_id).await?;
    let beside = Beside::saying(done.said::<ProspectOperation>());
    record.render(&state, &viewer, beside).await
}

impl Subject for ProspectRecord {
    fn path(&self) -> String {
        format!("/prospects/{}", self.0.public_id)
    }

    async fn render(
        self,
        state: &AdminState,
        viewer: &Viewer,
        mut beside: Beside,
    ) -> Result<Response, PageError> {
        let prospect = &self.0;
        let id = Uuid::from(prospect.id);
        let address = self.path();
        let email = prospect.email();
        let (stage, status) = (prospect.kyc.stage, prospect.kyc.kyc_status);
        let mut offers = |operations: &[ProspectOperation]| {
            let offered = |operation: ProspectOperation| operation.may(state, &self);
            operation::offers(viewer, &self, operations, offered, &mut beside)
        };
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
            offers: offers(&[Convert, Reopen, Close]),
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
                offers: offers(&[Record(ChangeEmail), Record(ChangeTelegram), ChangeType]),
            },
            kyc: Kyc::of(
                prospect,
                (
                    state.onboarding.link_to_show(prospect, None),
                    Reached::of(state, prospect).await?,
                ),
                state.onboarding.may_have_link(&viewer.subject),
                state.onboarding.refresh_trouble(id).await?,
                &state.config,
                offers(&[
                    SendLink,
                    SendRetryLink,
                    Record(GenerateLink),
                    Record(Refresh),
                ]),
            )?,
            personal: Personal::of(prospect, offers(&[Record(Erase)])),
            owners: Owners::of(state, prospect).await?,
            history: History::of(state, history::prospect_history(prospect)).await?,
            said: beside.rest(),
            dialog: beside.dialog,
        };
        page(beside.status, &template)
    }
}
