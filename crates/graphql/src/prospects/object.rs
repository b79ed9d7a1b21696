//! The GraphQL type `Prospect`.

use std::sync::Arc;

use ::customer::{
    history,
    list::ProspectRow,
    onboarding::LinkToShow,
    primitives::{ProspectStatus as Status, Stage},
    prospect::{LinkRecord, Prospect as Entity},
};
use async_graphql::Object;
use uuid::Uuid;

use super::{
    CustomerType, KycLevel, KycStatus, Note, PersonalInfo, ProspectStage, ProspectStatus,
    rejection::{RejectedAttempt, Rejection},
};
use crate::{
    audit::User,
    callbacks::Callback,
    connection::{Connection, cost},
    customers::Customer,
    error::ApiError,
    event_history::{self, EventTimelineEntry},
    page_batch::PageBatch,
    raised_items::RaisedItem,
    scalars::{PublicId, Timestamp},
};

/// The GraphQL type `Prospect`, with what its page shares.
pub(crate) struct Prospect {
    known: Known,
    batch: Arc<PageBatch>,
}

/// How much of a prospect was read before anything was asked of it.
enum Known {
    /// What a list has: columns. The events of all who stand in it are read once a field needs one's.
    Listed(ProspectRow),
    /// All of it.
    Read(Arc<Entity>),
}

/// A value that a list has as a column; `$row` and `$entity` say where.
macro_rules! column {
    ($prospect:expr, $row:ident => $listed:expr, $entity:ident => $read:expr) => {
        match &$prospect.known {
            Known::Listed($row) => $listed,
            Known::Read($entity) => $read,
        }
    };
}

impl Prospect {
    pub(crate) fn new((entity, batch): (Arc<Entity>, Arc<PageBatch>)) -> Self {
        let known = Known::Read(entity);
        Self { known, batch }
    }

    /// One of a list, of whom nothing more is read as long as nobody asks.
    pub(crate) fn listed(row: ProspectRow, batch: &Arc<PageBatch>) -> Self {
        Self {
            known: Known::Listed(row),
            batch: Arc::clone(batch),
        }
    }

    /// The prospect with this id in the batch; none when it isn't one.
    pub(crate) async fn in_batch(
        batch: &Arc<PageBatch>,
        id: Uuid,
    ) -> Result<Option<Self>, ApiError> {
        let entity = batch.prospect(id).await?;
        Ok(entity.map(|entity| Self::new((entity, Arc::clone(batch)))))
    }

    fn id(&self) -> Uuid {
        column!(self, row => row.id, entity => entity.id.into())
    }

    fn stands_at(&self) -> Stage {
        column!(self, row => row.stage, entity => entity.kyc.stage)
    }

    async fn entity(&self) -> Result<Arc<Entity>, ApiError> {
        match &self.known {
            Known::Read(entity) => Ok(Arc::clone(entity)),
            Known::Listed(row) => {
                let entity = self.batch.prospect(row.id).await?;
                entity.ok_or_else(|| ApiError::internal(&"a prospect of a list that has no events"))
            }
        }
    }

    /// The customer that it has become. Who is no customer is not looked for.
    async fn converted(&self) -> Result<Option<Arc<::customer::customer::Customer>>, ApiError> {
        if self.stands_at().status() == Status::Converted {
            self.batch.customer(self.id()).await
        } else {
            Ok(None)
        }
    }

    /// The newest link, as long as it is of use.
    async fn link(&self) -> Result<Option<LinkRecord>, ApiError> {
        let customer = self.converted().await?;
        let entity = self.entity().await?;
        let onboarding = &self.batch.services.onboarding;
        Ok(
            match onboarding.link_to_show(&entity, customer.as_deref()) {
                LinkToShow::Newest(link) => Some(link.clone()),
                LinkToShow::NothingToVerify | LinkToShow::NotMade => None,
            },
        )
    }
}

/// A person or company being onboarded, and the record of its verification, also after it has become a customer.
#[Object]
impl Prospect {
    /// The UUID, which the customer keeps; `externalUserId` in Sumsub.
    async fn prospect_id(&self) -> Uuid {
        self.id()
    }

    /// The short number, which the customer keeps.
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

    /// Who is being onboarded.
    async fn customer_type(&self) -> CustomerType {
        column!(self, row => row.customer_type, entity => entity.customer_type).into()
    }

    /// Where it stands.
    async fn stage(&self) -> ProspectStage {
        self.stands_at().into()
    }

    /// The stage, coarsely.
    async fn status(&self) -> ProspectStatus {
        self.stands_at().status().into()
    }

    /// What has to happen next, in words.
    async fn next_action(&self) -> Result<String, ApiError> {
        let raised = self.batch.raised(self.id()).await?;
        let entity = self.entity().await?;
        Ok(entity.next_action(&raised, clock::now()).words)
    }

    /// What Sumsub last said.
    async fn kyc_status(&self) -> KycStatus {
        column!(self, row => row.kyc_status, entity => entity.kyc.kyc_status).into()
    }

    /// How far the identity has been verified: the customer's level, once there is one.
    async fn level(&self) -> Result<KycLevel, ApiError> {
        let customer = self.converted().await?;
        Ok(customer.map_or(KycLevel::NotKyced, |customer| customer.level.into()))
    }

    /// Sumsub's id of the applicant, once known.
    async fn applicant_id(&self) -> Result<Option<String>, ApiError> {
        Ok(self.entity().await?.kyc.applicant_id.clone())
    }

    /// The newest verification link, as long as there is something to verify. It may have ended. Null for who may not make one
    /// (CUSTOMER_UPDATE): with it one verifies in the person's place. When it was made and ends, everybody sees.
    async fn verification_link(&self) -> Result<Option<String>, ApiError> {
        let onboarding = &self.batch.services.onboarding;
        if !onboarding.may_have_link(&self.batch.subject) {
            return Ok(None);
        }
        Ok(self.link().await?.and_then(|link| link.url))
    }

    /// When that link was made.
    async fn verification_link_created_at(&self) -> Result<Option<Timestamp>, ApiError> {
        Ok(self.link().await?.map(|link| link.created_at.into()))
    }

    /// When that link ends.
    async fn verification_link_expires_at(&self) -> Result<Option<Timestamp>, ApiError> {
        Ok(self.link().await?.map(|link| link.expires_at.into()))
    }

    /// When that link was mailed last, reminders included.
    async fn verification_link_sent_at(&self) -> Result<Option<Timestamp>, ApiError> {
        let sent = self.link().await?.and_then(|link| link.sent_at);
        Ok(sent.map(Timestamp))
    }

    /// When somebody began the verification from a mail last, while that link was the newest.
    async fn verification_link_opened_at(&self) -> Result<Option<Timestamp>, ApiError> {
        let opened = self.link().await?.and_then(|link| link.opened_at);
        Ok(opened.map(Timestamp))
    }

    /// Why Sumsub declined last, if it did.
    async fn rejection(&self) -> Result<Option<Rejection>, ApiError> {
        let entity = self.entity().await?;
        Ok(entity.kyc.rejection.clone().map(Rejection::from))
    }

    /// Every time that Sumsub declined, newest first: a newer answer replaces none of the older ones.
    #[graphql(complexity = "cost(5, child_complexity)")]
    async fn rejected_attempts(&self) -> Result<Vec<RejectedAttempt>, ApiError> {
        let attempts = self.entity().await?.attempts().into_iter();
        Ok(attempts.map(RejectedAttempt::from).collect())
    }

    /// Who it is, once Sumsub has told and until it is erased.
    async fn personal_info(&self) -> Result<Option<PersonalInfo>, ApiError> {
        let entity = self.entity().await?;
        Ok(entity.personal_data().map(PersonalInfo::from))
    }

    /// Whether the personal data was erased for good.
    async fn personal_data_erased(&self) -> Result<bool, ApiError> {
        Ok(self.entity().await?.is_erased())
    }

    /// When it was created.
    async fn created_at(&self) -> Timestamp {
        column!(self, row => row.created_at, entity => entity.created_at()).into()
    }

    /// The customer that it has become.
    async fn customer(&self) -> Result<Option<Customer>, ApiError> {
        let entity = self.converted().await?;
        Ok(entity.map(|entity| Customer::new((entity, Arc::clone(&self.batch)))))
    }

    /// The operator who sees to it; null for nobody.
    #[graphql(complexity = "cost(1, child_complexity)")]
    async fn assignee(&self) -> Result<Option<User>, ApiError> {
        self.batch.assignee(self.id()).await
    }

    /// Until when nobody is asked about it; null when it is not snoozed.
    async fn snoozed_until(&self) -> Result<Option<Timestamp>, ApiError> {
        let snoozed = self.entity().await?.snoozed(clock::now());
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

    /// What happened to it, oldest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn event_history(
        &self,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<EventTimelineEntry>, ApiError> {
        let traces = self.batch.audit_traces_of_prospects().await?;
        let entity = self.entity().await?;
        let timeline = history::prospect_timeline(&entity);
        event_history::page_of(timeline, &traces, &self.batch, first, after.as_deref())
    }

    /// What Sumsub sent about it, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn callbacks(
        &self,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<Callback>, ApiError> {
        Callback::page_of_prospect(&self.batch, self.id(), first, after.as_deref()).await
    }

    /// What a person has to look at about it.
    #[graphql(complexity = "cost(5, child_complexity)")]
    async fn raised(&self) -> Result<Vec<RaisedItem>, ApiError> {
        let items = self.batch.raised(self.id()).await?;
        Ok(RaisedItem::open(items, &self.batch))
    }
}
