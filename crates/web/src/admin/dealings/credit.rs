//! Credit facility proposals.

use ::credit::{
    CreditFacilityProposalId, ProposalStatus,
    rules::{self, Action, Facts},
};
use kernel::{Decision, Error};
use uuid::Uuid;

use super::{
    Dealing, Typed,
    subject::{Document, Subject},
};
use crate::{
    admin::{AdminState, prospects::operations::Offered},
    layout::Viewer,
};

/// Whether the table allows it; whoever asks for it reads why not.
pub fn asked_for(dealing: Dealing, status: Option<ProposalStatus>, facts: &Facts) -> Offered {
    let action = match (dealing, status) {
        (Dealing::ProposeCredit, _) => Action::Propose,
        (Dealing::ApproveCredit, Some(status)) => Action::Approve(status),
        (Dealing::DenyCredit, Some(status)) => Action::Deny(status),
        _ => return Offered::No,
    };
    match rules::may(action, facts) {
        Decision::Do => Offered::Yes,
        Decision::IsSo => Offered::No,
        Decision::Refused(refusal) => Offered::Disabled(refusal.to_string()),
    }
}

/// Does it.
pub async fn perform(
    subject: &Subject,
    state: &AdminState,
    viewer: &Viewer,
    typed: &Typed,
) -> Result<(), Error> {
    let (credit, who) = (&state.credit, &viewer.subject);
    let reason = Some(typed.reason.as_str());
    match (subject.dealing, &subject.document) {
        (Dealing::ProposeCredit, _) => {
            let new = credit
                .check_proposal(
                    who,
                    subject.customer,
                    typed.amount.parse(),
                    &typed.purpose,
                    &typed.note,
                )
                .await?;
            let id = typed.id.unwrap_or_else(Uuid::now_v7);
            credit
                .propose(who, CreditFacilityProposalId::from(id), &new)
                .await?;
        }
        (Dealing::ApproveCredit, Document::Proposal(it)) => {
            credit.approve(who, it.id, reason).await?;
        }
        (Dealing::DenyCredit, Document::Proposal(it)) => {
            credit.deny(who, it.id, reason).await?;
        }
        _ => return Err(Error::NO_RECORD),
    }
    Ok(())
}
