//! What waits for whoever looks: the proposal that they decide next.

use access::{Permission, Subject};
use kernel::{Decision, Error};

use super::Credit;
use crate::{
    CreditFacilityProposal, lists,
    rules::{self, Action},
};

/// Of so many that wait longest, one is looked for that this subject may decide.
const LOOKED_AT: usize = 20;

impl Credit {
    /// The proposal that has waited longest of those that this subject may approve as things stand; none when there is none, or
    /// the subject decides nothing. That somebody looked at it is written down.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn next_to_decide(
        &self,
        subject: &Subject,
    ) -> Result<Option<CreditFacilityProposal>, Error> {
        if !subject.may(Permission::CreditDecide) || !subject.may(Permission::CustomerRead) {
            return Ok(None);
        }
        let waiting = lists::waiting(&self.pool, None, LOOKED_AT).await?;
        for row in waiting.rows {
            let proposal = self.find(row.id).await?;
            let facts = self.proposal_facts(subject, &proposal).await?;
            if matches!(
                rules::may(Action::Approve(proposal.status), &facts),
                Decision::Do
            ) {
                return self.proposal(subject, proposal.id).await.map(Some);
            }
        }
        Ok(None)
    }
}
