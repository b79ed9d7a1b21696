//! Verification links: making one, and to whom it may be shown.

use access::{AuditAction, Permission, Subject};
use kernel::Error;
use sumsub::LinkRequest;

use super::Onboarding;
use crate::{
    customer::Customer,
    kyc::{CustomerAction, ProspectAction},
    primitives::ProspectId,
    prospect::{LinkRecord, Prospect},
    refresh::RefreshRequest,
};

/// The rows *generate link* of the tables in [`crate::kyc::actions`].
pub(super) const GENERATE_LINK: (ProspectAction, CustomerAction) =
    (ProspectAction::GenerateLink, CustomerAction::GenerateLink);

/// What there is to show of a record's verification link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkToShow<'a> {
    /// There is nothing to verify (any more): a link that was made is of no use to anybody.
    NothingToVerify,
    /// None was made yet.
    NotMade,
    /// The newest; it may have ended.
    Newest(&'a LinkRecord),
}

impl Onboarding {
    /// The verification link, as long as another one could be made: where the tables of actions refuse one, the
    /// old one is of no use either. Give the `customer` that the prospect has become.
    #[must_use]
    pub fn link_to_show<'a>(
        &self,
        prospect: &'a Prospect,
        customer: Option<&Customer>,
    ) -> LinkToShow<'a> {
        match (
            self.either_may(prospect, customer, GENERATE_LINK),
            &prospect.kyc.link,
        ) {
            (Err(_), _) => LinkToShow::NothingToVerify,
            (Ok(()), None) => LinkToShow::NotMade,
            (Ok(()), Some(link)) => LinkToShow::Newest(link),
        }
    }

    /// Whether the link itself is for this subject: with it one verifies in the person's place, so only who may make one gets
    /// it. That there is one, and until when, is for everybody who may see the record.
    #[must_use]
    pub fn may_have_link(&self, subject: &Subject) -> bool {
        subject.may(Permission::CustomerUpdate)
    }

    /// Asks Sumsub for a verification link and records it. Nothing is recorded when Sumsub refuses.
    ///
    /// # Errors
    /// Sumsub's own words; or that the prospect's stage does not allow it.
    pub async fn generate_link(
        &self,
        subject: &Subject,
        id: ProspectId,
    ) -> Result<LinkRecord, Error> {
        self.may_update(subject, AuditAction::ProspectGenerateLink, id)
            .await?;
        self.make_link(id, subject.as_text()).await
    }

    /// As [`Onboarding::generate_link`], for who asked is written down as `by`.
    pub(super) async fn make_link(&self, id: ProspectId, by: String) -> Result<LinkRecord, Error> {
        let prospect = self.find_prospect(id).await?.ok_or(Error::NO_RECORD)?;
        let customer = self.find_customer(id.into()).await?;
        self.either_may(&prospect, customer.as_ref(), GENERATE_LINK)?;
        let level = self
            .settings
            .levels
            .level_for(prospect.customer_type)
            .to_owned();
        let ttl = self.settings.link_ttl;
        let created_at = clock::now();
        let link = self
            .sumsub
            .create_link(&LinkRequest {
                level_name: level.clone(),
                user_id: id.to_string(),
                ttl,
                email: prospect.email(),
                phone: None,
                redirect: None,
            })
            .await?;
        let expires_at =
            created_at + chrono::TimeDelta::from_std(ttl).unwrap_or(chrono::TimeDelta::MAX);
        // Sumsub has been asked outside of any transaction: look again, the prospect may have moved on.
        let mut op = self.outbox.begin_op().await?;
        let (mut prospect, customer) = self.lock(&mut op, id).await?;
        self.either_may(&prospect, customer.as_ref(), GENERATE_LINK)?;
        if self.settings.levels.level_for(prospect.customer_type) != level {
            return Err(Error::refused(
                "The customer type was changed meanwhile: generate the link again.",
            ));
        }
        let record = LinkRecord {
            url: Some(link.url.to_string()),
            level,
            created_at,
            expires_at,
            created_by: by,
            sent_at: None,
            opened_at: None,
        };
        prospect.record_link(
            link.url.to_string(),
            record.level.clone(),
            created_at,
            expires_at,
            record.created_by.clone(),
        );
        self.prospects
            .update_in_op(&mut op, &mut prospect)
            .await
            .map_err(Error::store)?;
        if customer.is_none() {
            self.settings
                .refresh_schedule
                .request(&mut op, &[(id, RefreshRequest::SweepProspect)])
                .await?;
        }
        op.commit().await?;
        Ok(record)
    }
}
