use es_entity::*;
use serde::{Deserialize, Serialize};

use crate::primitives::{CallbackId, CustomerId, CustomerType, KycLevel, PublicId, Verification};

/// What made a prospect a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Conversion {
    /// A GREEN of Sumsub's.
    SumsubApproved {
        /// Its number in the callback log.
        callback: CallbackId,
    },
    /// An operator, past KYC. The reason stands in the prospect's history.
    Hand {
        /// Who, as the audit log names subjects.
        operator: String,
    },
}

/// What happened to a customer. Personal data and typed reasons stand outside the event stream (`Forgettable`).
/// `by` names subjects as the audit log does.
#[derive(EsEvent, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[es_event(id = "CustomerId")]
pub enum CustomerEvent {
    /// The prospect was converted.
    Initialized {
        /// The UUID that the prospect had before.
        id: CustomerId,
        /// The prospect's short number.
        public_id: PublicId,
        /// Decides the ledger's account set.
        customer_type: CustomerType,
        /// The e-mail address as it was typed.
        email: Forgettable<String>,
        /// Without `@`; forgotten from the start when there is none.
        telegram_handle: Forgettable<String>,
        /// What made a customer of the prospect.
        conversion: Conversion,
        /// How far it is verified.
        level: KycLevel,
        /// Whether the identity stands.
        verification: Verification,
    },
    /// Sumsub answered again after the conversion.
    KycUpdated {
        /// Its number in the callback log.
        callback: CallbackId,
        /// How far it is verified.
        level: KycLevel,
        /// Whether the identity stands.
        verification: Verification,
    },
    /// A step of provisioning was done.
    ProvisioningStepDone {
        /// The step's name, for example `login`.
        step: String,
        /// What came of it, for example the account's code.
        detail: Option<String>,
    },
    /// All steps were done.
    ProvisioningCompleted {},
    /// An operator lifted a rejection: a GREEN newer than the RED is on record.
    Restored {
        /// How far it is verified.
        level: KycLevel,
        /// The reason, as it was typed.
        reason: Forgettable<String>,
        /// The operator, as the audit log names subjects.
        by: String,
    },
    /// An operator took the access away.
    Deactivated {
        /// The reason, as it was typed.
        reason: Forgettable<String>,
        /// The operator, as the audit log names subjects.
        by: String,
    },
    /// An operator gave the access back.
    Reactivated {
        /// The reason, as it was typed.
        reason: Forgettable<String>,
        /// The operator, as the audit log names subjects.
        by: String,
    },
    /// An operator closed it for good.
    Closed {
        /// The reason, as it was typed.
        reason: Forgettable<String>,
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
    /// The personal data was erased for good.
    PersonalDataErased {
        /// The operator, as the audit log names subjects.
        by: String,
    },
}
