//! A list as a file: all of its rows, batch by batch, so that neither memory nor a transaction is held for who reads slowly. That somebody
//! takes it away is written down before the first row, whose data they are with each batch, and how many rows there were at the end.

use access::{AuditAction, AuditObject, ObjectKind, Permission, Subject};
use futures::{Stream, stream};
use kernel::{Direction, Error, PageRequest};

use super::{CustomerFilter, ProspectFilter, query, query::Narrowed};
use crate::onboarding::Onboarding;

/// Rows that are read at a time.
pub(crate) const BATCH: usize = 500;

/// A list that is taken away.
pub struct Download<F> {
    onboarding: Onboarding,
    subject: Subject,
    filter: F,
    page: PageRequest,
    rows: i64,
    done: bool,
}

impl Onboarding {
    /// The prospects of a list as a file.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn download_prospects(
        &self,
        subject: &Subject,
        filter: ProspectFilter,
        direction: Direction,
    ) -> Result<Download<ProspectFilter>, Error> {
        Download::begin(self, subject, filter, direction).await
    }

    /// The customers of a list as a file.
    ///
    /// # Errors
    /// When the subject may not see customers, or the database does not answer.
    pub async fn download_customers(
        &self,
        subject: &Subject,
        filter: CustomerFilter,
        direction: Direction,
    ) -> Result<Download<CustomerFilter>, Error> {
        Download::begin(self, subject, filter, direction).await
    }

    /// Somebody may take a list away.
    pub(crate) async fn downloads(
        &self,
        subject: &Subject,
        what: AuditAction,
    ) -> Result<(), Error> {
        let may = Permission::CustomerRead;
        Ok(self
            .access()
            .authorize(subject, may, what, AuditObject::LIST)
            .await?)
    }

    /// Somebody has the whole of it: so many rows.
    pub(crate) async fn downloaded(
        &self,
        subject: &Subject,
        what: AuditAction,
        rows: i64,
    ) -> Result<(), Error> {
        let may = Permission::CustomerRead;
        Ok(self
            .access()
            .authorize(subject, may, what, ObjectKind::Download.number(rows))
            .await?)
    }
}

impl<F: Narrowed> Download<F> {
    async fn begin(
        onboarding: &Onboarding,
        subject: &Subject,
        filter: F,
        direction: Direction,
    ) -> Result<Self, Error> {
        onboarding.downloads(subject, F::DOWNLOAD).await?;
        Ok(Self {
            onboarding: onboarding.clone(),
            subject: subject.clone(),
            filter,
            page: PageRequest {
                first: BATCH,
                after: None,
                before: None,
                direction,
            },
            rows: 0,
            done: false,
        })
    }

    /// The rows, batch by batch, each read when it is asked for. It fails when the database does not answer, and at a row that only a
    /// newer version understands: a file that lacks rows is none.
    pub fn into_batches(self) -> impl Stream<Item = Result<Vec<F::Row>, Error>> + Send {
        stream::try_unfold(self, |mut rest| async move {
            let rows = rest.next().await?;
            Ok(rows.map(|rows| (rows, rest)))
        })
    }

    async fn next(&mut self) -> Result<Option<Vec<F::Row>>, Error> {
        if self.done {
            return Ok(None);
        }
        let look = self
            .onboarding
            .look(&self.subject, F::DOWNLOAD, AuditObject::LIST)
            .await?;
        let stored = query::stored(&self.onboarding.pool, &self.filter, &self.page, BATCH).await?;
        self.done = stored.len() < BATCH;
        let rows = stored.into_iter().map(F::Row::try_from);
        let rows: Vec<F::Row> = rows.collect::<Result<_, _>>().map_err(Error::store)?;
        self.page.after = rows.last().map(F::place).or(self.page.after);
        look.at(rows.iter().map(F::object)).await?;
        self.rows = self
            .rows
            .saturating_add(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        if self.done {
            self.onboarding
                .downloaded(&self.subject, F::DOWNLOAD, self.rows)
                .await?;
        }
        Ok(Some(rows))
    }
}
