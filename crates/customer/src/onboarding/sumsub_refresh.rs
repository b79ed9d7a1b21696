//! "Refresh from Sumsub".

use access::{AuditAction, Subject};
use kernel::Error;

use super::Onboarding;
use crate::{
    kyc::{CustomerAction, ProspectAction},
    primitives::ProspectId,
};

impl Onboarding {
    /// Asks Sumsub now. What it answers goes into the callback log, and is judged like a callback; the personal data
    /// is recorded too.
    ///
    /// # Errors
    /// Sumsub's own words; [`Error::Refused`] when the record is closed, or Sumsub has no applicant for it.
    pub async fn refresh_from_sumsub(
        &self,
        subject: &Subject,
        id: ProspectId,
    ) -> Result<(), Error> {
        self.may_update(subject, AuditAction::ProspectRefresh, id)
            .await?;
        let prospect = self.find_prospect(id).await?.ok_or(Error::NO_RECORD)?;
        let customer = self.find_customer(id.into()).await?;
        let refresh = (ProspectAction::Refresh, CustomerAction::Refresh);
        self.either_may(&prospect, customer.as_ref(), refresh)?;
        self.refresher().refresh_now(id).await
    }
}
