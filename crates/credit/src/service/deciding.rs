//! The bank's yes or no, by another than who proposed.

use access::{AuditAction, ObjectKind, Permission, Subject};
use kernel::{Error, Reason, run_uncancelled};

use super::Credit;
use crate::{CreditFacilityProposal, CreditFacilityProposalId, rules::Action};

/// Which of the two.
#[derive(Clone, Copy)]
enum Verdict {
    Approve,
    Deny,
}

impl Credit {
    /// "Approve" what the customer accepted: the bank's credit system hears of it. Looks again whether the customer may be
    /// considered. `reason` may be left out.
    ///
    /// # Errors
    /// [`Error::Refused`] by the table ([`crate::rules::may`]); [`Error::Invalid`] when the reason can't be taken.
    pub async fn approve(
        &self,
        subject: &Subject,
        id: CreditFacilityProposalId,
        reason: Option<&str>,
    ) -> Result<CreditFacilityProposal, Error> {
        self.decide(subject, id, Verdict::Approve, reason).await
    }

    /// "Deny" what the customer accepted. `reason` may be left out.
    ///
    /// # Errors
    /// As [`Credit::approve`].
    pub async fn deny(
        &self,
        subject: &Subject,
        id: CreditFacilityProposalId,
        reason: Option<&str>,
    ) -> Result<CreditFacilityProposal, Error> {
        self.decide(subject, id, Verdict::Deny, reason).await
    }

    async fn decide(
        &self,
        subject: &Subject,
        id: CreditFacilityProposalId,
        decision: Verdict,
        reason: Option<&str>,
    ) -> Result<CreditFacilityProposal, Error> {
        let (credit, subject) = (self.clone(), subject.clone());
        let reason = reason.unwrap_or_default().trim().to_owned();
        run_uncancelled(async move { credit.do_decide(&subject, id, decision, &reason).await })
            .await
    }

    async fn do_decide(
        &self,
        subject: &Subject,
        id: CreditFacilityProposalId,
        decision: Verdict,
        reason: &str,
    ) -> Result<CreditFacilityProposal, Error> {
        let name = match decision {
            Verdict::Approve => AuditAction::CreditProposalApprove,
            Verdict::Deny => AuditAction::CreditProposalDeny,
        };
        let object = ObjectKind::CreditProposal.id(id);
        self.authorize(subject, Permission::CreditDecide, name, object)
            .await?;
        let reason = match reason {
            "" => None,
            typed => Some(typed.parse::<Reason>()?),
        };
        let whose = self.find(id).await?.customer_id;
        match decision {
            Verdict::Approve => {
                self.act(subject, (whose, id), Action::Approve, |proposal, by| {
                    proposal.approve(reason.as_ref(), by);
                })
                .await
            }
            Verdict::Deny => {
                self.act(subject, (whose, id), Action::Deny, |proposal, by| {
                    proposal.deny(reason.as_ref(), by);
                })
                .await
            }
        }
    }
}
