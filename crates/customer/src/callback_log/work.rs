//! What processing a batch of callbacks adds up to, and how it is written.

use es_entity::AtomicOperation;
use uuid::Uuid;

use crate::{kyc::Outcome, primitives::ProspectId, refresh::wish::Wish};

/// What stands in place of an erased body.
pub(crate) const ERASED_BODY: &str = r#"{"erased":true}"#;

/// What became of one callback.
pub(super) struct Processed {
    pub(super) callback: i64,
    pub(super) outcome: Outcome,
    pub(super) reason: Option<String>,
    pub(super) prospect: Option<ProspectId>,
    pub(super) raise: Option<&'static str>,
    /// When Sumsub is to be asked about the prospect.
    pub(super) wish: Option<Wish>,
    /// The prospect's personal data was erased: what came is not kept either.
    pub(super) erased: bool,
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
    let outcomes: Vec<String> = processed.iter().map(|p| p.outcome.to_string()).collect();
    let reasons: Vec<Option<String>> = processed.iter().map(|p| p.reason.clone()).collect();
    let prospects: Vec<Option<Uuid>> = processed
        .iter()
        .map(|p| p.prospect.map(Uuid::from))
        .collect();
    sqlx::query!(
        r#"
        UPDATE callbacks SET outcome = done.outcome, reason = done.reason,
            prospect_id = done.prospect_id, processed_at = clock_timestamp()
        FROM UNNEST($1::bigint[], $2::text[], $3::text[], $4::uuid[]) AS done (id, outcome, reason, prospect_id)
        WHERE callbacks.id = done.id
        "#,
        &ids,
        &outcomes,
        &reasons as &[Option<String>],
        &prospects as &[Option<Uuid>],
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
            "UPDATE callbacks SET body = $2 WHERE id = ANY($1)",
            &erased,
            ERASED_BODY,
        )
        .execute(op.as_executor())
        .await?;
    }
    for raised in processed {
        let Some(cause) = raised.raise else { continue };
        sqlx::query!(
            "INSERT INTO raised (cause, prospect_id, callback_id) VALUES ($1, $2, $3)
             ON CONFLICT (callback_id, cause) DO NOTHING",
            cause,
            raised.prospect.map(Uuid::from),
            raised.callback,
        )
        .execute(op.as_executor())
        .await?;
    }
    Ok(())
}

pub(super) async fn write_applicants(
    op: &mut impl AtomicOperation,
    changes: &[ApplicantChange],
) -> Result<(), sqlx::Error> {
    for change in changes {
        sqlx::query!(
            r#"
            INSERT INTO applicants (applicant_id, prospect_id, deleted_at)
            VALUES ($1, $2, CASE WHEN $3 THEN clock_timestamp() END)
            ON CONFLICT (applicant_id) DO UPDATE SET deleted_at = EXCLUDED.deleted_at
            WHERE applicants.prospect_id = EXCLUDED.prospect_id
            "#,
            change.applicant_id,
            Uuid::from(change.prospect),
            change.deleted,
        )
        .execute(op.as_executor())
        .await?;
    }
    Ok(())
}
