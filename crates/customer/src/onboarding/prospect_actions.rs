//! What operators do to a prospect. Each is safe to repeat: what is so already is answered with success and records
//! nothing.

use access::{AuditAction, ObjectKind, Permission, Subject};
use kernel::{Error, Reason};

use super::{Onboarding, again::again};
use crate::{
    callback_log::rejudge::MarkRejudgement,
    contact_claims::{self, Claim, EMAIL, TELEGRAM},
    customer::NewCustomer,
    duplicates,
    input::unknown_type,
    kyc::{ProspectAction, prospect_may},
    link_mail,
    ports::LinkWish,
    primitives::{CustomerType, ProspectId},
    refresh::{RefreshRequest, request},
};

impl Onboarding {
    /// "Close": what was taken (e-mail, handle) is free again, callbacks are recorded only.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a reason, [`Error::Refused`] once it is a customer.
    pub async fn close_prospect(
        &self,
        subject: &Subject,
        id: ProspectId,
        reason: &str,
    ) -> Result<(), Error> {
        self.may_update(subject, AuditAction::ProspectClose, id)
            .await?;
        let reason: Reason = reason.parse()?;
        again(|| async {
            let mut op = self.outbox.begin_op().await?;
            let (mut prospect, _) = self.lock(&mut op, id).await?;
            if prospect_may(ProspectAction::Close, self.facts(&prospect)).allowed()? {
                prospect.close(&reason, subject.as_text());
                self.save(&mut op, &mut prospect, None).await?;
                contact_claims::release(&mut op, id.into()).await?;
                request::withdraw(&mut op, id).await?;
                duplicates::settle_closed(&mut op, id.into(), &subject.as_text()).await?;
                link_mail::withdraw(&mut op, id).await?;
                self.wish(&mut op, id, LinkWish::Withdraw).await?;
                op.commit().await?;
            }
            Ok(())
        })
        .await
    }

    /// "Reopen": New, and the callback that holds the mark is judged again.
    ///
    /// # Errors
    /// [`Error::Refused`] when the e-mail or handle is somebody's by now, or the personal data was erased.
    pub async fn reopen_prospect(
        &self,
        subject: &Subject,
        id: ProspectId,
        reason: &str,
    ) -> Result<(), Error> {
        self.may_update(subject, AuditAction::ProspectReopen, id)
            .await?;
        let reason: Reason = reason.parse()?;
        again(|| self.reopen_once(subject, id, &reason)).await
    }

    async fn reopen_once(
        &self,
        subject: &Subject,
        id: ProspectId,
        reason: &Reason,
    ) -> Result<(), Error> {
        let seen = self.find_prospect(id).await?;
        let mark = seen.ok_or(Error::NO_RECORD)?.kyc.mark_callback;
        let mut op = self.outbox.begin_op().await?;
        let mark_rejudgement = MarkRejudgement::lock(&mut op, id, mark).await?;
        let (mut prospect, _) = self.lock(&mut op, id).await?;
        if !prospect_may(ProspectAction::Reopen, self.facts(&prospect)).allowed()? {
            return Ok(());
        }
        if prospect.kyc.mark_callback != mark {
            return Err(Error::Store {
                blocked: false,
                message: "a callback came in at the same moment".to_owned(),
                transient: true,
            });
        }
        let owned = [
            (EMAIL, prospect.email()),
            (TELEGRAM, prospect.telegram_handle()),
        ];
        for (kind, value) in owned {
            let value = value.map(|value| value.to_lowercase());
            if let Claim::Refused =
                contact_claims::replace(&mut op, id.into(), kind, value.as_deref()).await?
            {
                return Err(Error::refused(match kind {
                    EMAIL => {
                        "The e-mail address belongs to another prospect or customer by now: close that one first, or create a new prospect."
                    }
                    _ => {
                        "The Telegram handle belongs to another prospect or customer by now: close that one first, or create a new prospect."
                    }
                }));
            }
        }
        prospect.reopen(reason, subject.as_text());
        self.settings
            .refresh_schedule
            .request(&mut op, &[(id, RefreshRequest::SweepProspect)])
            .await?;
        self.drain()
            .judge_again(&mut op, prospect, mark_rejudgement)
            .await?;
        op.commit().await?;
        Ok(())
    }

    /// "Convert": a customer past KYC: level Not KYCed, Pending Verification.
    ///
    /// # Errors
    /// [`Error::Refused`] when the bank switched it off, or the stage does not allow it.
    pub async fn convert_by_hand(
        &self,
        subject: &Subject,
        id: ProspectId,
        reason: &str,
    ) -> Result<(), Error> {
        self.access
            .authorize(
                subject,
                Permission::CustomerConvert,
                AuditAction::ProspectConvert,
                ObjectKind::Prospect.id(id),
            )
            .await?;
        let reason: Reason = reason.parse()?;
        again(|| async {
            let mut op = self.outbox.begin_op().await?;
            let (mut prospect, _) = self.lock(&mut op, id).await?;
            if !prospect_may(ProspectAction::Convert, self.facts(&prospect)).allowed()? {
                return Ok(());
            }
            prospect.convert_by_hand(&reason, subject.as_text());
            self.save(&mut op, &mut prospect, None).await?;
            self.customers
                .create_in_op(&mut op, NewCustomer::by_hand(&prospect, subject.as_text()))
                .await
                .map_err(Error::store)?;
            self.settings
                .refresh_schedule
                .request(&mut op, &[(id, RefreshRequest::SweepCustomer)])
                .await?;
            op.commit().await?;
            Ok(())
        })
        .await
    }

    /// "Change type", while New; a link that was made is void. `customer_type` is the name of a [`CustomerType`].
    ///
    /// # Errors
    /// [`Error::Invalid`] for an unknown type, [`Error::Refused`] when it is not New any more.
    pub async fn change_customer_type(
        &self,
        subject: &Subject,
        id: ProspectId,
        customer_type: &str,
    ) -> Result<(), Error> {
        self.may_update(subject, AuditAction::ProspectChangeType, id)
            .await?;
        let customer_type: CustomerType = customer_type.parse().map_err(|_| unknown_type())?;
        again(|| async {
            let mut op = self.outbox.begin_op().await?;
            let (mut prospect, _) = self.lock(&mut op, id).await?;
            if prospect.customer_type == customer_type {
                return Ok(());
            }
            prospect_may(ProspectAction::ChangeType, self.facts(&prospect)).allowed()?;
            prospect.change_type(customer_type, subject.as_text());
            self.save(&mut op, &mut prospect, None).await?;
            op.commit().await?;
            Ok(())
        })
        .await
    }

    /// Asks for CUSTOMER_UPDATE and writes the decision down.
    pub(crate) async fn may_update(
        &self,
        subject: &Subject,
        action: AuditAction,
        id: ProspectId,
    ) -> Result<(), Error> {
        let object = ObjectKind::Prospect.id(id);
        self.access
            .authorize(subject, Permission::CustomerUpdate, action, object)
            .await?;
        Ok(())
    }
}
