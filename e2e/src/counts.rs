//! Counting in the database, behind the product's back.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use sqlx::{PgPool, Row as _, postgres::PgPoolOptions};
use uuid::Uuid;

use crate::{admin::Prospect, until};

/// A connection of the database's owner.
#[derive(Debug, Clone)]
pub struct Counts {
    /// For what only one story asks.
    pub pool: PgPool,
}

/// What stands in the database for some prospects; each figure a number of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// How many customers there are.
    pub customers: i64,
    /// How many of them are Active.
    pub active: i64,
    /// How many of them have a login.
    pub logins: i64,
    /// Ledger accounts with the code of one of the customers.
    pub accounts: i64,
    /// `CustomerKycUpdated` in the outbox.
    pub kyc_updated: i64,
    /// `ProspectConverted` in the outbox.
    pub converted: i64,
}

impl Standing {
    /// One of each for each of `count` customers, all Active.
    #[must_use]
    pub fn one_each(count: usize) -> Self {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        Self {
            customers: count,
            active: count,
            logins: count,
            accounts: count,
            kyc_updated: count,
            converted: count,
        }
    }
}

/// A row of the callback log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// What became of it, as it is stored.
    pub outcome: String,
    /// Why, in words; empty when there is nothing to say.
    pub reason: String,
    /// How often it was received.
    pub receipts: i64,
}

impl Counts {
    /// Lets a program in with this token, as an administrator, for a day.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn add_api_token(&self, name: &str, token: &str) -> Result<()> {
        sqlx::query(
            "INSERT INTO api_tokens (id, name, role, token_hash, expires_at)
             VALUES (gen_random_uuid(), $1, 'admin', sha256($2::bytea), now() + interval '1 day')",
        )
        .bind(name)
        .bind(token.as_bytes())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Connects as the database's owner.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn connect(url: &str) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(3)
            .acquire_timeout(Duration::from_secs(10))
            .connect(url)
            .await?;
        Ok(Self { pool })
    }

    /// One number.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn number(&self, sql: &'static str) -> Result<i64> {
        Ok(sqlx::query_scalar(sql).fetch_one(&self.pool).await?)
    }

    /// What stands for these prospects.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn standing(&self, prospects: &[Prospect]) -> Result<Standing> {
        let ids: Vec<Uuid> = prospects.iter().map(|prospect| prospect.id).collect();
        let codes: Vec<String> = prospects
            .iter()
            .map(|prospect| format!("DEP-{}", prospect.public_id))
            .collect();
        let row = sqlx::query(
            "SELECT (SELECT count(*) FROM customers WHERE id = ANY($1)) AS customers,
                    (SELECT count(*) FROM customers WHERE id = ANY($1) AND activity = 'active') AS active,
                    (SELECT count(*) FROM logins WHERE customer_id = ANY($1)) AS logins,
                    (SELECT count(*) FROM cala_accounts WHERE code = ANY($2)) AS accounts,
                    (SELECT count(*) FROM outbox_events WHERE payload->>'type' = 'CustomerKycUpdated'
                        AND (payload->>'customer_id')::uuid = ANY($1)) AS kyc_updated,
                    (SELECT count(*) FROM outbox_events WHERE payload->>'type' = 'ProspectConverted'
                        AND (payload->>'prospect_id')::uuid = ANY($1)) AS converted",
        )
        .bind(&ids)
        .bind(&codes)
        .fetch_one(&self.pool)
        .await?;
        Ok(Standing {
            customers: row.try_get("customers")?,
            active: row.try_get("active")?,
            logins: row.try_get("logins")?,
            accounts: row.try_get("accounts")?,
            kyc_updated: row.try_get("kyc_updated")?,
            converted: row.try_get("converted")?,
        })
    }

    /// Waits until each of these prospects is an Active customer, then sees that nothing was doubled.
    ///
    /// # Errors
    /// When one isn't within the time, or there is more than one of anything.
    pub async fn all_active_once(&self, prospects: &[Prospect], within: Duration) -> Result<()> {
        let due = Standing::one_each(prospects.len());
        until("every prospect an Active customer", within, || async {
            let standing = self.standing(prospects).await?;
            ensure!(
                standing.active == due.active,
                "{standing:?}; {}",
                self.waiting().await?
            );
            Ok(())
        })
        .await?;
        let standing = self.standing(prospects).await?;
        ensure!(
            standing == due,
            "something is missing or doubled: {standing:?} where {due:?} was due"
        );
        Ok(())
    }

    /// What provisioning says it waits for, for a failing test's message.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn waiting(&self) -> Result<String> {
        let rows = sqlx::query_scalar::<_, String>(
            "SELECT to_jsonb(s)::text FROM provisioning_steps s WHERE state NOT IN ('done', 'cancelled') LIMIT 5",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(format!("steps not done: {rows:?}"))
    }

    /// The callback log's rows that came with this correlation id, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn logged(&self, correlation_id: &str) -> Result<Vec<Logged>> {
        let rows = sqlx::query(
            "SELECT outcome, coalesce(reason, '') AS reason, receipts FROM callbacks
             WHERE body::jsonb->>'correlationId' = $1 ORDER BY id",
        )
        .bind(correlation_id)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Logged {
                    outcome: row.try_get("outcome")?,
                    reason: row.try_get("reason")?,
                    receipts: row.try_get("receipts")?,
                })
            })
            .collect()
    }

    /// Waits until the callback with this correlation id was judged.
    ///
    /// # Errors
    /// When it isn't.
    pub async fn judged(&self, correlation_id: &str) -> Result<Logged> {
        until("the callback judged", crate::wait::SOON, || async {
            let rows = self.logged(correlation_id).await?;
            let row = rows
                .into_iter()
                .next_back()
                .context("it is not in the log")?;
            ensure!(row.outcome != "received", "it still waits");
            Ok(row)
        })
        .await
    }
}
