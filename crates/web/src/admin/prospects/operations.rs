//! What is done to a prospect.

use access::Permission;
use customer::{
    kyc::{ProspectAction, prospect_may},
    primitives::Stage,
    prospect::Prospect,
};
use kernel::Error;

use super::page::ProspectRecord;
use crate::{
    admin::{
        AdminState,
        dialog::{Asks, Field},
        operation::{Offered, Operation, Performed, Sent, Words},
        records::{
            desk,
            operations::{RecordOperation, erasable},
        },
    },
    error_page::PageError,
    layout::Viewer,
};

/// What is done to a prospect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProspectOperation {
    Record(RecordOperation),
    SendLink,
    SendRetryLink,
    ChangeType,
    Convert,
    Reopen,
    Close,
}

use ProspectOperation::Record;
use RecordOperation::{
    AddNote, Assign, AssignToMe, ChangeEmail, ChangeTelegram, Erase, GenerateLink, Refresh, Snooze,
    Wake,
};

impl ProspectOperation {
    /// Whether the page offers it; the domain's table says so.
    pub fn may(self, state: &AdminState, record: &ProspectRecord) -> Offered {
        let prospect = &record.0;
        let facts = state.onboarding.facts(prospect);
        let stage = facts.stage;
        let (action, worth_knowing) = match self {
            Record(GenerateLink) => (ProspectAction::GenerateLink, false),
            Record(Refresh) => (ProspectAction::Refresh, false),
            // Whoever works at the bank may see to anybody.
            Record(AssignToMe | Assign | AddNote | Snooze | Wake) => return Offered::Yes,
            Record(ChangeEmail | ChangeTelegram) => (ProspectAction::ChangeContact, false),
            Self::SendLink | Self::SendRetryLink if self != sending(prospect) => {
                return Offered::No;
            }
            Self::SendLink | Self::SendRetryLink => (ProspectAction::SendLink, false),
            Self::ChangeType => (ProspectAction::ChangeType, false),
            Self::Convert => (
                ProspectAction::Convert,
                !matches!(stage, Stage::Converted | Stage::Closed),
            ),
            Self::Close => (ProspectAction::Close, false),
            Self::Reopen => (ProspectAction::Reopen, stage == Stage::Closed),
            // A converted one is erased with its customer.
            Record(Erase) => {
                let from = state.onboarding.erasable_from(prospect, None);
                let from = from.filter(|_| stage == Stage::Closed);
                return erasable(prospect.is_erased(), from);
            }
        };
        Offered::of(prospect_may(action, facts), worth_knowing)
    }
}

/// How sending the link is spoken of for this prospect.
pub fn sending(prospect: &Prospect) -> ProspectOperation {
    match prospect.kyc.stage {
        Stage::KycDeclined => ProspectOperation::SendRetryLink,
        _ => ProspectOperation::SendLink,
    }
}

impl Operation for ProspectOperation {
    /// The prospect's public id, and the slug.
    type Address = (String, String);
    type Subject = ProspectRecord;
    const ALL: &'static [Self] = &[
        Self::SendLink,
        Self::SendRetryLink,
        Record(GenerateLink),
        Record(Refresh),
        Record(ChangeEmail),
        Record(ChangeTelegram),
        Record(AssignToMe),
        Record(Assign),
        Record(AddNote),
        Record(Snooze),
        Record(Wake),
        Self::ChangeType,
        Self::Convert,
        Self::Reopen,
        Self::Close,
        Record(Erase),
    ];

    fn named((_, slug): &Self::Address) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|operation| operation.words().slug == slug)
    }

    #[rustfmt::skip]
    fn words(self) -> Words {
        use Permission::{CustomerConvert, CustomerUpdate};
        let words = |slug, button, heading, consequence, done, asks, permission, grave| Words {
            slug, button, heading, consequence, done, asks, permission, grave,
        };
        match self {
            Record(operation) => operation.words(),
            Self::SendLink => words("send-link", "Send link", "Send link",
                "The verification link goes to the prospect's e-mail address.",
                "The verification link is on its way.",
                Asks::Nothing, CustomerUpdate, false),
            Self::SendRetryLink => words("send-retry-link", "Send retry link", "Send retry link",
                "A link to try again goes to the prospect's e-mail address, with what Sumsub lets the applicant read.",
                "The link to try again is on its way.",
                Asks::Nothing, CustomerUpdate, false),
            Self::ChangeType => words("change-type", "Change type", "Change customer type",
                "A verification link that was made for the type before is void: generate a new one afterwards.",
                "The customer type was changed.",
                Asks::CustomerType, CustomerUpdate, false),
            Self::Convert => words("convert", "Convert", "Convert by hand",
                "The prospect becomes a customer past KYC: level Not KYCed, Pending Verification. No money moves until Sumsub has approved (unless deposit.allow_unverified lets it).",
                "The prospect was converted by hand.",
                Asks::Reason, CustomerConvert, true),
            Self::Reopen => words("reopen", "Reopen", "Reopen prospect",
                "The prospect is New again, and what Sumsub said last is judged again.",
                "The prospect was reopened.",
                Asks::Reason, CustomerUpdate, false),
            Self::Close => words("close", "Close", "Close prospect",
                "The e-mail address and the Telegram ID are free again, and what Sumsub still sends is recorded only.",
                "The prospect was closed.",
                Asks::Reason, CustomerUpdate, true),
        }
    }

    async fn find(
        self,
        state: &AdminState,
        viewer: &Viewer,
        (public_id, _): &Self::Address,
        _sent: &Sent,
    ) -> Result<ProspectRecord, PageError> {
        ProspectRecord::find(state, viewer, public_id).await
    }

    async fn offered(
        self,
        state: &AdminState,
        _viewer: &Viewer,
        record: &ProspectRecord,
    ) -> Result<Offered, PageError> {
        Ok(self.may(state, record))
    }

    fn asks_first(self, record: &ProspectRecord) -> bool {
        match self {
            Record(operation) => operation.asks_first(&record.0),
            // It can be done again, and takes nothing away.
            Self::SendLink | Self::SendRetryLink => false,
            _ => true,
        }
    }

    fn consequence(self, record: &ProspectRecord) -> String {
        match self {
            Record(operation) => operation.consequence(&record.0),
            _ => self.words().consequence.to_owned(),
        }
    }

    fn initial(self, record: &ProspectRecord) -> Sent {
        let prospect = &record.0;
        match self {
            Record(Assign) => desk::initial(&record.0),
            Record(operation) => operation.initial(prospect.email(), prospect.telegram_handle()),
            Self::ChangeType => Sent::value(prospect.customer_type.name().to_owned()),
            _ => Sent::default(),
        }
    }

    async fn fields(self, state: &AdminState, sent: &Sent) -> Result<Vec<Field>, PageError> {
        desk::fields(state, self.words().asks, sent).await
    }

    fn hidden(self, _record: &ProspectRecord, sent: &Sent) -> Vec<(&'static str, String)> {
        match self {
            Record(operation) => operation.hidden(sent),
            _ => Vec::new(),
        }
    }

    async fn perform(
        self,
        state: &AdminState,
        viewer: &Viewer,
        record: &ProspectRecord,
        sent: &Sent,
    ) -> Result<Performed, Error> {
        let (onboarding, who, id) = (&state.onboarding, &viewer.subject, record.0.id);
        let typed = &sent.value;
        match self {
            Record(operation) => operation.perform(state, viewer, id.into(), sent).await,
            Self::SendLink | Self::SendRetryLink => onboarding.send_link(who, id).await,
            Self::ChangeType => onboarding.change_customer_type(who, id, typed).await,
            Self::Convert => onboarding.convert_by_hand(who, id, typed).await,
            Self::Reopen => onboarding.reopen_prospect(who, id, typed).await,
            Self::Close => onboarding.close_prospect(who, id, typed).await,
        }
        .map(Performed::from)
    }
}
