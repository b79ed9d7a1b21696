//! The GraphQL type `Prospect`.

use std::sync::Arc;

use ::customer::{
    history,
    onboarding::LinkToShow,
    primitives::ProspectStatus as Status,
    prospect::{LinkRecord, Prospect as Entity},
};
use async_graphql::{ID, Object, SimpleObject};
use uuid::Uuid;

use super::{CustomerType, KycLevel, KycStatus, Note, PersonalInfo, ProspectStage, ProspectStatus};
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
    entity: Arc<Entity>,
    batch: Arc<PageBatch>,
}

/// Why Sumsub declined.
#[derive(SimpleObject)]
pub(crate) struct Rejection {
    /// `RETRY` or `FINAL`.
    reject_type: Option<String>,
    /// For example `FORGERY`.
    labels: Vec<String>,
    /// May be shown to the applicant.
    moderation_comment: Option<String>,
    /// For operators only.
    client_comment: Option<String>,
}

/// One time that Sumsub declined.
#[derive(SimpleObject)]
pub(crate) struct RejectedAttempt {
    /// When, by Sumsub's clock.
    rejected_at: Timestamp,
    /// The callback that told it.
    callback_id: ID,
    /// Why Sumsub declined.
    rejection: Rejection,
}

impl From<::customer::kyc::Rejection> for Rejection {
    fn from(rejection: ::customer::kyc::Rejection) -> Self {
        Self {
            reject_type: rejection.reject_type,
            labels: rejection.labels,
            moderation_comment: rejection.moderation_comment,
            client_comment: rejection.client_comment,
        }
    }
}

impl Prospect {
    pub(crate) fn new((entity, batch): (Arc<Entity>, Arc<PageBatch>)) -> Self {
        Self { entity, batch }
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
        self.entity.id.into()
    }

    /// The customer that it has become. Who is no customer is not looked for.
    async fn converted(&self) -> Result<Option<Arc<::customer::customer::Customer>>, ApiError> {
        if self.entity.kyc.stage.status() == Status::Converted {
            self.batch.customer(self.id()).await
        } else {
            Ok(None)
        }
    }

    /// The newest link, as long as it is of use.
    async fn link(&self) -> Result<Option<LinkRecord>, ApiError> {
        let customer = self.converted().await?;
        let onboarding = &self.batch.services.onboarding;
        Ok(
            match onboarding.link_to_show(&self.entity, customer.as_deref()) {
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
        PublicId(self.entity.public_id.0.clone())
    }

    /// The e-mail address; empty once it was erased.
    async fn email(&self) -> String {
        self.entity.email().unwrap_or_default()
    }

    /// The Telegram handle in lower case without `@`, or the numeric Telegram id; empty when there is none.
    async fn telegram_handle(&self) -> String {
        self.entity.telegram_handle().unwrap_or_default()
    }

    /// Who is being onboarded.
    async fn customer_type(&self) -> CustomerType {
        self.entity.customer_type.into()
    }

    /// Where it stands.
    async fn stage(&self) -> ProspectStage {
        self.entity.kyc.stage.into()
    }

    /// The stage, coarsely.
    async fn status(&self) -> ProspectStatus {
        self.entity.kyc.stage.status().into()
    }

    /// What has to happen next, in words.
    async fn next_action(&self) -> Result<String, ApiError> {
        let raised = self.batch.raised(self.id()).await?;
        Ok(self.entity.next_action(&raised, clock::now()).words)
    }

    /// What Sumsub last said.
    async fn kyc_status(&self) -> KycStatus {
        self.entity.kyc.kyc_status.into()
    }

    /// How far the identity has been verified: the customer's level, once there is one.
    async fn level(&self) -> Result<KycLevel, ApiError> {
        let customer = self.converted().await?;
        Ok(customer.map_or(KycLevel::NotKyced, |customer| customer.level.into()))
    }

    /// Sumsub's id of the applicant, once known.
    async fn applicant_id(&self) -> Option<&str> {
        self.entity.kyc.applicant_id.as_deref()
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
    async fn rejection(&self) -> Option<Rejection> {
        self.entity.kyc.rejection.clone().map(Rejection::from)
    }

    /// Every time that Sumsub declined, newest first: a newer answer replaces none of the older ones.
    #[graphql(complexity = "cost(5, child_complexity)")]
    async fn rejected_attempts(&self) -> Vec<RejectedAttempt> {
        let attempts = self.entity.attempts().into_iter();
        attempts
            .map(|attempt| RejectedAttempt {
                rejected_at: attempt.at.into(),
                callback_id: attempt.callback.into(),
                rejection: attempt.rejection.into(),
            })
            .collect()
    }

    /// Who it is, once Sumsub has told and until it is erased.
    async fn personal_info(&self) -> Option<PersonalInfo> {
        self.entity.personal_data().map(PersonalInfo::from)
    }

    /// Whether the personal data was erased for good.
    async fn personal_data_erased(&self) -> bool {
        self.entity.is_erased()
    }

    /// When it was created.
    async fn created_at(&self) -> Timestamp {
        self.entity.created_at().into()
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
        let snoozed = self.entity.snoozed(clock::now());
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
        let timeline = history::prospect_timeline(&self.entity);
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
