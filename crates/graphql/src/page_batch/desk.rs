//! Who of the bank has to do with a record.

use uuid::Uuid;

use super::PageBatch;
use crate::{audit::User, error::ApiError};

impl PageBatch {
    /// Who sees to a record.
    pub(crate) async fn assignee(&self, id: Uuid) -> Result<Option<User>, ApiError> {
        let assignee = self.prospect(id).await?.and_then(|it| it.assignee);
        Ok(match assignee {
            Some(assignee) => Some(User::known(assignee, &self.known_actors().await?)),
            None => None,
        })
    }
}
