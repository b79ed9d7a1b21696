//! What the audit log has about the records of a page.

use std::sync::Arc;

use super::PageBatch;
use crate::{error::ApiError, event_history::AuditTraces};

impl PageBatch {
    /// The entries of the audit log that the events of these prospects may come from.
    pub(crate) async fn audit_traces_of_prospects(&self) -> Result<Arc<AuditTraces>, ApiError> {
        let read = || async move {
            let prospects = self.prospects().await?;
            let timelines = prospects.values();
            let events = timelines.flat_map(|it| customer::history::prospect_timeline(it));
            AuditTraces::read(&self.services.audit, events).await
        };
        self.audit_traces_of_prospects.get_or_read(read).await
    }

    /// The entries of the audit log that the events of these customers may come from.
    pub(crate) async fn audit_traces_of_customers(&self) -> Result<Arc<AuditTraces>, ApiError> {
        let read = || async move {
            let customers = self.customers().await?;
            let timelines = customers.values();
            let events = timelines.flat_map(|it| customer::history::customer_timeline(it, None));
            AuditTraces::read(&self.services.audit, events).await
        };
        self.audit_traces_of_customers.get_or_read(read).await
    }
}
