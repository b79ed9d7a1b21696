//! `/prospects/{public id}`: one prospect, and what operators do to it.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    http::HeaderMap,
    response::Response,
};
use customer::{contact::TelegramHandle, history, primitives::KycStatus, prospect::Prospect};
use uuid::Uuid;

use crate::{
    admin::{
        AdminState,
        dialog::{Dialog, Offers, Said},
        for_me,
        history::History,
        needs_a_person::{page::ResolvedItems, raised::Items},
        operation::{self, Beside, Done, Operation as _, Subject},
        prospects::next::{Next, operation_of},
        prospects::operations::ProspectOperation::{
            self, ChangeType, Close, Convert, Record, Reopen, SendLink, SendRetryLink,
        },
        records::{
            desk::{self, Desk},
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
    name: Option<String>,
    email: Option<String>,
    /// What is rare, or takes something away.
    more: Offers,
    said_in_more: Option<Said>,
    progress: Vec<Step>,
    next: Next,
    desk: Desk,
    declined: bool,
    why: WhyDeclined,
    raised: Items,
    resolved: ResolvedItems,
    identity: Identity,
    notes: Notes,
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
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let record = ProspectRecord::find(&state, &viewer, &public_id).await?;
    for_me::seen(&state, &viewer, &headers, record.0.id.into()).await;
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
        let (name, email) = (prospect.name(), prospect.email());
        let declined = is_declined(prospect);
        let raised = state
            .onboarding
            .raised_about_many(&viewer.subject, &[id])
            .await?;
        let next = prospect.next_action(&raised, clock::now());
        let first = operation_of(next.step, prospect);
        let notes = Notes::of(state, viewer, prospect, &address, &mut beside).await?;
        let mut buttons = |operations: &[ProspectOperation]| {
            let offered = |operation: ProspectOperation| operation.may(state, &self);
            operation::offers(viewer, &self, operations, offered, &mut beside)
        };
        let first_button = first.map_or_else(Offers::default, |operation| {
            buttons(&[operation]).led_by(operation.words().slug)
        });
        // What is next stands at the top, and nowhere else.
        let mut offers = |operations: &[ProspectOperation]| {
            let others = operations.iter().copied();
            buttons(&others.filter(|one| Some(*one) != first).collect::<Vec<_>>())
        };
        let at_hand = desk::operations(viewer, prospect).into_iter().map(Record);
        let desk = offers(&at_hand.collect::<Vec<_>>());
        let mut more = offers(&[Convert, ChangeType, Reopen, Close, Record(Erase)]);
        let template = ProspectPage {
            layout: Layout::panel(title(prospect), Section::Prospects, viewer),
            id,
            public_id: prospect.public_id.to_string(),
            name,
            email,
            said_in_more: more.take_said(),
            more,
            progress: words::progress(prospect.kyc.stage, prospect.kyc.kyc_status),
            notes,
            desk: Desk::of(state, viewer, prospect, desk).await?,
            next: Next::of(next, prospect, &state.config, first_button),
            declined,
            why: WhyDeclined::of(prospect, declined),
            raised: Items::of(raised, viewer, address.clone()),
            resolved: ResolvedItems::about(state, viewer, id, &address).await?,
            identity: identity(
                prospect,
                offers(&[Record(ChangeEmail), Record(ChangeTelegram)]),
            ),
            kyc: kyc(
                state,
                viewer,
                prospect,
                offers(&[
                    SendLink,
                    SendRetryLink,
                    Record(GenerateLink),
                    Record(Refresh),
                ]),
            )
            .await?,
            personal: Personal::of(prospect, Offers::default()),
            owners: Owners::of(state, prospect).await?,
            history: History::of(state, history::prospect_history(prospect)).await?,
            said: beside.rest(),
            dialog: beside.dialog,
        };
        page(beside.status, &template)
    }
}

/// What it is called: the name, the address, or the number.
fn title(prospect: &Prospect) -> String {
    let known = prospect.name().or_else(|| prospect.email());
    known.unwrap_or_else(|| format!("Prospect {}", prospect.public_id))
}

/// Whether Sumsub's newest decision is a RED; closing the prospect changes nothing about that.
fn is_declined(prospect: &Prospect) -> bool {
    prospect.kyc.kyc_status == KycStatus::Declined
}

/// The region with who it is to us.
fn identity(prospect: &Prospect, offers: Offers) -> Identity {
    let (stage, status) = (prospect.kyc.stage, prospect.kyc.kyc_status);
    let telegram = prospect.telegram_handle();
    Identity {
        heading: "Prospect",
        id: prospect.id.into(),
        public_id: prospect.public_id.to_string(),
        customer_type: prospect.customer_type,
        telegram: telegram.as_deref().map(TelegramHandle::shown),
        erased: prospect.is_erased(),
        conversion: None,
        states: vec![
            ("Stage", words::stage(stage)),
            ("Status", words::prospect_status(stage.status())),
            ("KYC status", words::kyc_status(status)),
        ],
        level: None,
        since: ("Created", Time::of(prospect.created_at())),
        offers,
    }
}

/// The region with the link, and whom Sumsub knows.
async fn kyc(
    state: &AdminState,
    viewer: &Viewer,
    prospect: &Prospect,
    offers: Offers,
) -> Result<Kyc, PageError> {
    let onboarding = &state.onboarding;
    Kyc::of(
        prospect,
        (
            onboarding.link_to_show(prospect, None),
            Reached::of(state, prospect).await?,
        ),
        Attempts::of(prospect, is_declined(prospect)),
        onboarding.may_have_link(&viewer.subject),
        onboarding.refresh_trouble(prospect.id.into()).await?,
        &state.config,
        offers,
    )
}
