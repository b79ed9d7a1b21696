//! Looking at one record.

use access::Subject;
use kernel::Error;
use uuid::Uuid;

use super::Onboarding;
use crate::{
    customer::Customer,
    primitives::{Activity, CustomerId},
    prospect::Prospect,
};

impl Onboarding {
    /// One prospect, also after conversion. That somebody looked is written down.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none; or the subject may not see it, or the database does not answer.
    pub async fn prospect_by_public_id(
        &self,
        subject: &Subject,
        public_id: &str,
    ) -> Result<Prospect, Error> {
        let id = sqlx::query_scalar!("SELECT id FROM prospects WHERE public_id = $1", public_id)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(Error::NO_RECORD)?;
        self.prospect(subject, id.into()).await
    }

    /// One customer, and the prospect that it was. That somebody looked is written down, once.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none; or the subject may not see it, or the database does not answer.
    pub async fn customer_by_public_id(
        &self,
        subject: &Subject,
        public_id: &str,
    ) -> Result<(Prospect, Customer), Error> {
        let id = sqlx::query_scalar!("SELECT id FROM customers WHERE public_id = $1", public_id)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(Error::NO_RECORD)?;
        let customer = self.customer(subject, id.into()).await?;
        let prospect = self.find_prospect(id.into()).await?;
        Ok((prospect.ok_or(Error::NO_RECORD)?, customer))
    }

    /// The customer that a portal session is for; their own record needs no permission.
    ///
    /// # Errors
    /// When it could not be read.
    pub async fn own_record(&self, id: CustomerId) -> Result<Option<Customer>, Error> {
        self.find_customer(id).await
    }

    /// The customer's own name, as Sumsub told it, for what the portal prints; none when it told none or it is erased.
    ///
    /// # Errors
    /// When it could not be read.
    pub async fn own_name(&self, id: CustomerId) -> Result<Option<String>, Error> {
        let prospect = self.find_prospect(Uuid::from(id).into()).await?;
        Ok(prospect
            .and_then(|prospect| prospect.personal_data())
            .and_then(|data| data.full_name()))
    }

    /// Whether the portal is open to this customer at this moment, by our own database: neither Rejected, nor
    /// deactivated, nor closed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn may_enter(&self, id: CustomerId) -> Result<bool, Error> {
        let activity = sqlx::query_scalar!(
            "SELECT activity FROM customers WHERE id = $1",
            Uuid::from(id)
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(activity
            .and_then(|activity| activity.parse::<Activity>().ok())
            .is_some_and(Activity::has_access))
    }

    /// The addresses that a customer's last `changes` changes of e-mail replaced, newest first.
    ///
    /// # Errors
    /// When it could not be read.
    pub async fn emails_before(
        &self,
        id: CustomerId,
        changes: usize,
    ) -> Result<Vec<String>, Error> {
        let customer = self.find_customer(id).await?.ok_or(Error::NO_RECORD)?;
        Ok(customer.emails_before(changes))
    }
}
