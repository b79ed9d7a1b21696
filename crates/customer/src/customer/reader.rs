use es_entity::AtomicOperation;
use kernel::Error;
use outbox::Outbox;
use sqlx::PgPool;
use uuid::Uuid;

use super::{Customer, Customers};
use crate::primitives::CustomerId;

/// Reads customers for the services whose own changes depend on how a customer stands. Changes nothing.
#[derive(Clone)]
pub struct CustomerReader {
    customers: Customers,
}

impl CustomerReader {
    /// Reads from this database.
    #[must_use]
    pub fn new(pool: PgPool, outbox: Outbox) -> Self {
        Self {
            customers: Customers::new(pool, outbox),
        }
    }

    /// Locks the customer until the transaction ends, and reads it. What was committed before is seen, what comes after
    /// waits.
    ///
    /// # Errors
    /// [`Error::NotFound`]; or when it can't be read (now).
    pub async fn lock_in_op(
        &self,
        op: &mut impl AtomicOperation,
        id: CustomerId,
    ) -> Result<Customer, Error> {
        sqlx::query_scalar!(
            "SELECT id FROM customers WHERE id = $1 FOR NO KEY UPDATE",
            Uuid::from(id)
        )
        .fetch_optional(op.as_executor())
        .await?
        .ok_or(Error::NO_RECORD)?;
        self.find_in_op(op, id).await
    }

    /// Reads the customer as it stands.
    ///
    /// # Errors
    /// As [`CustomerReader::lock_in_op`].
    pub async fn find_in_op(
        &self,
        op: &mut impl AtomicOperation,
        id: CustomerId,
    ) -> Result<Customer, Error> {
        self.customers
            .maybe_find_by_id_in_op(op, id)
            .await
            .map_err(Error::store)?
            .ok_or(Error::NO_RECORD)
    }
}
