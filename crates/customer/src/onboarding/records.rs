//! Reading, locking and writing one record, and asking the tables what may be done to it.

use es_entity::AtomicOperation as _;
use kernel::Error;
use uuid::Uuid;

use super::Onboarding;
use crate::{
    customer::Customer,
    kyc::{CustomerAction, ProspectAction, customer_may, prospect_may},
    primitives::{CustomerId, ProspectId},
    prospect::Prospect,
};

impl Onboarding {
    pub(super) async fn find_prospect(&self, id: ProspectId) -> Result<Option<Prospect>, Error> {
        let mut reading = self.pool.reading().await?;
        let found = self
            .prospects
            .maybe_find_by_id_in_op(&mut reading, id)
            .await;
        reading.end(found.map_err(Error::store)).await
    }

    pub(super) async fn find_customer(&self, id: CustomerId) -> Result<Option<Customer>, Error> {
        let mut reading = self.pool.reading().await?;
        let found = self
            .customers
            .maybe_find_by_id_in_op(&mut reading, id)
            .await;
        reading.end(found.map_err(Error::store)).await
    }

    /// A prospect as it stands in this transaction, for who has locked it.
    pub(crate) async fn prospect_in_op(
        &self,
        op: &mut es_entity::DbOp<'static>,
        id: ProspectId,
    ) -> Result<Prospect, Error> {
        self.prospects
            .find_by_id_in_op(&mut *op, id)
            .await
            .map_err(Error::store)
    }

    /// Locks a prospect and its customer until the transaction ends, and reads them.
    pub(crate) async fn lock(
        &self,
        op: &mut es_entity::DbOp<'static>,
        id: ProspectId,
    ) -> Result<(Prospect, Option<Customer>), Error> {
        let id_of_both = Uuid::from(id);
        sqlx::query_scalar!(
            "SELECT id FROM prospects WHERE id = $1 FOR NO KEY UPDATE",
            id_of_both
        )
        .fetch_optional(op.as_executor())
        .await?
        .ok_or(Error::NO_RECORD)?;
        let converted = sqlx::query_scalar!(
            "SELECT id FROM customers WHERE id = $1 FOR NO KEY UPDATE",
            id_of_both
        )
        .fetch_optional(op.as_executor())
        .await?;
        let prospect = self.prospect_in_op(op, id).await?;
        let customer = match converted {
            Some(_) => Some(
                self.customers
                    .find_by_id_in_op(&mut *op, CustomerId::from(id))
                    .await
                    .map_err(Error::store)?,
            ),
            None => None,
        };
        Ok((prospect, customer))
    }

    pub(super) async fn save(
        &self,
        op: &mut es_entity::DbOp<'static>,
        prospect: &mut Prospect,
        customer: Option<&mut Customer>,
    ) -> Result<(), Error> {
        if prospect.is_changed() {
            self.prospects
                .update_in_op(&mut *op, prospect)
                .await
                .map_err(Error::store)?;
        }
        if let Some(customer) = customer.filter(|customer| customer.is_changed()) {
            self.customers
                .update_in_op(&mut *op, customer)
                .await
                .map_err(Error::store)?;
        }
        Ok(())
    }

    /// Asks the customer's table, when the prospect has become one, else the prospect's.
    pub(super) fn either_may(
        &self,
        prospect: &Prospect,
        customer: Option<&Customer>,
        (of_prospect, of_customer): (ProspectAction, CustomerAction),
    ) -> Result<(), Error> {
        let may = match customer {
            Some(customer) => customer_may(of_customer, customer.facts(&prospect.kyc)),
            None => prospect_may(of_prospect, self.facts(prospect)),
        };
        may.allowed().map(|_| ())
    }
}
