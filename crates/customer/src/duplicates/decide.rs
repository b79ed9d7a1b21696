//! What somebody decides of two records that look like one person: *same person*, or *different people*.

use std::sync::LazyLock;

use access::{AuditAction, ObjectKind, Permission, Subject};
use chrono::{DateTime, Utc};
use es_entity::AtomicOperation;
use kernel::{Error, Kind, Reason};
use uuid::Uuid;

use super::TOLD_AT_MOST;
use crate::{
    onboarding::Onboarding,
    raised::{Cause, RaisedCause},
};

static CAUSE: LazyLock<RaisedCause> = LazyLock::new(|| Cause::PossibleDuplicate.about(&[""]));

/// What somebody decided of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Decision {
    /// One person or company: the newer record is to be closed.
    SamePerson,
    /// Two: the pair is not raised again.
    DifferentPeople,
}

impl Decision {
    /// The name that the database stores.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What stands as the reason when nobody typed one.
    const fn fixed_reason(self) -> &'static str {
        match self {
            Self::SamePerson => "the same person",
            Self::DifferentPeople => "different people",
        }
    }

    const fn action(self) -> AuditAction {
        match self {
            Self::SamePerson => AuditAction::RaisedSamePerson,
            Self::DifferentPeople => AuditAction::RaisedDifferentPeople,
        }
    }
}

/// A decision, with who made it and when.
#[derive(Debug, Clone)]
pub struct Decided {
    /// What was decided.
    pub decision: Decision,
    /// By whom, as the audit log names subjects.
    pub by: String,
    /// When it was decided.
    pub at: DateTime<Utc>,
}

impl Decided {
    pub(crate) fn read(
        decision: Option<String>,
        by: Option<String>,
        at: Option<DateTime<Utc>>,
    ) -> Option<Self> {
        Some(Self {
            decision: decision?.parse().ok()?,
            by: by?,
            at: at?,
        })
    }
}

impl Onboarding {
    /// Decides of the two records that an item names. *Different people* takes the pair off the list, and it is not
    /// raised again; whoever else looks like either is raised in its place. *Same person* closes nothing: the item stays until
    /// one of the two is closed. The same again changes nothing; another decision takes the place of the one before, and brings no item
    /// back. An empty reason stands for the decision's own words.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such item, [`Error::Refused`] when it names no two records.
    pub async fn decide_duplicate(
        &self,
        subject: &Subject,
        item: i64,
        decision: Decision,
        reason: &str,
    ) -> Result<(), Error> {
        self.access()
            .authorize(
                subject,
                Permission::CustomerUpdate,
                decision.action(),
                ObjectKind::Raised.number(item),
            )
            .await?;
        let reason: Reason = match reason.trim() {
            "" => decision.fixed_reason(),
            typed => typed,
        }
        .parse()?;
        let row = sqlx::query!(
            "SELECT prospect_id, other_id FROM raised WHERE id = $1",
            item
        )
        .fetch_optional(&self.pool)
        .await?
        .ok_or(Error::NotFound(Kind::new("raised item")))?;
        let Some((one, other)) = row.prospect_id.zip(row.other_id) else {
            return Err(Error::refused(
                "This item names no two records that look alike.",
            ));
        };
        let mut op = self.begin().await?;
        decide_alone(&mut op).await?;
        let by = subject.as_text();
        sqlx::query!(
            r#"
            INSERT INTO duplicate_decisions (one_id, other_id, decision, decided_by, reason)
            VALUES (least($1::uuid, $2::uuid), greatest($1::uuid, $2::uuid), $3, $4, $5)
            ON CONFLICT (one_id, other_id) DO UPDATE
                SET decision = EXCLUDED.decision, decided_at = clock_timestamp(), decided_by = EXCLUDED.decided_by, reason = EXCLUDED.reason
                WHERE duplicate_decisions.decision <> EXCLUDED.decision
            "#,
            one,
            other,
            decision.name(),
            by,
            reason.as_str(),
        )
        .execute(op.as_executor())
        .await?;
        if decision == Decision::DifferentPeople || one_is_closed(&mut op, one, other).await? {
            take_off(&mut op, one, other, &by, reason.as_str()).await?;
        }
        op.commit().await?;
        Ok(())
    }
}

impl Onboarding {
    /// The two records that an item names, its own first; ids, which say nothing of anybody.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn raised_pair(
        &self,
        subject: &Subject,
        item: i64,
    ) -> Result<Option<[Uuid; 2]>, Error> {
        self.may_read(subject, AuditAction::RaisedList).await?;
        let row = sqlx::query!(
            "SELECT prospect_id, other_id FROM raised WHERE id = $1",
            item
        )
        .fetch_optional(&self.pool)
        .await?;
        let pair = row.and_then(|row| row.prospect_id.zip(row.other_id));
        Ok(pair.map(|(one, other)| [one, other]))
    }
}

/// Comparisons go on side by side, a decision goes alone: none that began before it raises the pair after it.
pub(super) async fn decide_alone(op: &mut impl AtomicOperation) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"SELECT pg_advisory_xact_lock(hashtextextended('usher:duplicates', 0)) AS "locked: ()""#
    )
    .fetch_one(op.as_executor())
    .await?;
    Ok(())
}

/// One of a pair that is decided to be one person was closed: that settles it.
pub(crate) async fn settle_closed(
    op: &mut impl AtomicOperation,
    closed: Uuid,
    by: &str,
) -> Result<(), sqlx::Error> {
    let pairs = sqlx::query!(
        "SELECT one_id, other_id FROM duplicate_decisions
         WHERE decision = 'same_person' AND (one_id = $1 OR other_id = $1) ORDER BY one_id, other_id",
        closed,
    )
    .fetch_all(op.as_executor())
    .await?;
    if pairs.is_empty() {
        return Ok(());
    }
    decide_alone(op).await?;
    for pair in pairs {
        let (one, other) = (pair.one_id, pair.other_id);
        let reason = "the same person: one of the two was closed";
        take_off(op, one, other, by, reason).await?;
    }
    Ok(())
}

async fn one_is_closed(
    op: &mut impl AtomicOperation,
    one: Uuid,
    other: Uuid,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM prospects WHERE id IN ($1, $2) AND stage = 'closed')
            OR EXISTS (SELECT FROM customers WHERE id IN ($1, $2) AND activity = 'closed') AS "closed!""#,
        one,
        other,
    )
    .fetch_one(op.as_executor())
    .await
}

/// Resolves the pair's item, at the record with the greater id; whoever else that record looks like is raised in its place, since
/// the same time. One row for each pair, so that it can be read later who was decided.
async fn take_off(
    op: &mut impl AtomicOperation,
    one: Uuid,
    other: Uuid,
    by: &str,
    reason: &str,
) -> Result<(), sqlx::Error> {
    let (about, twin) = (one.max(other), one.min(other));
    let undecided = sqlx::query_scalar!(
        r#"
        SELECT DISTINCT twin.prospect_id FROM prospect_identities AS own
        CROSS JOIN LATERAL (
            SELECT prospect_id FROM prospect_identities AS known
            WHERE key = own.key AND prospect_id < own.prospect_id AND NOT EXISTS (
                SELECT FROM duplicate_decisions WHERE one_id = known.prospect_id AND other_id = own.prospect_id)
            ORDER BY prospect_id LIMIT $2
        ) AS twin
        WHERE own.prospect_id = $1
        ORDER BY twin.prospect_id
        "#,
        about,
        TOLD_AT_MOST,
    )
    .fetch_all(op.as_executor())
    .await?;
    let resolved = sqlx::query_scalar!(
        r#"
        UPDATE raised SET resolved_at = clock_timestamp(), resolved_by = $3, resolution = $4
        WHERE fact_key = 'twins:' || $1::uuid AND resolved_at IS NULL AND other_id = $2
        RETURNING raised_at
        "#,
        about,
        twin,
        by,
        reason,
    )
    .fetch_optional(op.as_executor())
    .await?;
    let Some(since) = resolved else {
        return Ok(());
    };
    sqlx::query!(
        r#"
        INSERT INTO raised (cause, cause_name, prospect_id, other_id, fact_key, raised_at)
        SELECT $3, $4, $1, next, 'twins:' || $1::uuid, $5
        FROM UNNEST($2::uuid[]) AS next
        WHERE NOT EXISTS (SELECT FROM raised WHERE (prospect_id, other_id) IN (($1, next), (next, $1)))
        ORDER BY next LIMIT 1
        ON CONFLICT DO NOTHING
        "#,
        about,
        &undecided,
        CAUSE.words(),
        CAUSE.cause.name(),
        since,
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}
