//! Judging the callback that holds a reopened prospect's mark again, in the transaction that reopens it.

use es_entity::{AtomicOperation as _, DbOp};
use kernel::Error;

use super::{batch::Batch, claim::ClaimedCallback, drain::Drain, lookup::LockedRecords};
use crate::{primitives::ProspectId, prospect::Prospect};

/// The callback, and what judging it needs.
pub(crate) struct MarkRejudgement {
    claimed: Option<ClaimedCallback>,
    records: LockedRecords,
}

impl MarkRejudgement {
    /// Locks what judging the callback needs, the prospect among it, in the order in which callbacks are processed: the
    /// subject, the ids, the prospects, the customers. So it has to come before anything else that the transaction locks.
    ///
    /// # Errors
    /// When the database does not answer, or the callback is not what was stored.
    pub(crate) async fn lock(
        op: &mut DbOp<'static>,
        prospect: ProspectId,
        callback: Option<i64>,
    ) -> Result<Self, Error> {
        let claimed = match callback {
            Some(id) => Some(claim(op, id).await?),
            None => None,
        };
        let records = LockedRecords::lock(op, claimed.as_slice(), Some(prospect)).await?;
        Ok(Self { claimed, records })
    }
}

/// Keeps the subject's callbacks from being claimed by who processes them, who never waits for this lock.
async fn claim(op: &mut DbOp<'static>, callback: i64) -> Result<ClaimedCallback, Error> {
    sqlx::query!(
        r#"SELECT pg_advisory_xact_lock(hashtextextended(subject, 7600)) AS "locked: ()" FROM callbacks WHERE id = $1"#,
        callback,
    )
    .fetch_one(op.as_executor())
    .await?;
    let row = sqlx::query!(
        "SELECT body, raw, observed_at FROM callbacks WHERE id = $1",
        callback
    )
    .fetch_one(op.as_executor())
    .await?;
    ClaimedCallback::read(callback, &row.body, row.raw.as_deref(), row.observed_at)
}

impl Drain {
    /// Judges it, and writes what came of it. `prospect` carries what the caller recorded before.
    pub(crate) async fn judge_again(
        &self,
        op: &mut DbOp<'static>,
        prospect: Prospect,
        mark: MarkRejudgement,
    ) -> Result<(), Error> {
        let prospects = [(prospect.id, prospect)].into();
        let mut batch = Batch::new(
            prospects,
            Default::default(),
            mark.records,
            &self.levels,
            self.rules,
        );
        if let Some(claimed) = &mark.claimed {
            batch.judge_one(claimed);
        }
        self.write(op, batch).await
    }
}
