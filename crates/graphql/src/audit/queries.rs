//! Looking the audit log up.

use std::sync::Arc;

use access::{AuditFilter, Decision};
use async_graphql::{Context, InputObject, Object};

use super::AuditEntry;
use crate::{
    connection::{Connection, PageArgs, cost},
    error::ApiError,
    page_batch::PageBatch,
    request::{caller, services},
    scalars::Timestamp,
};

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
    /// Only entries recorded before this time.
    to: Option<Timestamp>,
}

/// The queries of the audit log.
#[derive(Default)]
pub(crate) struct AuditQueries;

#[Object]
impl AuditQueries {
    /// The audit log, newest first (AUDIT_READ).
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn audit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which entries; all when absent.")] filter: Option<AuditEntriesFilter>,
    ) -> Result<Connection<AuditEntry>, ApiError> {
        let page = PageArgs::<i64>::parse(first, after.as_deref())?;
        let filter = filter.unwrap_or_default().into();
        let found = services(ctx)?
            .audit
            .page(&caller(ctx)?.subject, &filter, page.after, page.first)
            .await?;
        let batch = PageBatch::without_records(ctx)?;
        let nodes = found.rows.into_iter().map(|entry| {
            let batch = Arc::clone(&batch);
            (entry.id, AuditEntry { entry, batch })
        });
        Ok(page.connection(nodes, found.next.is_some()))
    }

    /// Every action that was ever asked for, by name: the choices of the audit log's filter (AUDIT_READ).
    async fn audit_actions(&self, ctx: &Context<'_>) -> Result<Vec<String>, ApiError> {
        let actions = services(ctx)?.audit.actions(&caller(ctx)?.subject);
        Ok(actions.await?.to_vec())
    }
}

impl From<AuditEntriesFilter> for AuditFilter {
    fn from(filter: AuditEntriesFilter) -> Self {
        let decision = |authorized| match authorized {
            true => Decision::Authorized,
            false => Decision::Refused,
        };
        AuditFilter {
            subject: filter.subject,
            action: filter.action,
            objects: filter.object.into_iter().collect(),
            kind: None,
            decision: filter.authorized.map(decision),
            from: filter.from.map(|from| from.0),
            to: filter.to.map(|to| to.0),
        }
    }
}
