//! What our own database remembers of the logins in Keycloak.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use super::fresh::Fresh;

/// A doubtful call is looked after twice: it may be carried out just as the first look is under way.
const LOOKS: i16 = 2;

#[derive(Clone)]
pub(super) struct Logins {
    pub(super) pool: PgPool,
}

impl Logins {
    pub(super) async fn users_of(
        &self,
        customers: &[Uuid],
    ) -> Result<HashMap<Uuid, Uuid>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT customer_id, user_id FROM keycloak_logins WHERE customer_id = ANY($1)",
            customers
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.customer_id, row.user_id))
            .collect())
    }

    pub(super) async fn remember(&self, logins: &[(Uuid, Uuid)]) -> Result<(), sqlx::Error> {
        if logins.is_empty() {
            return Ok(());
        }
        let (customers, users): (Vec<Uuid>, Vec<Uuid>) = sorted(logins).into_iter().unzip();
        sqlx::query!(
            "INSERT INTO keycloak_logins AS known (customer_id, user_id)
             SELECT * FROM UNNEST($1::uuid[], $2::uuid[])
             ON CONFLICT (customer_id) DO UPDATE SET user_id = EXCLUDED.user_id
             WHERE known.user_id <> EXCLUDED.user_id",
            &customers,
            &users,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub(super) async fn forget(&self, customers: &[Uuid]) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "DELETE FROM keycloak_logins WHERE customer_id = ANY($1)",
            customers
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Each got a temporary password just now, which ends after `lasts`: when that is, by customer.
    pub(super) async fn temporary(
        &self,
        logins: &[(Uuid, Uuid)],
        lasts: Duration,
    ) -> Result<HashMap<Uuid, DateTime<Utc>>, sqlx::Error> {
        if logins.is_empty() {
            return Ok(HashMap::new());
        }
        let (customers, users): (Vec<Uuid>, Vec<Uuid>) = sorted(logins).into_iter().unzip();
        let rows = sqlx::query!(
            r#"INSERT INTO keycloak_logins (customer_id, user_id, temporary_until)
             SELECT customer_id, user_id, now() + make_interval(secs => $3)
             FROM UNNEST($1::uuid[], $2::uuid[]) AS new (customer_id, user_id)
             ON CONFLICT (customer_id) DO UPDATE
             SET user_id = EXCLUDED.user_id, temporary_until = EXCLUDED.temporary_until
             RETURNING customer_id, temporary_until AS "until!""#,
            &customers,
            &users,
            lasts.as_secs_f64(),
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.customer_id, row.until))
            .collect())
    }

    /// Whose fresh password nobody has touched since, here or on another server; it ends after `lasts` from now on.
    pub(super) async fn still_fresh(
        &self,
        fresh: &[(Uuid, &Fresh)],
        lasts: Duration,
    ) -> Result<HashSet<Uuid>, sqlx::Error> {
        if fresh.is_empty() {
            return Ok(HashSet::new());
        }
        let customers: Vec<Uuid> = fresh.iter().map(|(customer, _)| *customer).collect();
        let users: Vec<Uuid> = fresh.iter().map(|(_, fresh)| fresh.user).collect();
        let untils: Vec<DateTime<Utc>> = fresh.iter().map(|(_, fresh)| fresh.until).collect();
        let still = sqlx::query_scalar!(
            "WITH untouched AS (
                 SELECT customer_id FROM keycloak_logins
                 JOIN UNNEST($1::uuid[], $2::uuid[], $3::timestamptz[]) AS fresh (customer_id, user_id, temporary_until)
                     USING (customer_id, user_id, temporary_until)
                 ORDER BY customer_id FOR UPDATE OF keycloak_logins
             )
             UPDATE keycloak_logins SET temporary_until = now() + make_interval(secs => $4)
             FROM untouched WHERE keycloak_logins.customer_id = untouched.customer_id
             RETURNING keycloak_logins.customer_id",
            &customers,
            &users,
            &untils,
            lasts.as_secs_f64(),
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(still.into_iter().collect())
    }

    /// The password that came with the login is about to go: no server may mail it any more.
    pub(super) async fn not_fresh(&self, customer: Uuid) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "UPDATE keycloak_logins SET temporary_until = temporary_until + interval '1 second' WHERE customer_id = $1",
            customer,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Whose unused temporary password is over. They are not answered again for `meanwhile`.
    pub(super) async fn take_over_due(
        &self,
        meanwhile: Duration,
    ) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
        let rows = sqlx::query!(
            "UPDATE keycloak_logins SET temporary_until = now() + make_interval(secs => $1)
             WHERE customer_id IN (
                 SELECT customer_id FROM keycloak_logins WHERE temporary_until <= now()
                 ORDER BY temporary_until LIMIT 200 FOR UPDATE SKIP LOCKED)
             RETURNING customer_id, user_id",
            meanwhile.as_secs_f64(),
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.customer_id, row.user_id))
            .collect())
    }

    /// Whether no other temporary password was set since this one was over ([`Logins::take_over_due`]).
    pub(super) async fn is_over(
        &self,
        customer: Uuid,
        meanwhile: Duration,
    ) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM keycloak_logins
                WHERE customer_id = $1 AND temporary_until <= now() + make_interval(secs => $2)) AS "over!""#,
            customer,
            meanwhile.as_secs_f64(),
        )
        .fetch_one(&self.pool)
        .await
    }

    /// ExistingLogin is no temporary password any more, unless another was set meanwhile.
    pub(super) async fn no_temporary(
        &self,
        customers: &[Uuid],
        meanwhile: Duration,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "UPDATE keycloak_logins SET temporary_until = NULL
             WHERE customer_id = ANY($1) AND temporary_until <= now() + make_interval(secs => $2)",
            customers,
            meanwhile.as_secs_f64(),
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What was asked of Keycloak for these may still be carried out.
    pub(super) async fn doubt(
        &self,
        customers: &[Uuid],
        recheck_after: Duration,
    ) -> Result<(), sqlx::Error> {
        let mut customers = customers.to_vec();
        customers.sort_unstable();
        sqlx::query!(
            "INSERT INTO keycloak_doubts (customer_id, look_at, looks_left)
             SELECT DISTINCT customer_id, now() + make_interval(secs => $2), $3::smallint
             FROM UNNEST($1::uuid[]) AS customer_id ORDER BY customer_id
             ON CONFLICT (customer_id) DO UPDATE SET look_at = EXCLUDED.look_at, looks_left = EXCLUDED.looks_left",
            &customers,
            recheck_after.as_secs_f64(),
            LOOKS,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Whose login is to be looked at again now; who is to be looked at once more after that comes again later.
    pub(super) async fn due_in_doubt(
        &self,
        again_after: Duration,
    ) -> Result<Vec<Uuid>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            WITH due AS (
                SELECT customer_id, looks_left FROM keycloak_doubts WHERE look_at <= now()
                ORDER BY look_at LIMIT 500 FOR UPDATE SKIP LOCKED
            ), later AS (
                UPDATE keycloak_doubts AS doubt
                SET looks_left = doubt.looks_left - 1, look_at = now() + make_interval(secs => $1)
                FROM due WHERE doubt.customer_id = due.customer_id AND due.looks_left > 1
            ), over AS (
                DELETE FROM keycloak_doubts AS doubt USING due
                WHERE doubt.customer_id = due.customer_id AND due.looks_left <= 1
            )
            SELECT customer_id AS "customer_id!" FROM due
            "#,
            again_after.as_secs_f64(),
        )
        .fetch_all(&self.pool)
        .await
    }
}

/// Rows are written in one order everywhere, so that two batches never lock each other out; of two for one customer the
/// later counts.
fn sorted(logins: &[(Uuid, Uuid)]) -> Vec<(Uuid, Uuid)> {
    let newest: std::collections::BTreeMap<Uuid, Uuid> = logins.iter().copied().collect();
    newest.into_iter().collect()
}
