//! Erasing personal data for good; the history stands.

use access::{AuditAction, ObjectKind, Permission, Subject};
use chrono::{DateTime, Months, Utc};
use es_entity::AtomicOperation as _;
use kernel::Error;
use uuid::Uuid;

use super::{Onboarding, again::again};
use crate::{
    callback_log::outcomes::ERASED_BODY, contact_claims, customer::Customer, import, link_mail,
    notes, primitives::ProspectId, prospect::Prospect, refresh::request, selection,
};

impl Onboarding {
    /// When the personal data may be erased: so many years after closing. `None` while the record is not closed.
    #[must_use]
    pub fn erasable_from(
        &self,
        prospect: &Prospect,
        customer: Option<&Customer>,
    ) -> Option<DateTime<Utc>> {
        let closed_at = match customer {
            Some(customer) => customer.closed_at(),
            None => prospect.closed_at(),
        };
        let months = self.settings.retention_years.saturating_mul(12);
        closed_at.map(|at| {
            at.checked_add_months(Months::new(months))
                .unwrap_or(DateTime::<Utc>::MAX_UTC)
        })
    }

    /// "Erase personal data" of a closed prospect or closed customer: events, columns, callback bodies, typed reasons,
    /// and what other parts hold. The same again does nothing.
    ///
    /// # Errors
    /// [`Error::Refused`] while it is not closed, or before the years of retention have passed.
    pub async fn erase_personal_data(
        &self,
        subject: &Subject,
        id: ProspectId,
    ) -> Result<(), Error> {
        self.access
            .authorize(
                subject,
                Permission::CustomerErase,
                AuditAction::ProspectErase,
                ObjectKind::Prospect.id(id),
            )
            .await?;
        again(|| async {
            let mut op = self.outbox.begin_op().await?;
            let (mut prospect, customer) = self.lock(&mut op, id).await?;
            if prospect.is_erased() {
                return Ok(());
            }
            match self.erasable_from(&prospect, customer.as_ref()) {
                None => {
                    return Err(Error::refused(
                        "Personal data can be erased only after the record is closed.",
                    ));
                }
                Some(from) if from > clock::now() => {
                    return Err(Error::refused(format!(
                        "The law asks to keep this personal data: it can be erased from {} on (retention.years = {}).",
                        from.format("%Y-%m-%d"),
                        self.settings.retention_years,
                    )));
                }
                Some(_) => {}
            }
            let email = prospect.email();
            prospect.erase(subject.as_text());
            self.save(&mut op, &mut prospect, None).await?;
            self.prospects
                .forget_in_op(&mut op, prospect)
                .await
                .map_err(Error::store)?;
            if let Some(mut customer) = customer {
                customer.erase(subject.as_text());
                self.customers
                    .update_in_op(&mut op, &mut customer)
                    .await
                    .map_err(Error::store)?;
                self.customers
                    .forget_in_op(&mut op, customer)
                    .await
                    .map_err(Error::store)?;
            }
            erase_rows(&mut op, id.into()).await?;
            notes::erase(&mut op, id.into()).await?;
            link_mail::erase(&mut op, id.into()).await?;
            selection::erase(&mut op, id.into()).await?;
            import::erase_person(&mut op, id.into(), email.as_deref()).await?;
            contact_claims::release(&mut op, id.into()).await?;
            request::withdraw(&mut op, id).await?;
            for holder in self.holders.iter() {
                holder.erase_in_op(&mut op, id.into()).await?;
            }
            op.commit().await?;
            tracing::info!(prospect = %id, "personal data erased");
            Ok(())
        })
        .await
    }
}

/// What stands beside the entities. A body's digest stays: the same callback again is known and not stored anew.
async fn erase_rows(op: &mut es_entity::DbOp<'static>, id: Uuid) -> Result<(), sqlx::Error> {
    let callbacks = sqlx::query_scalar!(
        r#"
        UPDATE callbacks SET body = $3, raw = NULL, reason = CASE WHEN outcome = 'failed' THEN 'processing failed' ELSE reason END
        WHERE prospect_id = $1 OR external_user_id = $2
           OR applicant_id IN (SELECT applicant_id FROM applicants WHERE prospect_id = $1)
        RETURNING id
        "#,
        id,
        id.to_string(),
        ERASED_BODY,
    )
    .fetch_all(op.as_executor())
    .await?;
    sqlx::query!(
        "UPDATE raised SET resolution = NULL WHERE prospect_id = $1 OR callback_id = ANY($2)",
        id,
        &callbacks,
    )
    .execute(op.as_executor())
    .await?;
    sqlx::query!(
        "UPDATE duplicate_decisions SET reason = NULL WHERE one_id = $1 OR other_id = $1",
        id,
    )
    .execute(op.as_executor())
    .await?;
    sqlx::query!(
        r#"
        UPDATE raised SET resolution = NULL FROM duplicate_decisions AS pair
        WHERE raised.other_id = $1 AND $1 IN (pair.one_id, pair.other_id)
          AND raised.prospect_id = CASE pair.one_id WHEN $1 THEN pair.other_id ELSE pair.one_id END
        "#,
        id,
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}
