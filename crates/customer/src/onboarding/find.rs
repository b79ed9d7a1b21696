//! Looking up by what programs know: UUIDs, an e-mail address, and many at once.

use kernel::Error;
use std::collections::HashMap;

use access::{AuditAction, AuditObject, ObjectKind, Subject};
use uuid::Uuid;

use super::Onboarding;
use crate::{
    contact::Email,
    customer::Customer,
    primitives::{CustomerId, ProspectId},
    prospect::Prospect,
};

impl Onboarding {
    /// One prospect by its UUID, also after conversion. That somebody looked is written down.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none; or the subject may not see it, or the database does not answer.
    pub async fn prospect(&self, subject: &Subject, id: ProspectId) -> Result<Prospect, Error> {
        let found = self.find_prospect(id).await?.ok_or(Error::NO_RECORD)?;
        let object = ObjectKind::Prospect.id(id);
        let look = self
            .look(subject, AuditAction::ProspectRead, object)
            .await?;
        look.at([object]).await?;
        Ok(found)
    }

    /// One customer by its UUID. That somebody looked is written down.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none; or the subject may not see it, or the database does not answer.
    pub async fn customer(&self, subject: &Subject, id: CustomerId) -> Result<Customer, Error> {
        let found = self.find_customer(id).await?.ok_or(Error::NO_RECORD)?;
        let object = ObjectKind::Customer.id(id);
        let look = self
            .look(subject, AuditAction::CustomerRead, object)
            .await?;
        look.at([object]).await?;
        Ok(found)
    }

    /// The customer with this e-mail address, in any case and form; of several the one that is not closed, then the newest. That
    /// somebody looked is written down.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none; or the subject may not see it, or the database does not answer.
    pub async fn customer_by_email(
        &self,
        subject: &Subject,
        email: &str,
    ) -> Result<Customer, Error> {
        // What is no address is nobody's.
        let email: Email = email.parse().map_err(|_| Error::NO_RECORD)?;
        let id = sqlx::query_scalar!(
            "SELECT id FROM customers WHERE lower(email COLLATE \"C\") = $1
             ORDER BY activity = 'closed', created_at DESC LIMIT 1",
            email.key(),
        )
        .fetch_optional(&self.pool)
        .await?
        .ok_or(Error::NO_RECORD)?;
        self.customer(subject, id.into()).await
    }

    /// Those of these prospects that there are, by UUID, in a fixed number of statements. That somebody looked at them is
    /// written down.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn prospects(
        &self,
        subject: &Subject,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, Prospect>, Error> {
        let look = self
            .look(subject, AuditAction::ProspectList, AuditObject::LIST)
            .await?;
        let ids: Vec<ProspectId> = ids.iter().copied().map(ProspectId::from).collect();
        let found = self
            .prospects
            .find_all::<Prospect>(&ids)
            .await
            .map_err(Error::store)?;
        look.at(found.keys().map(|id| ObjectKind::Prospect.id(*id)))
            .await?;
        Ok(found
            .into_iter()
            .map(|(id, prospect)| (id.into(), prospect))
            .collect())
    }

    /// Those of these customers that there are; as [`Onboarding::prospects`].
    ///
    /// # Errors
    /// When the subject may not see customers, or the database does not answer.
    pub async fn customers(
        &self,
        subject: &Subject,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, Customer>, Error> {
        let look = self
            .look(subject, AuditAction::CustomerList, AuditObject::LIST)
            .await?;
        let ids: Vec<CustomerId> = ids.iter().copied().map(CustomerId::from).collect();
        let found = self
            .customers
            .find_all::<Customer>(&ids)
            .await
            .map_err(Error::store)?;
        look.at(found.keys().map(|id| ObjectKind::Customer.id(*id)))
            .await?;
        Ok(found
            .into_iter()
            .map(|(id, customer)| (id.into(), customer))
            .collect())
    }

    /// The UUIDs that belong to public ids, of prospects and customers (they share both).
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn ids_of(
        &self,
        subject: &Subject,
        public_ids: &[String],
    ) -> Result<HashMap<String, Uuid>, Error> {
        self.may_read(subject, AuditAction::ProspectList).await?;
        let rows = sqlx::query!(
            "SELECT id, public_id FROM prospects WHERE public_id = ANY($1)",
            public_ids
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.public_id, row.id))
            .collect())
    }

    /// The public ids of those of these prospects (and customers: they share it) that there are.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn public_ids(
        &self,
        subject: &Subject,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, String>, Error> {
        self.may_read(subject, AuditAction::ProspectList).await?;
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = sqlx::query!(
            "SELECT id, public_id FROM prospects WHERE id = ANY($1)",
            ids
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.id, row.public_id))
            .collect())
    }
}
