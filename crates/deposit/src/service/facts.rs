//! What the table depends on, as it stands: under the customer's row lock for who acts, at a glance for pages.

use access::{Eyes, Subject};
use chrono::{DateTime, Utc};
use customer::{
    customer::Customer,
    primitives::{Activity, CustomerId, Verification},
};
use es_entity::{AtomicOperation, DbOp};
use kernel::Error;
use ledger::AccountStatus;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::Deposits;
use crate::{document::Document, rules::Facts};

impl Deposits {
    /// Locks the customer until the transaction ends, and looks at the facts. A RED, a deactivation or a closing that was
    /// committed before is seen; one that comes after waits.
    pub(super) async fn lock(&self, customer: CustomerId) -> Result<(DbOp<'static>, Facts), Error> {
        let mut op = self.outbox.begin_op().await?;
        let row = sqlx::query!(
            "SELECT verification, activity FROM customers WHERE id = $1 FOR NO KEY UPDATE",
            Uuid::from(customer),
        )
        .fetch_optional(op.as_executor())
        .await?
        .ok_or(Error::NO_RECORD)?;
        let facts = self
            .facts(&mut op, customer, &row.verification, &row.activity)
            .await?;
        Ok((op, facts))
    }

    /// What the table depends on for this customer's account, for pages that ask it what to offer. `own` is not known yet.
    ///
    /// # Errors
    /// [`Error::NotFound`]; or when the database does not answer.
    pub async fn account_facts(&self, customer: CustomerId) -> Result<Facts, Error> {
        let row = sqlx::query!(
            "SELECT verification, activity FROM customers WHERE id = $1",
            Uuid::from(customer),
        )
        .fetch_optional(&self.pool)
        .await?
        .ok_or(Error::NO_RECORD)?;
        let account = self.ledger.status(customer.into()).await?;
        self.facts_of(account, &row.verification, &row.activity)
    }

    /// As [`Deposits::account_facts`], of a customer and an account that were read.
    #[must_use]
    pub fn facts_with(&self, customer: &Customer, account: Option<AccountStatus>) -> Facts {
        self.known(account, customer.activity(), customer.verification)
    }

    /// As [`Deposits::account_facts`], for what this subject may do to this document.
    ///
    /// # Errors
    /// As [`Deposits::account_facts`].
    pub async fn document_facts(
        &self,
        subject: &Subject,
        document: &impl Document,
    ) -> Result<Facts, Error> {
        let facts = self.account_facts(document.row().customer_id).await?;
        self.seen_by(&self.pool, subject, document.maker(), facts)
            .await
    }

    async fn facts(
        &self,
        op: &mut impl AtomicOperation,
        customer: CustomerId,
        verification: &str,
        activity: &str,
    ) -> Result<Facts, Error> {
        let account = self.ledger.status_in_op(op, customer.into()).await?;
        self.facts_of(account, verification, activity)
    }

    /// As the customer's row and the ledger say it.
    pub(super) fn facts_of(
        &self,
        account: Option<AccountStatus>,
        verification: &str,
        activity: &str,
    ) -> Result<Facts, Error> {
        let activity = activity.parse();
        let verification = verification.parse();
        Ok(self.known(
            account,
            activity.map_err(|_| Error::unreadable("activity"))?,
            verification.map_err(|_| Error::unreadable("verification"))?,
        ))
    }

    /// The facts of an account and its customer; `own` is not known yet.
    fn known(
        &self,
        account: Option<AccountStatus>,
        activity: Activity,
        verification: Verification,
    ) -> Facts {
        Facts {
            account,
            activity,
            verification,
            allow_unverified: self.settings.allow_unverified,
            own: false,
            perhaps_own: false,
        }
    }

    /// The facts for who asks about a document that somebody made (as the audit log names them, and when), where it matters
    /// whether they are two people.
    pub(super) async fn seen_by(
        &self,
        executor: impl PgExecutor<'_>,
        subject: &Subject,
        (by, at): (&str, DateTime<Utc>),
        facts: Facts,
    ) -> Result<Facts, Error> {
        if self.settings.confirm_own {
            return Ok(facts);
        }
        let eyes = access::eyes_of(executor, subject, by, at).await?;
        Ok(Facts {
            own: eyes == Eyes::Own,
            perhaps_own: eyes == Eyes::PerhapsOne,
            ..facts
        })
    }
}
