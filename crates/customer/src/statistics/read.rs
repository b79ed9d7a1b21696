//! Reading the kept figures: a moment old at most, and from sums alone.

use std::{collections::HashMap, sync::Arc};

use access::{AuditAction, AuditObject, Permission, Subject};
use chrono::{Days, NaiveDate};
use kernel::{Error, Recent};
use sqlx::PgPool;

use super::{
    Oldest, PENDING_AT_MOST, Period, Statistics, Sum,
    counting::uncounted,
    standing::{Customers, Standing, customers, reasons, standing},
};
use crate::{
    onboarding::Onboarding,
    primitives::{CustomerType, Stage},
    raised::Count,
    worklist::WorklistCounts,
};

/// The stages at which a prospect waits for something.
const OPEN: [Stage; 5] = [
    Stage::New,
    Stage::KycStarted,
    Stage::KycPending,
    Stage::KycOnHold,
    Stage::KycDeclined,
];

/// A count that is kept only while it is large: few are counted at each look, and of many nobody sees whether one came or went.
#[derive(Default)]
pub(crate) struct Many(Recent<i64>);

impl Many {
    const MORE_THAN: i64 = 100;

    pub(crate) async fn known(&self) -> Option<i64> {
        self.0.known().await
    }

    pub(crate) async fn keep(&self, count: i64) {
        if count > Self::MORE_THAN {
            self.0.keep(count).await;
        }
    }
}

/// What a process has read.
#[derive(Default)]
pub(crate) struct Kept {
    standing: Recent<Arc<Standing>>,
    customers: Recent<Arc<Customers>>,
    reasons: Recent<Arc<[String]>>,
    worklists: Recent<WorklistCounts>,
    /// While many things are raised.
    pub(crate) many_raised: Many,
    /// The same, with those about who is snoozed.
    pub(crate) many_waiting: Many,
    pub(crate) callbacks: Recent<Count>,
    pub(crate) callback_types: Recent<Arc<[String]>>,
    periods: [Recent<Arc<Statistics>>; Period::ALL.len()],
}

impl Onboarding {
    /// How many prospects are at each stage (those at none are missing); may be some seconds old.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn stage_counts(&self, subject: &Subject) -> Result<HashMap<Stage, i64>, Error> {
        self.may_read(subject, AuditAction::ProspectList).await?;
        let mut counts = HashMap::new();
        for ((stage, _), n) in self.kept.standing(&self.pool).await?.iter() {
            *counts.entry(*stage).or_default() += n;
        }
        Ok(counts)
    }

    /// Every label with which Sumsub ever declined somebody, in alphabetical order: the choices of the lists' filter.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn reject_reasons(&self, subject: &Subject) -> Result<Arc<[String]>, Error> {
        self.may_read(subject, AuditAction::ProspectList).await?;
        Ok(self.kept.reasons.or(reasons(&self.pool)).await?)
    }

    /// The figures of a period; may be some seconds old.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn statistics(
        &self,
        subject: &Subject,
        period: Period,
    ) -> Result<Arc<Statistics>, Error> {
        self.may_read(subject, AuditAction::StatisticsRead).await?;
        Ok(self.kept.of(&self.pool, period).await?)
    }

    /// The same, to be kept as a file, which the audit log says.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn statistics_to_keep(
        &self,
        subject: &Subject,
        period: Period,
    ) -> Result<Arc<Statistics>, Error> {
        let (may, what) = (Permission::CustomerRead, AuditAction::StatisticsDownload);
        self.access()
            .authorize(subject, may, what, AuditObject::LIST)
            .await?;
        Ok(self.kept.of(&self.pool, period).await?)
    }
}

impl Kept {
    /// What waits for somebody: counted from the rows that wait, once for all who look meanwhile.
    pub(crate) async fn worklists(&self, pool: &PgPool) -> Result<WorklistCounts, sqlx::Error> {
        self.worklists.or(WorklistCounts::read(pool)).await
    }

    /// How many prospects stand at each stage, by type.
    pub(crate) async fn standing(&self, pool: &PgPool) -> Result<Arc<Standing>, sqlx::Error> {
        self.standing
            .or(async { standing(pool).await.map(Arc::new) })
            .await
    }

    /// How many customers there are with each activity, by type.
    pub(crate) async fn customers(&self, pool: &PgPool) -> Result<Arc<Customers>, sqlx::Error> {
        self.customers
            .or(async { customers(pool).await.map(Arc::new) })
            .await
    }

    async fn of(&self, pool: &PgPool, period: Period) -> Result<Arc<Statistics>, sqlx::Error> {
        let fresh = async { read(pool, period).await.map(Arc::new) };
        let mut kept = Period::ALL.iter().zip(&self.periods);
        match kept.find(|(one, _)| **one == period) {
            Some((_, kept)) => kept.or(fresh).await,
            None => fresh.await,
        }
    }
}

async fn read(pool: &PgPool, period: Period) -> Result<Statistics, sqlx::Error> {
    let to = clock::now().date_naive();
    let from = to
        .checked_sub_days(Days::new(u64::from(period.days()) - 1))
        .unwrap_or(to);
    Ok(Statistics {
        period,
        from,
        to,
        whole: !uncounted(pool).await?,
        sums: sums(pool, from).await?,
        oldest: oldest(pool).await?,
        pending: pending(pool).await?,
    })
}

/// What was added up, and what has happened since.
async fn sums(pool: &PgPool, from: NaiveDate) -> Result<Vec<Sum>, sqlx::Error> {
    sqlx::query_as!(
        Sum,
        r#"
        SELECT figure AS "figure!", name AS "name!", customer_type AS "customer_type!", created_by AS "created_by!",
            bucket AS "bucket!", sum(n)::bigint AS "n!"
        FROM (
            SELECT figure, name, customer_type, created_by, bucket, n FROM statistics
            WHERE figure IN ('funnel', 'left', 'done', 'declined', 'reason') AND day >= $1
            UNION ALL
            SELECT figure, name, customer_type, created_by, bucket, n FROM statistics WHERE figure = 'standing'
            UNION ALL
            SELECT figure, name, customer_type, created_by, bucket, n FROM statistics_changes
            WHERE day >= $1 OR figure = 'standing'
        ) AS sums
        GROUP BY figure, name, customer_type, created_by, bucket HAVING sum(n) <> 0
        "#,
        from
    )
    .fetch_all(pool)
    .await
}

/// Who has stood longest at each stage, by customer type.
async fn oldest(pool: &PgPool) -> Result<Vec<(Stage, CustomerType, Oldest)>, sqlx::Error> {
    let stages = OPEN.map(|stage| stage.name().to_owned());
    let types: Vec<String> = CustomerType::ALL
        .iter()
        .map(|customer_type| customer_type.name().to_owned())
        .collect();
    let rows = sqlx::query!(
        r#"
        SELECT stage AS "stage!", customer_type AS "customer_type!", oldest.id AS "id!", public_id AS "public_id!",
            since AS "since!"
        FROM unnest($2::text[]) AS customer_type, unnest($1::text[]) AS stage, LATERAL (
            SELECT id, public_id, stage_since AS since FROM prospects
            WHERE prospects.stage = stage.stage AND prospects.customer_type = customer_type.customer_type
            ORDER BY stage_since LIMIT 1
        ) AS oldest WHERE since IS NOT NULL
        UNION ALL
        SELECT 'converted', customer_type, oldest.id, public_id, since
        FROM unnest($2::text[]) AS customer_type, LATERAL (
            SELECT id, public_id, created_at AS since FROM customers
            WHERE activity = 'pending' AND customers.customer_type = customer_type.customer_type
            ORDER BY created_at LIMIT 1
        ) AS oldest
        "#,
        &stages,
        &types,
    )
    .fetch_all(pool)
    .await?;
    let rows = rows.into_iter().filter_map(|row| {
        let oldest = Oldest {
            id: row.id,
            public_id: row.public_id,
            since: row.since,
        };
        Some((
            row.stage.parse().ok()?,
            row.customer_type.parse().ok()?,
            oldest,
        ))
    });
    Ok(rows.collect())
}

/// How many customers are not Active yet, by customer type.
async fn pending(pool: &PgPool) -> Result<Vec<(CustomerType, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT customer_type, count(*) AS "count!"
        FROM (SELECT customer_type FROM customers WHERE activity = 'pending' LIMIT $1) AS pending GROUP BY customer_type
        "#,
        PENDING_AT_MOST
    )
    .fetch_all(pool)
    .await?;
    let rows = rows.into_iter();
    Ok(rows
        .filter_map(|row| Some((row.customer_type.parse().ok()?, row.count)))
        .collect())
}
