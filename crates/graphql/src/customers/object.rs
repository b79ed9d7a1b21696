//! The GraphQL type `Customer`.

use std::sync::Arc;

use ::customer::{
    customer::{Conversion, Customer as Entity},
    history,
    list::CustomerRow,
    primitives::Activity,
};
use async_graphql::Object;
use ledger::AccountStatus;
use uuid::Uuid;

use super::{ActivityStatus, ConversionReason, CustomerStatus, VerificationStatus};
use crate::{
    audit::User,
    connection::{Connection, cost},
    credit::{CreditFacilityIneligibility, CreditFacilityProposal},
    deposits::DepositAccount,
    error::ApiError,
    event_history::{self, EventTimelineEntry},
    page_batch::PageBatch,
    prospects::{CustomerType, KycLevel, Note, PersonalInfo, Prospect},
    provisioning::ProvisioningStep,
    raised_items::RaisedItem,
    scalars::{PublicId, Timestamp},
};

/// The GraphQL type `Customer`, with what its page shares.
pub(crate) struct Customer {
    known: Known,
    batch: Arc<PageBatch>,
}

/// How much of a customer was read before anything was asked of it.
enum Known {
    /// What a list has: columns. The events of all who stand in it are read once a field needs one's.
    Listed(CustomerRow),
    /// All of it.
    Read(Arc<Entity>),
}

/// A value that a list has as a column; `$row` and `$entity` say where.
macro_rules! column {
    ($customer:expr, $row:ident => $listed:expr, $entity:ident => $read:expr) => {
        match &$customer.known {
            Known::Listed($row) => $listed,
            Known::Read($entity) => $read,
        }
    };
}

impl Customer {
    pub(crate) fn new((entity, batch): (Arc<Entity>, Arc<PageBatch>)) -> Self {
        let known = Known::Read(entity);
        Self { known, batch }
    }

    /// One of a list, of whom nothing more is read as long as nobody asks.
    pub(crate) fn listed(row: CustomerRow, batch: &Arc<PageBatch>) -> Self {
        Self {
            known: Known::Listed(row),
            batch: Arc::clone(batch),
        }
    }

    /// The customer with this id in the batch; none when it isn't one.
    pub(crate) async fn in_batch(
        batch: &Arc<PageBatch>,
        id: Uuid,
    ) -> Result<Option<Self>, ApiError> {
        let entity = batch.customer(id).await?;
        Ok(entity.map(|entity| Self::new((entity, Arc::clone(batch)))))
    }

    fn id(&self) -> Uuid {
        column!(self, row => row.id, entity => entity.id.into())
    }

    fn activity(&self) -> Activity {
        column!(self, row => row.activity, entity => entity.activity())
    }

    async fn entity(&self) -> Result<Arc<Entity>, ApiError> {
        match &self.known {
            Known::Read(entity) => Ok(Arc::clone(entity)),
            Known::Listed(row) => {
                let entity = self.batch.customer(row.id).await?;
                entity.ok_or_else(|| ApiError::internal(&"a customer of a list that has no events"))
            }
        }
    }

    async fn has_account(&self) -> Result<bool, ApiError> {
        let found = self.batch.account(self.id()).await?;
        Ok(found.is_some_and(|found| found.account.status == AccountStatus::Active))
    }
}

/// A converted prospect.
#[Object]
impl Customer {
    /// The UUID that it had as a prospect.
    async fn customer_id(&self) -> Uuid {
        self.id()
    }

    /// The short number that it had as a prospect.
    async fn public_id(&self) -> PublicId {
        PublicId(column!(self, row => row.public_id.clone(), entity => entity.public_id.0.clone()))
    }

    /// The e-mail address; empty once it was erased.
    async fn email(&self) -> String {
        let email = column!(self, row => row.email.clone(), entity => entity.email());
        email.unwrap_or_default()
    }

    /// The Telegram handle in lower case without `@`, or the numeric Telegram id; empty when there is none.
    async fn telegram_handle(&self) -> Result<String, ApiError> {
        Ok(self.entity().await?.telegram_handle().unwrap_or_default())
    }

    /// What it is; decides the ledger's account set.
    async fn customer_type(&self) -> CustomerType {
        column!(self, row => row.customer_type, entity => entity.customer_type).into()
    }

    /// How far it is verified.
    async fn level(&self) -> KycLevel {
        column!(self, row => row.level, entity => entity.level).into()
    }

    /// Whether it has access.
    async fn status(&self) -> CustomerStatus {
        self.activity().into()
    }

    /// Whether it can act; finer than `status`.
    async fn activity_status(&self) -> ActivityStatus {
        self.activity().into()
    }

    /// Whether the identity stands.
    async fn verification_status(&self) -> VerificationStatus {
        column!(self, row => row.verification, entity => entity.verification).into()
    }

    /// Sumsub's id of the applicant, once known.
    async fn applicant_id(&self) -> Result<Option<String>, ApiError> {
        let prospect = self.batch.prospect(self.id()).await?;
        Ok(prospect.and_then(|prospect| prospect.kyc.applicant_id.clone()))
    }

    /// What made it a customer.
    async fn conversion_reason(&self) -> Result<ConversionReason, ApiError> {
        Ok(match self.entity().await?.conversion {
            Conversion::SumsubApproved { .. } => ConversionReason::SumsubApproved,
            Conversion::Hand { .. } => ConversionReason::ManuallyConverted,
        })
    }

    /// Why an operator converted it past KYC, as typed; null when none did, and once it is erased.
    async fn manual_conversion_reason(&self) -> Result<Option<String>, ApiError> {
        let prospect = self.batch.prospect(self.id()).await?;
        Ok(prospect.and_then(|prospect| prospect.why_converted_by_hand()))
    }

    /// Who it is, once Sumsub has told and until it is erased.
    async fn personal_info(&self) -> Result<Option<PersonalInfo>, ApiError> {
        let prospect = self.batch.prospect(self.id()).await?;
        Ok(prospect
            .and_then(|prospect| prospect.personal_data())
            .map(PersonalInfo::from))
    }

    /// Whether the personal data was erased for good.
    async fn personal_data_erased(&self) -> Result<bool, ApiError> {
        Ok(self.entity().await?.is_erased())
    }

    /// When it was converted.
    async fn created_at(&self) -> Timestamp {
        column!(self, row => row.created_at, entity => entity.created_at()).into()
    }

    /// The prospect that it was, with the record of the verification.
    async fn prospect(&self) -> Result<Prospect, ApiError> {
        Prospect::in_batch(&self.batch, self.id())
            .await?
            .ok_or_else(|| ApiError::internal(&"a customer without its prospect"))
    }

    /// The deposit account, once it is opened.
    async fn deposit_account(&self) -> Result<Option<DepositAccount>, ApiError> {
        let found = self.batch.account(self.id()).await?;
        Ok(found.map(|found| DepositAccount::new(found, self.id(), &self.batch)))
    }

    /// What has to be done, and was, to make it an active customer; then what follows whenever its facts change.
    #[graphql(complexity = "cost(6, child_complexity)")]
    async fn provisioning_steps(&self) -> Result<Vec<ProvisioningStep>, ApiError> {
        let steps = self.batch.steps(self.id()).await?;
        Ok(steps.into_iter().map(ProvisioningStep::from).collect())
    }

    /// Whether `existingLoginLink` has something to link.
    async fn user_can_link_existing_login(&self) -> Result<bool, ApiError> {
        let steps = self.batch.steps(self.id()).await?;
        let may = access::Permission::CustomerRestore;
        Ok(self.batch.subject.may(may) && self.batch.services.board.may_link_login(&steps))
    }

    /// The operator who sees to it; null for nobody.
    #[graphql(complexity = "cost(1, child_complexity)")]
    async fn assignee(&self) -> Result<Option<User>, ApiError> {
        self.batch.assignee(self.id()).await
    }

    /// Until when nobody is asked about it; null when it is not snoozed.
    async fn snoozed_until(&self) -> Result<Option<Timestamp>, ApiError> {
        let snoozed = self
            .batch
            .prospect(self.id())
            .await?
            .and_then(|it| it.snoozed(clock::now()));
        Ok(snoozed.map(|(_, until)| until.into()))
    }

    /// What the bank's people wrote down about it, also as a prospect or customer, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn notes(
        &self,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<Note>, ApiError> {
        Note::page_of_record(&self.batch, self.id(), first, after.as_deref()).await
    }

    /// What happened to it since it was converted, oldest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn event_history(
        &self,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<EventTimelineEntry>, ApiError> {
        let traces = self.batch.audit_traces_of_customers().await?;
        let prospect = self.batch.prospect(self.id()).await?;
        let entity = self.entity().await?;
        let timeline = history::customer_timeline(&entity, prospect.as_deref());
        event_history::page_of(timeline, &traces, &self.batch, first, after.as_deref())
    }

    /// What a person has to look at about it.
    #[graphql(complexity = "cost(5, child_complexity)")]
    async fn raised(&self) -> Result<Vec<RaisedItem>, ApiError> {
        let items = self.batch.raised(self.id()).await?;
        Ok(RaisedItem::open(items, &self.batch))
    }

    /// Whether you could propose a credit facility for it now: it is Verified and Active with a deposit account, and you have
    /// CREDIT_PROPOSE.
    async fn user_can_create_credit_facility(&self) -> Result<bool, ApiError> {
        let has_account = self.has_account().await?;
        let credit = &self.batch.services.credit;
        let entity = self.entity().await?;
        Ok(credit.may_propose(&self.batch.subject, &entity, has_account))
    }

    /// Everything why it can't be considered for a credit facility now; empty when it can.
    async fn credit_facility_ineligibility(
        &self,
    ) -> Result<Vec<CreditFacilityIneligibility>, ApiError> {
        let entity = self.entity().await?;
        let eligibility = ::credit::Eligibility::now(&entity, self.has_account().await?);
        Ok(eligibility.reasons.into_iter().map(Into::into).collect())
    }

    /// The credit facilities that were proposed to it, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn credit_facility_proposals(
        &self,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<CreditFacilityProposal>, ApiError> {
        CreditFacilityProposal::page_of_customer(&self.batch, self.id(), first, after.as_deref())
            .await
    }
}
