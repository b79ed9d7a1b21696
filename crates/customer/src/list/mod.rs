//! Lists and searches. They read columns, never event streams: a page is one indexed query.

mod attention;
mod desk;
pub(crate) mod download;
mod extent;
mod filter;
mod query;
mod rows;
pub(crate) mod search;

use access::{AuditAction, AuditObject, Subject};
use kernel::{Database, Direction, Error, Page, PageRequest};

use crate::onboarding::Onboarding;
pub use attention::Attention;
pub use desk::{Assigned, Snoozed};
pub use download::Download;
pub(crate) use extent::COUNTED_AT_MOST;
pub use extent::Extent;
pub use filter::{Created, CustomerFilter, ProspectFilter};
use query::Narrowed;
pub use rows::{CustomerRow, ProspectRow};

/// The most rows a page may have.
pub const PAGE_AT_MOST: usize = 100;

impl Onboarding {
    /// A page of prospects. That somebody looked at them is written down.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn list_prospects(
        &self,
        subject: &Subject,
        filter: &ProspectFilter,
        page: PageRequest,
    ) -> Result<Page<ProspectRow>, Error> {
        let look = self
            .look(subject, AuditAction::ProspectList, AuditObject::LIST)
            .await?;
        let found = page_of(&self.pool, filter, page).await?;
        look.at(found.rows.iter().map(ProspectFilter::object))
            .await?;
        Ok(found)
    }

    /// The public ids of all prospects that match, in the list's order, so many at most.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn public_ids_of_prospects(
        &self,
        subject: &Subject,
        filter: &ProspectFilter,
        direction: Direction,
        at_most: usize,
    ) -> Result<Vec<String>, Error> {
        self.may_read(subject, AuditAction::ProspectList).await?;
        let all = PageRequest {
            first: at_most,
            after: None,
            before: None,
            direction,
        };
        let found = query::rows(&self.pool, filter, &all, at_most).await?;
        Ok(found.into_iter().map(|row| row.public_id).collect())
    }

    /// A page of customers. That somebody looked at them is written down.
    ///
    /// # Errors
    /// When the subject may not see customers, or the database does not answer.
    pub async fn list_customers(
        &self,
        subject: &Subject,
        filter: &CustomerFilter,
        page: PageRequest,
    ) -> Result<Page<CustomerRow>, Error> {
        let look = self
            .look(subject, AuditAction::CustomerList, AuditObject::LIST)
            .await?;
        let found = page_of(&self.pool, filter, page).await?;
        look.at(found.rows.iter().map(CustomerFilter::object))
            .await?;
        Ok(found)
    }
}

async fn page_of<F: Narrowed>(
    pool: &Database,
    filter: &F,
    page: PageRequest,
) -> Result<Page<F::Row>, sqlx::Error> {
    let first = page.first.clamp(1, PAGE_AT_MOST);
    let rows = query::rows(pool, filter, &page, first + 1).await?;
    Ok(Page::of_request(rows, first, &page, F::place))
}
