//! The figures of the overview: the GraphQL types and their query.

use std::{sync::Arc, time::Duration};

use ::customer::{
    primitives,
    statistics::{self as kept, Step},
};
use async_graphql::{Context, Enum, Object, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    error::ApiError,
    prospects::{CustomerType, ProspectStage},
    request::{caller, services},
    scalars::PublicId,
};

/// The days that figures are about, today among them, in UTC.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "kept::Period")]
pub(crate) enum StatisticsPeriod {
    /// The last 7 days.
    #[graphql(name = "LAST_7_DAYS")]
    Week,
    /// The last 30 days.
    #[graphql(name = "LAST_30_DAYS")]
    Month,
    /// The last 90 days.
    #[graphql(name = "LAST_90_DAYS")]
    Quarter,
}

/// How many of the prospects created in the period came at least so far by now. Each is a part of the one before.
#[derive(SimpleObject)]
struct Funnel {
    /// All that were created.
    new: i64,
    /// Sumsub had an applicant, or they came further.
    started: i64,
    /// Sumsub reviewed them, or they came further.
    in_review: i64,
    /// They became customers.
    approved: i64,
    /// All of their provisioning was done.
    active: i64,
}

/// The funnel of one customer type.
#[derive(SimpleObject)]
struct CustomerTypeFunnel {
    /// The customer type.
    customer_type: CustomerType,
    /// How far its prospects came.
    funnel: Funnel,
}

/// The funnel of the prospects that somebody created.
#[derive(SimpleObject)]
struct CreatorFunnel {
    /// Who created them, as the audit log names subjects.
    created_by: String,
    /// How far they came.
    funnel: Funnel,
}

/// How long something took. Times are right to a tenth.
#[derive(SimpleObject)]
struct Took {
    /// How many there were.
    count: i64,
    /// Half of them took no longer, in seconds; none when there were none.
    median_seconds: Option<i64>,
    /// Nine of ten took no longer, in seconds; none when there were none.
    p90_seconds: Option<i64>,
}

/// How long prospects stand at a stage.
#[derive(SimpleObject)]
struct TimeInStage {
    /// The stage; `CONVERTED` is the time from the approval until the customer was Active.
    stage: ProspectStage,
    /// Those that left it in the period.
    left: Took,
    /// How many stand there now; of the approved those that are not Active yet, 10,000 at most.
    now: i64,
    /// Who has stood there longest.
    oldest: Option<OldestInStage>,
}

/// Who has stood longest at a stage.
#[derive(SimpleObject)]
struct OldestInStage {
    /// The UUID that prospect and customer share.
    prospect_id: Uuid,
    /// The short number that people quote.
    public_id: PublicId,
    /// Since when it has stood there.
    since: DateTime<Utc>,
}

/// How long after the approval a step of provisioning was done.
#[derive(SimpleObject)]
struct ProvisioningTime {
    /// The step's name.
    step: String,
    /// Those for whom it was done in the period.
    after_approval: Took,
}

/// Why Sumsub declined, in the period.
#[derive(SimpleObject)]
struct RejectionReasons {
    /// Answers that declined.
    declined: i64,
    /// Of them, those after which the applicant may try again.
    may_retry: i64,
    /// Of them, those that are final.
    final_ones: i64,
    /// In how many of the answers each reject label stood, the most frequent first.
    labels: Vec<RejectLabelCount>,
}

/// In how many answers a reject label stood.
#[derive(SimpleObject)]
struct RejectLabelCount {
    /// Sumsub's label, for example `FORGERY`.
    label: String,
    /// How many were declined with it.
    count: i64,
}

/// What the figures are read from.
pub(crate) struct Statistics {
    told: Arc<kept::Statistics>,
    of: Option<primitives::CustomerType>,
}

/// The figures of a period; may be some seconds old.
#[Object]
impl Statistics {
    /// The first day, in UTC.
    async fn first_day(&self) -> String {
        self.told.from.to_string()
    }

    /// The last day, in UTC: today.
    async fn last_day(&self) -> String {
        self.told.to.to_string()
    }

    /// False while prospects from before an upgrade are still being counted.
    async fn whole(&self) -> bool {
        self.told.whole
    }

    /// How far the prospects came that were created in the period.
    async fn funnel(&self) -> Funnel {
        self.told.funnel(self.of).into()
    }

    /// The same for each customer type that there were prospects of.
    async fn funnel_by_customer_type(&self) -> Vec<CustomerTypeFunnel> {
        let funnels = self.told.funnel_by_type().into_iter();
        let funnels = funnels.filter(|(one, _)| self.of.is_none_or(|of| of == *one));
        let one = |(customer_type, funnel): (primitives::CustomerType, kept::Funnel)| {
            CustomerTypeFunnel {
                customer_type: customer_type.into(),
                funnel: funnel.into(),
            }
        };
        funnels.map(one).collect()
    }

    /// The same for each who created prospects; who created most comes first.
    async fn funnel_by_creator(&self) -> Vec<CreatorFunnel> {
        let funnels = self.told.funnel_by_operator(self.of).into_iter();
        let one = |(created_by, funnel): (String, kept::Funnel)| CreatorFunnel {
            created_by,
            funnel: funnel.into(),
        };
        funnels.map(one).collect()
    }

    /// How long each stage takes, and who stands there now.
    async fn time_in_stages(&self) -> Vec<TimeInStage> {
        let times = self.told.time_in_stages(self.of).into_iter();
        let one = |time: kept::TimeInStage| TimeInStage {
            stage: time.stage.into(),
            left: time.left.into(),
            now: time.now,
            oldest: time.oldest.map(|oldest| OldestInStage {
                prospect_id: oldest.id,
                public_id: PublicId(oldest.public_id),
                since: oldest.since,
            }),
        };
        times.map(one).collect()
    }

    /// How long after the approval each step of provisioning was done.
    async fn provisioning_times(&self) -> Vec<ProvisioningTime> {
        let steps = self.told.provisioning(self.of).into_iter();
        let one = |(step, took): (String, kept::Took)| ProvisioningTime {
            step,
            after_approval: took.into(),
        };
        steps.map(one).collect()
    }

    /// Why Sumsub declined.
    async fn reasons(&self) -> RejectionReasons {
        let reasons = self.told.reasons(self.of);
        let labels = reasons.labels.into_iter();
        RejectionReasons {
            declined: reasons.declined,
            may_retry: reasons.may_retry,
            final_ones: reasons.for_good,
            labels: labels
                .map(|(label, count)| RejectLabelCount { label, count })
                .collect(),
        }
    }
}

impl From<kept::Funnel> for Funnel {
    fn from(funnel: kept::Funnel) -> Self {
        Self {
            new: funnel.at(Step::New),
            started: funnel.at(Step::Started),
            in_review: funnel.at(Step::InReview),
            approved: funnel.at(Step::Approved),
            active: funnel.at(Step::Active),
        }
    }
}

impl From<kept::Took> for Took {
    fn from(took: kept::Took) -> Self {
        let seconds =
            |took: Option<Duration>| took.map(|took| took.as_secs().try_into().unwrap_or(i64::MAX));
        Self {
            count: took.count,
            median_seconds: seconds(took.median),
            p90_seconds: seconds(took.p90),
        }
    }
}

/// The query of the figures.
#[derive(Default)]
pub(crate) struct StatisticsQueries;

#[Object]
impl StatisticsQueries {
    /// The figures of the overview: how far prospects come, how long it takes, and why Sumsub declines.
    async fn statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days.")] period: StatisticsPeriod,
        #[graphql(desc = "Of which customer type; of all when absent.")] customer_type: Option<
            CustomerType,
        >,
    ) -> Result<Statistics, ApiError> {
        let onboarding = &services(ctx)?.onboarding;
        let subject = &caller(ctx)?.subject;
        Ok(Statistics {
            told: onboarding.statistics(subject, period.into()).await?,
            of: customer_type.map(Into::into),
        })
    }
}
