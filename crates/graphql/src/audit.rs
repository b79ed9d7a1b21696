//! `AuditEntry`: every decision.

use std::sync::Arc;

use access::{AuditFilter as Filter, AuditPlace, Decision};
use async_graphql::{Context, InputObject, Object};

use crate::{
    error::ApiError,
    loaders::Siblings,
    page::{self, Page},
    request::{caller, services},
    scalars::{AuditEntryId, Timestamp},
    subject::AuditSubject,
};

/// See its description.
pub(crate) struct AuditEntry {
    entry: access::AuditEntry,
    siblings: Arc<Siblings>,
}

/// Which entries of the audit log.
#[derive(InputObject, Default)]
pub(crate) struct AuditEntriesFilter {
    /// Whose, exactly: `operator:<uuid>`, `api-token:<uuid>`, `customer:<uuid>` or `system:<part>`.
    subject: Option<String>,
    /// How the action begins, for example `prospect.`.
    action: Option<String>,
    /// About what, exactly, for example `prospect:<uuid>`. Finds the looks at lists that showed it, too.
    object: Option<String>,
    /// Allowed (true) or refused (false).
    authorized: Option<bool>,
    /// Not before this.
    from: Option<Timestamp>,
    /// Before this.
    to: Option<Timestamp>,
}

/// A decision: who asked for what, and whether it was allowed.
#[Object]
impl AuditEntry {
    /// Its number.
    async fn audit_entry_id(&self) -> AuditEntryId {
        AuditEntryId(self.entry.id)
    }

    /// Who asked.
    async fn subject(&self) -> Result<AuditSubject, ApiError> {
        let names = self.siblings.names().await?;
        Ok(AuditSubject::named(&self.entry.subject, &names))
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

/// A page of the log, newest first.
pub(crate) async fn page_of(
    ctx: &Context<'_>,
    first: i32,
    after: Option<&str>,
    filter: AuditEntriesFilter,
) -> Result<Page<AuditEntry>, ApiError> {
    let first = page::first(first)?;
    let after: Option<i64> = page::after(after)?;
    let filter = Filter {
        subject: filter.subject,
        action: filter.action,
        objects: filter.object.into_iter().collect(),
        kind: None,
        decision: filter.authorized.map(|authorized| {
            if authorized {
                Decision::Authorized
            } else {
                Decision::Refused
            }
        }),
        from: filter.from.map(|from| from.0),
        to: filter.to.map(|to| to.0),
    };
    let place = after.map_or(AuditPlace::Newest, AuditPlace::OlderThan);
    let found = services(ctx)?
        .audit
        .page(&caller(ctx)?.subject, &filter, place, first)
        .await?;
    let siblings = Siblings::of(ctx, Vec::new())?;
    let nodes = found.entries.into_iter().map(|entry| {
        let node = AuditEntry {
            siblings: Arc::clone(&siblings),
            entry,
        };
        (node.entry.id.to_string(), node)
    });
    Ok(page::page(nodes, after.is_some(), found.older.is_some()))
}
