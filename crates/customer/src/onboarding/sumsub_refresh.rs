//! "Refresh from Sumsub".

use access::Subject;

use super::{Onboarding, allowed};
use crate::{
    error::OnboardingError,
    kyc::{CustomerAction, ProspectAction, customer_may, prospect_may},
    primitives::ProspectId,
};

impl Onboarding {
    /// Asks Sumsub now. What it answers goes into the callback log, and is judged like a callback; the personal data
    /// is recorded too.
    ///
    /// # Errors
    /// Sumsub's own words; [`OnboardingError::Refused`] when the record is closed, or Sumsub has no applicant for it.
    pub async fn refresh_from_sumsub(
        &self,
        subject: &Subject,
        id: ProspectId,
    ) -> Result<(), OnboardingError> {
        self.may_update(subject, "prospect.refresh", id).await?;
        let prospect = self
            .find_prospect(id)
            .await?
            .ok_or(OnboardingError::NotFound)?;
        let may = match self.find_customer(id.into()).await? {
            Some(customer) => customer_may(
                CustomerAction::Refresh,
                customer.facts(prospect.kyc.green_after_red()),
            ),
            None => prospect_may(ProspectAction::Refresh, self.facts(&prospect)),
        };
        allowed(may)?;
        if self.refresher().look(id, true).await? {
            Ok(())
        } else {
            Err(OnboardingError::refused(
                "Sumsub has no applicant for this prospect yet: nobody has opened the verification link.",
            ))
        }
    }
}
