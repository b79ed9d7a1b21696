//! The rows of the lists, as their queries read them.

use access::OperatorId;
use chrono::{DateTime, Utc};
use kernel::Cursor;
use sqlx::FromRow;
use uuid::Uuid;

use crate::primitives::{Activity, CustomerType, KycLevel, KycStatus, Stage, Verification};

/// A prospect in a list.
#[derive(Debug, Clone)]
pub struct ProspectRow {
    /// The UUID that prospect and customer share.
    pub id: Uuid,
    /// The short number that people quote.
    pub public_id: String,
    /// What the person or company is called; none until Sumsub has told it, and once it is erased.
    pub name: Option<String>,
    /// None once it is erased.
    pub email: Option<String>,
    /// Who is being onboarded.
    pub customer_type: CustomerType,
    /// The stage at which the prospect stands.
    pub stage: Stage,
    /// What Sumsub last said.
    pub kyc_status: KycStatus,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Since when it stands at its stage; none while that is still being counted after an upgrade.
    pub stage_since: Option<DateTime<Utc>>,
    /// Why Sumsub declined, as long as the answer stands: its labels.
    pub reasons: Vec<String>,
    /// Whose it is among the bank's people.
    pub assignee: Option<OperatorId>,
}

/// A customer in a list.
#[derive(Debug, Clone)]
pub struct CustomerRow {
    /// The UUID that prospect and customer share.
    pub id: Uuid,
    /// The short number that people quote.
    pub public_id: String,
    /// What the person or company is called; none until Sumsub has told it, and once it is erased.
    pub name: Option<String>,
    /// None once it is erased.
    pub email: Option<String>,
    /// Decides the ledger's account set.
    pub customer_type: CustomerType,
    /// How far it is verified.
    pub level: KycLevel,
    /// Whether the identity stands.
    pub verification: Verification,
    /// Whether it can act.
    pub activity: Activity,
    /// When it was converted.
    pub created_at: DateTime<Utc>,
    /// Whose it is among the bank's people.
    pub assignee: Option<OperatorId>,
}

impl ProspectRow {
    /// Where it stands in its list.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor {
            at: self.created_at,
            id: self.id,
        }
    }
}

impl CustomerRow {
    /// Where it stands in its list.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor {
            at: self.created_at,
            id: self.id,
        }
    }
}

/// A prospect as the database has it.
#[derive(FromRow)]
pub struct StoredProspect {
    id: Uuid,
    public_id: String,
    name: Option<String>,
    email: Option<String>,
    customer_type: String,
    stage: String,
    kyc_status: String,
    created_at: DateTime<Utc>,
    stage_since: Option<DateTime<Utc>>,
    reasons: Vec<String>,
    assignee: Option<Uuid>,
}

impl TryFrom<StoredProspect> for ProspectRow {
    type Error = strum::ParseError;

    fn try_from(row: StoredProspect) -> Result<Self, Self::Error> {
        Ok(Self {
            id: row.id,
            public_id: row.public_id,
            name: row.name,
            email: row.email,
            customer_type: row.customer_type.parse()?,
            stage: row.stage.parse()?,
            kyc_status: row.kyc_status.parse()?,
            created_at: row.created_at,
            stage_since: row.stage_since,
            reasons: row.reasons,
            assignee: row.assignee.map(Into::into),
        })
    }
}

/// A customer as the database has it.
#[derive(FromRow)]
pub struct StoredCustomer {
    id: Uuid,
    public_id: String,
    name: Option<String>,
    email: Option<String>,
    customer_type: String,
    level: String,
    verification: String,
    activity: String,
    created_at: DateTime<Utc>,
    assignee: Option<Uuid>,
}

impl TryFrom<StoredCustomer> for CustomerRow {
    type Error = strum::ParseError;

    fn try_from(row: StoredCustomer) -> Result<Self, Self::Error> {
        Ok(Self {
            id: row.id,
            public_id: row.public_id,
            name: row.name,
            email: row.email,
            customer_type: row.customer_type.parse()?,
            level: row.level.parse()?,
            verification: row.verification.parse()?,
            activity: row.activity.parse()?,
            created_at: row.created_at,
            assignee: row.assignee.map(Into::into),
        })
    }
}
