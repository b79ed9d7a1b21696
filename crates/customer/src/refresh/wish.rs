//! When Sumsub is asked about whom: the table `refreshes`.

use std::{collections::HashMap, num::NonZeroU32, time::Duration};

use es_entity::AtomicOperation;
use uuid::Uuid;

use crate::primitives::ProspectId;

/// Notified when somebody wants a refresh now.
pub const CHANNEL: &str = "usher_refreshes";

/// How often the sweep asks (*Missed webhooks* in `design.md`).
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// About a prospect that stands still: first after this…
    pub prospects_after: Duration,
    /// …then less and less often, down to this.
    pub prospects_at_most: Duration,
    /// About a customer.
    pub customers_every: Duration,
    /// How many in a second at most, by all processes together.
    pub per_second: NonZeroU32,
}

impl Default for Pace {
    fn default() -> Self {
        Pace {
            prospects_after: Duration::from_secs(30 * 60),
            prospects_at_most: Duration::from_secs(24 * 3600),
            customers_every: Duration::from_secs(24 * 3600),
            per_second: NonZeroU32::new(20).unwrap_or(NonZeroU32::MIN),
        }
    }
}

/// When Sumsub is to be asked about a prospect or customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// At once.
    Now,
    /// At once, for the personal data too.
    NowWithData,
    /// A prospect moved: the sweep begins anew.
    AsProspect,
    /// A customer: slowly.
    AsCustomer,
}

impl Pace {
    /// How long the sweep waits after it found nothing new `quiet` times in a row.
    #[must_use]
    pub fn after(&self, quiet: u32) -> Duration {
        self.prospects_after
            .saturating_mul(2_u32.saturating_pow(quiet.min(20)))
            .min(self.prospects_at_most)
    }

    /// How long until a customer's next turn: never later than asked for, and not together with whoever was asked about together.
    pub(super) fn next_of_customer(&self) -> Duration {
        self.customers_every.mul_f64(rand::random_range(0.8..1.0))
    }

    fn of(&self, wish: Wish) -> Duration {
        match wish {
            Wish::Now | Wish::NowWithData => Duration::ZERO,
            Wish::AsProspect => self.prospects_after,
            Wish::AsCustomer => self.next_of_customer(),
        }
    }

    /// Writes wishes down, in the caller's transaction. A wish for later never puts off one for now.
    pub(crate) async fn write(
        &self,
        op: &mut impl AtomicOperation,
        wishes: &[(ProspectId, Wish)],
    ) -> Result<(), sqlx::Error> {
        if wishes.is_empty() {
            return Ok(());
        }
        let mut of: HashMap<Uuid, (Duration, bool)> = HashMap::with_capacity(wishes.len());
        for (prospect, wish) in wishes {
            let wanted = (self.of(*wish), *wish == Wish::NowWithData);
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
                    WHEN refreshes.wants_data OR refreshes.next_at <= clock_timestamp() THEN LEAST(refreshes.next_at, EXCLUDED.next_at)
                    ELSE EXCLUDED.next_at END,
                wishes = refreshes.wishes + CASE WHEN EXCLUDED.next_at <= clock_timestamp() THEN 1 ELSE 0 END,
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
pub(crate) async fn forget(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sweep_asks_less_and_less_often() {
        let pace = Pace::default();
        let minutes = |quiet| pace.after(quiet).as_secs() / 60;
        assert_eq!(
            [minutes(0), minutes(1), minutes(3), minutes(400)],
            [30, 60, 240, 24 * 60]
        );
    }
}
