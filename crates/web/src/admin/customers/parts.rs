//! What of a customer's page its prospect tells: who sees to it.

use super::{operations::CustomerOperation::Record, record::CustomerRecord};
use crate::{
    admin::{
        AdminState,
        operation::Beside,
        records::desk::{self, Desk},
    },
    error_page::PageError,
    layout::Viewer,
};

impl CustomerRecord {
    /// Who sees to it.
    pub(super) async fn desk(
        &self,
        state: &AdminState,
        viewer: &Viewer,
        beside: &mut Beside,
    ) -> Result<Desk, PageError> {
        let at_hand = desk::operations(viewer, &self.prospect);
        let at_hand: Vec<_> = at_hand.into_iter().map(Record).collect();
        let offers = self.offers(state, viewer, beside, &at_hand);
        Desk::of(state, viewer, &self.prospect, offers).await
    }
}
