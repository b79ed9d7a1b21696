//! Imports of prospects from files: the GraphQL types. Files are uploaded in the panel; programs create prospects with
//! `prospectCreate`.

use ::customer::import::{self as domain, RowsAsked};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use kernel::Error;
use uuid::Uuid;

use crate::{
    connection::{Connection, PageArgs, cost},
    error::ApiError,
    request::{caller, services},
    scalars::{PublicId, Timestamp},
};

/// What becomes of a row of an imported file.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::RowOutcome")]
pub(crate) enum ImportRowOutcome {
    /// It can't be created, or could not be.
    Error,
    /// Its e-mail address is an open prospect's or customer's.
    AlreadyThere,
    /// It can be created; the import was not started.
    Ready,
    /// It waits for its turn.
    Queued,
    /// It was created.
    Created,
}

/// What became of the rows of an import so far.
#[derive(SimpleObject)]
struct ImportCounts {
    /// All rows of the file.
    total: i64,
    /// They can't be created, or could not be.
    errors: i64,
    /// Their e-mail address is an open prospect's or customer's.
    already_there: i64,
    /// They can be created; the import was not started.
    ready: i64,
    /// They wait for their turn.
    queued: i64,
    /// They were created.
    created: i64,
}

/// A row of an imported file.
#[derive(SimpleObject)]
struct ImportRow {
    /// Which line of the file; its head is line 1.
    line: i32,
    /// As the file has it; null once it is erased.
    email: Option<String>,
    /// As the file has it; null once it is erased.
    telegram_handle: Option<String>,
    /// As the file has it; null once it is erased.
    customer_type: Option<String>,
    /// What became of it.
    outcome: ImportRowOutcome,
    /// Why it was not created, in a sentence.
    problem: Option<String>,
    /// The UUID of the prospect that it became, or of who has its e-mail address or handle.
    prospect_id: Option<Uuid>,
    /// The short number of the same.
    public_id: Option<PublicId>,
}

impl From<domain::ImportRow> for ImportRow {
    fn from(row: domain::ImportRow) -> Self {
        Self {
            line: row.line,
            email: row.email,
            telegram_handle: row.telegram_handle,
            customer_type: row.customer_type,
            outcome: row.outcome.into(),
            problem: row.problem,
            prospect_id: row.prospect.as_ref().map(|prospect| prospect.id),
            public_id: row.prospect.map(|prospect| PublicId(prospect.public_id)),
        }
    }
}

/// The GraphQL type `ProspectImport`.
pub(crate) struct ProspectImport(domain::Import);

/// A file of prospects that was uploaded, and how far its import is.
#[Object]
impl ProspectImport {
    /// The import's number, counted upwards.
    async fn import_id(&self) -> ID {
        self.0.id.into()
    }

    /// What the file was called; null once it is erased.
    async fn file_name(&self) -> Option<&str> {
        self.0.file_name.as_deref()
    }

    /// When the file was uploaded.
    async fn uploaded_at(&self) -> Timestamp {
        self.0.uploaded_at.into()
    }

    /// When the import was started; null while it was not.
    async fn started_at(&self) -> Option<Timestamp> {
        self.0.started_at.map(Into::into)
    }

    /// When its last row was done; null until then.
    async fn finished_at(&self) -> Option<Timestamp> {
        self.0.finished_at.map(Into::into)
    }

    /// Whether those who are created are mailed the verification link.
    async fn sends_link(&self) -> bool {
        self.0.sends_link
    }

    /// Since when the personal data of its rows is gone; null until then.
    async fn erased_at(&self) -> Option<Timestamp> {
        self.0.erased_at.map(Into::into)
    }

    /// What became of its rows so far.
    async fn counts(&self) -> ImportCounts {
        let counts = self.0.counts;
        ImportCounts {
            total: counts.total(),
            errors: counts.errors,
            already_there: counts.already_there,
            ready: counts.ready,
            queued: counts.queued,
            created: counts.created,
        }
    }

    /// Its rows, in the order of the file.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Only those of this outcome; all when absent.")] outcome: Option<
            ImportRowOutcome,
        >,
    ) -> Result<Connection<ImportRow>, ApiError> {
        let page = PageArgs::<i32>::parse(first, after.as_deref())?;
        let asked = RowsAsked {
            outcome: outcome.map(Into::into),
            after: page.after.unwrap_or_default(),
            first: page.first,
        };
        let onboarding = &services(ctx)?.onboarding;
        let found = onboarding
            .import_rows(&caller(ctx)?.subject, self.0.id, asked)
            .await?;
        let more = found.next.is_some();
        let rows = found.rows.into_iter().map(|row| (row.line, row.into()));
        Ok(page.connection(rows, more))
    }
}

impl ProspectImport {
    /// The import of this number; none when there is none.
    pub(crate) async fn find(ctx: &Context<'_>, import_id: &ID) -> Result<Option<Self>, ApiError> {
        let Ok(number) = import_id.parse::<i64>() else {
            return Ok(None);
        };
        let onboarding = &services(ctx)?.onboarding;
        match onboarding.import(&caller(ctx)?.subject, number).await {
            Ok(import) => Ok(Some(Self(import))),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
