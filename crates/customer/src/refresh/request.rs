//! Asking for a refresh: who wants Sumsub to be asked about whom, and when (table `refreshes`).

use std::{collections::HashMap, time::Duration};

use es_entity::AtomicOperation;
use uuid::Uuid;

use super::RefreshSchedule;
use crate::primitives::ProspectId;

/// The channel that is notified when somebody wants a refresh now.
pub const CHANNEL: &str = "usher_refreshes";

/// When Sumsub is to be asked about a prospect or customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshRequest {
    /// Sumsub is asked at once.
    Now,
    /// Sumsub is asked at once, and the personal data is recorded too.
    NowWithData,
    /// A prospect moved: the sweep begins anew.
    SweepProspect,
    /// A customer is looked at again with the slow sweep.
    SweepCustomer,
}

impl RefreshSchedule {
    /// Writes requests down, in the caller's transaction. A request for later never puts off one for now.
    pub(crate) async fn request(
        &self,
        op: &mut impl AtomicOperation,
        requests: &[(ProspectId, RefreshRequest)],
    ) -> Result<(), sqlx::Error> {
        if requests.is_empty() {
            return Ok(());
        }
        let mut of: HashMap<Uuid, (Duration, bool)> = HashMap::with_capacity(requests.len());
        for (prospect, request) in requests {
            let wanted = (
                self.pause_before(*request),
                *request == RefreshRequest::NowWithData,
            );
            of.entry((*prospect).into())
                .and_modify(|(pause, data)| {
                    // The last word counts for the sweep; what is wanted now stays wanted.
                    *pause = if pause.is_zero() { *pause } else { wanted.0 };
                    *data |= wanted.1;
                })
                .or_insert(wanted);
        }
        let mut rows: Vec<(Uuid, f64, bool)> = of
            .into_iter()
            .map(|(id, (pause, data))| (id, pause.as_secs_f64(), data))
            .collect();
        rows.sort_unstable_by_key(|row| row.0);
        let ids: Vec<Uuid> = rows.iter().map(|row| row.0).collect();
        let pauses: Vec<f64> = rows.iter().map(|row| row.1).collect();
        let data: Vec<bool> = rows.iter().map(|row| row.2).collect();
        let now = pauses.contains(&0.0);
        sqlx::query!(
            r#"
            INSERT INTO refreshes (prospect_id, next_at, wants_data, urgent)
            SELECT id, clock_timestamp() + make_interval(secs => pause), data, pause = 0
            FROM UNNEST($1::uuid[], $2::float8[], $3::bool[]) AS wished (id, pause, data)
            ON CONFLICT (prospect_id) DO UPDATE SET
                next_at = CASE
                    WHEN refreshes.wants_data OR refreshes.next_at <= (SELECT clock_timestamp()) THEN LEAST(refreshes.next_at, EXCLUDED.next_at)
                    ELSE EXCLUDED.next_at END,
                wishes = refreshes.wishes + CASE WHEN EXCLUDED.next_at <= (SELECT clock_timestamp()) THEN 1 ELSE 0 END,
                wants_data = refreshes.wants_data OR EXCLUDED.wants_data,
                urgent = refreshes.urgent OR EXCLUDED.urgent,
                quiet = 0
            "#,
            &ids,
            &pauses,
            &data,
        )
        .execute(op.as_executor())
        .await?;
        if now {
            sqlx::query!("SELECT pg_notify($1, '')", CHANNEL)
                .fetch_one(op.as_executor())
                .await?;
        }
        Ok(())
    }
}

/// Nobody asks about a closed record.
pub(crate) async fn withdraw(
    op: &mut impl AtomicOperation,
    prospect: ProspectId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM refreshes WHERE prospect_id = $1",
        Uuid::from(prospect)
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}
