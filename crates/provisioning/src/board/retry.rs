//! *Retry now*: what failed is tried at once, whatever its back-off.

use access::{AccessError, AuditAction, AuditObject, ObjectKind, Permission, Subject};
use uuid::Uuid;

use super::{Board, WaitsFor};
use crate::{
    rows::{self, select},
    steps,
    transitions::StepEvent,
};

impl Board {
    /// Tries whatever failed for one customer.
    ///
    /// # Errors
    /// When the subject may not, or the database does not answer.
    pub async fn retry_now(&self, subject: &Subject, customer_id: Uuid) -> Result<(), AccessError> {
        self.retry(subject, customer_id, None).await
    }

    /// Tries one step of one customer, if it failed.
    ///
    /// # Errors
    /// When the subject may not, or the database does not answer.
    pub async fn retry_step(
        &self,
        subject: &Subject,
        customer_id: Uuid,
        step: &str,
    ) -> Result<(), AccessError> {
        self.retry(subject, customer_id, Some(step)).await
    }

    /// Tries all that failed and waits for the same. What waits for another step goes on with that one.
    ///
    /// # Errors
    /// When the subject may not, or the database does not answer.
    pub async fn retry_all(
        &self,
        subject: &Subject,
        waits_for: &WaitsFor,
    ) -> Result<(), AccessError> {
        self.may_retry(
            subject,
            ObjectKind::Provisioning.called(waits_for.known_name()),
        )
        .await?;
        let dependency = match waits_for {
            WaitsFor::Person => None,
            WaitsFor::Step | WaitsFor::Dependency(_) => Some(waits_for.name()),
        };
        let mut op = self.pool.begin().await?;
        let failed = select::failed_waiting_for(&mut op, dependency).await?;
        rows::apply_to_all(&mut op, failed, StepEvent::RetryNow).await?;
        op.commit().await?;
        Ok(())
    }

    async fn retry(
        &self,
        subject: &Subject,
        customer_id: Uuid,
        step: Option<&str>,
    ) -> Result<(), AccessError> {
        let kind = match step {
            Some(step) if steps::is_of_prospects(step) => ObjectKind::Prospect,
            _ => ObjectKind::Customer,
        };
        self.may_retry(subject, kind.id(customer_id)).await?;
        let mut op = self.pool.begin().await?;
        let failed = select::failed_of(&mut op, customer_id, step).await?;
        rows::apply_to_all(&mut op, failed, StepEvent::RetryNow).await?;
        op.commit().await?;
        Ok(())
    }

    async fn may_retry(&self, subject: &Subject, object: AuditObject) -> Result<(), AccessError> {
        let permission = Permission::CustomerUpdate;
        self.access
            .authorize(subject, permission, AuditAction::ProvisioningRetry, object)
            .await
    }
}
