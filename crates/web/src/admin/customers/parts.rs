//! Parts of a customer's page that its prospect tells of.

use ::customer::{
    customer::{Conversion, Customer},
    history,
    prospect::Prospect,
};
use kernel::HistoryEntry;

use super::{operations::CustomerOperation::Record, page::CustomerRecord};
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

    /// What happened since it is a customer, oldest first.
    pub(super) fn history(&self) -> Vec<HistoryEntry> {
        let (prospect, customer) = (&self.prospect, &self.customer);
        let mut entries = history::customer_history(customer, Some(prospect));
        entries.extend(history::desk_history(customer, prospect));
        entries.sort_by_key(|entry| entry.at);
        entries
    }
}

/// Why it was converted by hand, and by whom.
pub(super) async fn conversion(
    state: &AdminState,
    prospect: &Prospect,
    customer: &Customer,
) -> Result<Option<String>, PageError> {
    let Conversion::Hand { operator } = &customer.conversion else {
        return Ok(None);
    };
    let names = state.names([operator]).await?;
    let why = prospect.why_converted_by_hand();
    Ok(Some(format!(
        "by {}, past KYC: {}",
        names.name(operator),
        why.as_deref().unwrap_or("the reason was erased")
    )))
}
