use access::OperatorId;
use chrono::{DateTime, Utc};
use es_entity::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    kyc::Status,
    link_mail::LinkMailKind,
    personal_data::PersonalData,
    primitives::{CallbackId, CustomerType, KycStatus, ProspectId, PublicId, Stage},
};

/// What happened to a prospect. Personal data and typed reasons stand outside the event stream (`Forgettable`).
/// `by` names subjects as the audit log does.
#[derive(EsEvent, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[es_event(id = "ProspectId")]
pub enum ProspectEvent {
    /// An operator created it.
    Initialized {
        /// The UUID that the customer keeps.
        id: ProspectId,
        /// The short number that the customer keeps.
        public_id: PublicId,
        /// Who is being onboarded.
        customer_type: CustomerType,
        /// The e-mail address as it was typed.
        email: Forgettable<String>,
        /// Without `@`; forgotten from the start when there is none.
        telegram_handle: Forgettable<String>,
        /// Who created it, as the audit log names subjects.
        created_by: String,
    },
    /// Sumsub made a verification link.
    LinkCreated {
        /// Where the person verifies.
        url: Forgettable<String>,
        /// The Sumsub level it is for.
        level: String,
        /// When it was made.
        created_at: DateTime<Utc>,
        /// When the link ends.
        expires_at: DateTime<Utc>,
        /// Who asked for it, as the audit log names subjects.
        created_by: String,
    },
    /// The link was mailed.
    LinkSent {
        /// The mail's id.
        mail: Uuid,
        /// Why it was mailed.
        kind: LinkMailKind,
        /// When the link that it leads to was made.
        link_made_at: DateTime<Utc>,
        /// When the mail server took it.
        at: DateTime<Utc>,
        /// Who asked for it, as the audit log names subjects.
        by: String,
    },
    /// Somebody began the verification from a mail, for the first time from this one.
    LinkOpened {
        /// The mail's id.
        mail: Uuid,
        /// When it was opened.
        at: DateTime<Utc>,
    },
    /// A status callback counted. `stage` and `kyc_status` are what they became.
    CallbackAccepted {
        /// Its number in the callback log.
        callback: CallbackId,
        /// What the callback told of the verification.
        status: Status,
        /// When, by Sumsub's clock; none for a RED without a usable time that locked a customer out, and for what
        /// an unfinished refresh told.
        at: Option<DateTime<Utc>>,
        /// When a RED without a usable time was judged: only a GREEN that is newer lifts it.
        judged_at: Option<DateTime<Utc>>,
        /// The stage afterwards.
        stage: Stage,
        /// The KYC status afterwards.
        kyc_status: KycStatus,
        /// On RED: for example `FORGERY`.
        labels: Vec<String>,
        /// On RED: `RETRY` or `FINAL`.
        reject_type: Option<String>,
        /// On RED: may be shown to the applicant.
        moderation_comment: Forgettable<String>,
        /// On RED: for operators only.
        client_comment: Forgettable<String>,
    },
    /// A callback, maybe a stale one, told the applicant id.
    ApplicantBound {
        /// Its number in the callback log.
        callback: CallbackId,
        /// Sumsub's id of the applicant.
        applicant_id: String,
    },
    /// Sumsub deleted the applicant.
    ApplicantCleared {
        /// Its number in the callback log.
        callback: CallbackId,
        /// Sumsub's id that is gone.
        applicant_id: Option<String>,
    },
    /// Sumsub told who it is.
    PersonalDataRecorded {
        /// Who the person or company is, as Sumsub tells it.
        data: Forgettable<PersonalData>,
    },
    /// Another customer type was chosen; the verification link is void.
    CustomerTypeChanged {
        /// Who is being onboarded.
        customer_type: CustomerType,
        /// The operator, as the audit log names subjects.
        by: String,
    },
    /// The e-mail address was changed.
    EmailChanged {
        /// The e-mail address as it was typed.
        email: Forgettable<String>,
        /// The operator, as the audit log names subjects.
        by: String,
    },
    /// Another Telegram handle, or none.
    TelegramHandleChanged {
        /// Without `@`; forgotten from the start when there is none.
        telegram_handle: Forgettable<String>,
        /// The operator, as the audit log names subjects.
        by: String,
    },
    /// An operator made it a customer, past KYC.
    ConvertedByHand {
        /// The reason, as it was typed.
        reason: Forgettable<String>,
        /// The operator, as the audit log names subjects.
        by: String,
    },
    /// An operator closed it.
    Closed {
        /// The reason, as it was typed.
        reason: Forgettable<String>,
        /// The operator, as the audit log names subjects.
        by: String,
    },
    /// An operator opened it again.
    Reopened {
        /// The reason, as it was typed.
        reason: Forgettable<String>,
        /// The operator, as the audit log names subjects.
        by: String,
    },
    /// It became the task of another operator, or nobody's; also once it is a customer.
    Assigned {
        /// Whose it is now.
        to: Option<OperatorId>,
        /// Who said so, as the audit log names subjects.
        by: String,
    },
    /// Nobody is to be asked about it for a while; also once it is a customer.
    Snoozed {
        /// Until when, unless something happens to it before.
        until: DateTime<Utc>,
        /// When it was said.
        at: DateTime<Utc>,
        /// Who said so, as the audit log names subjects.
        by: String,
    },
    /// An operator ended that before its time.
    Woken {
        /// Who said so, as the audit log names subjects.
        by: String,
    },
    /// The personal data was erased for good.
    PersonalDataErased {
        /// The operator, as the audit log names subjects.
        by: String,
    },
}
