//! Whether the customers of a page can act.

use customer::{list::CustomerRow, primitives::Activity};
use uuid::Uuid;

use super::PageBatch;
use crate::error::ApiError;

impl PageBatch {
    /// What a list of customers has told of them already.
    pub(crate) fn know_activities(&self, rows: &[CustomerRow]) {
        let known = rows.iter().map(|row| (row.id, row.activity)).collect();
        // A page is listed once.
        let _ = self.activities.set(known);
    }

    /// Whether one of the customers can act; none when it is no customer.
    pub(crate) async fn activity(&self, id: Uuid) -> Result<Option<Activity>, ApiError> {
        if let Some(known) = self.activities.get().and_then(|known| known.get(&id)) {
            return Ok(Some(*known));
        }
        let customer = self.customer(id).await?;
        Ok(customer.map(|customer| customer.activity()))
    }
}
