//! What processing a batch of callbacks adds up to, and how it is written.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use es_entity::AtomicOperation;
use uuid::Uuid;

use crate::{kyc::Outcome, primitives::ProspectId, raised::RaisedCause, refresh::RefreshRequest};

/// What stands in place of an erased body.
pub(crate) const ERASED_BODY: &str = r#"{"erased":true}"#;

/// What became of one callback.
pub(super) struct Processed {
    pub(super) callback: i64,
    /// None when it stands already, with its reason and its prospect.
    pub(super) outcome: Option<Outcome>,
    pub(super) reason: Option<String>,
    pub(super) prospect: Option<ProspectId>,
    /// Where a person has to look, and why.
    pub(super) raises: Vec<(ProspectId, RaisedCause)>,
    pub(super) fact: RaisedFact,
    /// The ids that it waits for, as the column `callbacks.waits_for` holds them.
    pub(super) waits_for: Vec<String>,
    /// When Sumsub is to be asked about the prospect.
    pub(super) request: Option<RefreshRequest>,
    /// The personal data of somebody whom it is about was erased: what came is not kept either.
    pub(super) erased: bool,
}

/// What a callback is about, so that a webhook and a refresh raise it once.
pub(super) struct RaisedFact {
    pub(super) applicant_id: Option<String>,
    /// When it happened, by Sumsub's clock.
    pub(super) at: Option<DateTime<Utc>>,
    pub(super) from_refresh: bool,
}

/// An applicant id that was bound or deleted.
pub(super) struct ApplicantChange {
    pub(super) applicant_id: String,
    pub(super) prospect: ProspectId,
    pub(super) deleted: bool,
}

pub(super) async fn write_outcomes(
    op: &mut impl AtomicOperation,
    processed: &[Processed],
) -> Result<(), sqlx::Error> {
    let ids: Vec<i64> = processed.iter().map(|p| p.callback).collect();
    let outcomes: Vec<Option<String>> = processed
        .iter()
        .map(|p| p.outcome.map(|outcome| outcome.to_string()))
        .collect();
    let reasons: Vec<Option<String>> = processed.iter().map(|p| p.reason.clone()).collect();
    let prospects: Vec<Option<Uuid>> = processed
        .iter()
        .map(|p| p.prospect.map(Uuid::from))
        .collect();
    // PostgreSQL has no list of lists: the ids hold no line break, which is a character that no id has.
    let waits_for: Vec<Option<String>> = processed
        .iter()
        .map(|p| (!p.waits_for.is_empty()).then(|| p.waits_for.join("\n")))
        .collect();
    sqlx::query!(
        r#"
        UPDATE callbacks SET outcome = coalesce(done.outcome, callbacks.outcome),
            reason = CASE WHEN done.outcome IS NULL THEN callbacks.reason ELSE done.reason END,
            prospect_id = coalesce(done.prospect_id, CASE WHEN done.outcome IS NULL THEN callbacks.prospect_id END),
            waits_for = string_to_array(done.waits_for, E'\n'), processed_at = clock_timestamp()
        FROM UNNEST($1::bigint[], $2::text[], $3::text[], $4::uuid[], $5::text[]) AS done (id, outcome, reason, prospect_id, waits_for)
        WHERE callbacks.id = done.id
        "#,
        &ids,
        &outcomes as &[Option<String>],
        &reasons as &[Option<String>],
        &prospects as &[Option<Uuid>],
        &waits_for as &[Option<String>],
    )
    .execute(op.as_executor())
    .await?;
    let erased: Vec<i64> = processed
        .iter()
        .filter(|p| p.erased)
        .map(|p| p.callback)
        .collect();
    if !erased.is_empty() {
        sqlx::query!(
            "UPDATE callbacks SET body = $2, raw = NULL WHERE id = ANY($1)",
            &erased,
            ERASED_BODY,
        )
        .execute(op.as_executor())
        .await?;
    }
    for one in processed {
        for (prospect, cause) in &one.raises {
            raise(op, one, *prospect, cause).await?;
        }
    }
    Ok(())
}

/// Once per fact: judged again, it is raised already; and a webhook and a refresh that are about the same review (its time
/// is a second's in a refresh) are one fact.
async fn raise(
    op: &mut impl AtomicOperation,
    callback: &Processed,
    prospect: ProspectId,
    cause: &RaisedCause,
) -> Result<(), sqlx::Error> {
    let fact = &callback.fact;
    sqlx::query!(
        r#"
        INSERT INTO raised (cause, cause_name, prospect_id, callback_id, applicant_id, fact_at, from_refresh)
        SELECT $1, $7, $2, $3, $4, $5, $6
        WHERE NOT EXISTS (
            SELECT FROM raised AS known
            WHERE known.prospect_id = $2 AND known.cause = $1 AND known.applicant_id IS NOT DISTINCT FROM $4
              AND known.from_refresh <> $6
              AND coalesce(known.fact_at BETWEEN $5::timestamptz - interval '2 minutes' AND $5::timestamptz + interval '2 minutes',
                           known.resolved_at IS NULL)
        )
        ON CONFLICT (callback_id, cause, (coalesce(prospect_id, '00000000-0000-0000-0000-000000000000'::uuid)))
            WHERE callback_id IS NOT NULL DO NOTHING
        "#,
        cause.words(),
        Uuid::from(prospect),
        callback.callback,
        fact.applicant_id,
        fact.at,
        fact.from_refresh,
        cause.cause.name(),
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}

pub(super) async fn write_applicants(
    op: &mut impl AtomicOperation,
    changes: &[ApplicantChange],
) -> Result<(), sqlx::Error> {
    let mut rest = changes;
    while !rest.is_empty() {
        // A statement changes a row once: what is said of the same applicant again waits for the next.
        let mut said = HashSet::new();
        let new = rest
            .iter()
            .take_while(|change| said.insert(change.applicant_id.as_str()));
        let (now, later) = rest.split_at(new.count());
        rest = later;
        let applicants: Vec<String> = now.iter().map(|it| it.applicant_id.clone()).collect();
        let prospects: Vec<Uuid> = now.iter().map(|it| it.prospect.into()).collect();
        let deleted: Vec<bool> = now.iter().map(|it| it.deleted).collect();
        sqlx::query!(
            r#"
            INSERT INTO applicants (applicant_id, prospect_id, deleted_at)
            SELECT applicant_id, prospect_id, CASE WHEN deleted THEN clock_timestamp() END
            FROM UNNEST($1::text[], $2::uuid[], $3::bool[]) AS change (applicant_id, prospect_id, deleted)
            ORDER BY applicant_id
            ON CONFLICT (applicant_id) DO UPDATE SET deleted_at = EXCLUDED.deleted_at
            WHERE applicants.prospect_id = EXCLUDED.prospect_id
            "#,
            &applicants,
            &prospects,
            &deleted,
        )
        .execute(op.as_executor())
        .await?;
    }
    Ok(())
}
