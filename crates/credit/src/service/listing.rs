//! The list of all proposals, for who may see customers (CUSTOMER_READ): looked at, added up, kept as a file.

use access::{AuditAction, AuditObject, Permission, Subject};
use kernel::{Cursor, Error, MoneyFilter, Page, Totals};

use super::Credit;
use crate::{ProposalRow, ProposalStatus, lists};

impl Credit {
    /// The proposals to all customers that a filter lets through, newest first, at most `first` ([`crate::PAGE_AT_MOST`]) after a
    /// cursor. That somebody looked at them is written down.
    ///
    /// # Errors
    /// When the subject may not, or the database does not answer.
    pub async fn list_proposals(
        &self,
        subject: &Subject,
        filter: &MoneyFilter<ProposalStatus>,
        after: Option<Cursor>,
        first: usize,
    ) -> Result<Page<ProposalRow>, Error> {
        let look = self
            .look(subject, AuditAction::CreditProposalList, AuditObject::LIST)
            .await?;
        let found = lists::all::page(&self.pool, filter, after, first).await?;
        look.at(found.rows.iter().flat_map(ProposalRow::objects))
            .await?;
        Ok(found)
    }

    /// What those proposals come to, on all pages together.
    ///
    /// # Errors
    /// As [`Credit::list_proposals`].
    pub async fn proposal_totals(
        &self,
        subject: &Subject,
        filter: &MoneyFilter<ProposalStatus>,
    ) -> Result<Totals<ProposalStatus>, Error> {
        let (may, what) = (Permission::CustomerRead, AuditAction::CreditProposalList);
        let access = &self.access;
        access.permit(subject, may, what, AuditObject::LIST).await?;
        lists::all::totals(&self.pool, filter).await
    }

    /// Somebody is about to keep a list of proposals as a file, which the audit log says; whose data are in it, the looks at its
    /// pages say.
    ///
    /// # Errors
    /// When the subject may not, or it could not be written down.
    pub async fn download(&self, subject: &Subject) -> Result<(), Error> {
        let may = Permission::CustomerRead;
        let what = AuditAction::CreditProposalDownload;
        self.authorize(subject, may, what, AuditObject::LIST).await
    }
}
