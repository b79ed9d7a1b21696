//! The GraphQL type `AuditEntry`: every decision.

use std::sync::Arc;

use async_graphql::Object;

use super::AuditSubject;
use crate::{
    error::ApiError,
    page_batch::PageBatch,
    scalars::{AuditEntryId, Timestamp},
};

/// The GraphQL type `AuditEntry`, with what its page shares.
pub(crate) struct AuditEntry {
    pub(super) entry: access::AuditEntry,
    pub(super) batch: Arc<PageBatch>,
}

/// A decision: who asked for what, and whether it was allowed.
#[Object]
impl AuditEntry {
    /// The entry's number in the log, counted upwards.
    async fn audit_entry_id(&self) -> AuditEntryId {
        AuditEntryId(self.entry.id)
    }

    /// Whoever asked for the action.
    async fn subject(&self) -> Result<AuditSubject, ApiError> {
        let names = self.batch.known_actors().await?;
        Ok(AuditSubject::from_audit(&self.entry.subject, &names))
    }

    /// What for, for example `prospect.create`.
    async fn action(&self) -> &str {
        &self.entry.action
    }

    /// About what, for example `prospect:<uuid>`; `list` when it was a look at many.
    async fn object(&self) -> &str {
        &self.entry.object
    }

    /// How many records' data a look handed out; 0 for every other decision.
    async fn record_count(&self) -> usize {
        self.entry.records.len()
    }

    /// Which ones, each once, for example `prospect:<uuid>` or `callback:<number>`. A prospect and the customer that it became
    /// are named once.
    async fn records(&self) -> &[String] {
        &self.entry.records
    }

    /// Whether it was allowed.
    async fn authorized(&self) -> bool {
        self.entry.authorized
    }

    /// When it was written down.
    async fn recorded_at(&self) -> Timestamp {
        self.entry.recorded_at.into()
    }

    /// Whether the hash chain holds it fast already.
    async fn sealed(&self) -> bool {
        self.entry.sealed
    }
}
