//! What provisioning tells.

use es_entity::AtomicOperation as _;
use kernel::Error;
use uuid::Uuid;

use super::Onboarding;
use crate::{customer::Customer, primitives::CustomerId};

/// A step of a customer's provisioning was done.
#[derive(Debug, Clone)]
pub struct StepProgress {
    /// The customer whose step it is.
    pub customer: CustomerId,
    /// The step's name, for example `login`.
    pub step: &'static str,
    /// What came of it, never personal data.
    pub detail: Option<String>,
    /// It was the last one.
    pub completes: bool,
}

impl Onboarding {
    /// Locks customers, in the order of their ids, until the transaction ends.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn lock_customers_in_op(
        &self,
        op: &mut es_entity::DbOp<'static>,
        mut ids: Vec<Uuid>,
    ) -> Result<(), Error> {
        ids.sort_unstable();
        ids.dedup();
        sqlx::query!(
            "SELECT id FROM customers WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
            &ids
        )
        .fetch_all(op.as_executor())
        .await?;
        Ok(())
    }

    /// Records what provisioning did. The customers have to be locked.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn record_progress_in_op(
        &self,
        op: &mut es_entity::DbOp<'static>,
        progress: &[StepProgress],
    ) -> Result<(), Error> {
        let ids: Vec<CustomerId> = progress.iter().map(|p| p.customer).collect();
        let mut customers = self
            .customers
            .find_all_in_op::<Customer>(&mut *op, &ids)
            .await
            .map_err(Error::store)?;
        for one in progress {
            let Some(customer) = customers.get_mut(&one.customer) else {
                continue;
            };
            customer.step_done(one.step, one.detail.clone());
            if one.completes {
                customer.provisioning_completed();
            }
        }
        let mut changed: Vec<Customer> = customers
            .into_values()
            .filter(Customer::is_changed)
            .collect();
        if !changed.is_empty() {
            self.customers
                .update_all_in_op(op, &mut changed)
                .await
                .map_err(Error::store)?;
        }
        Ok(())
    }
}
