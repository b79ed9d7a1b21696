//! Deposits and withdrawals on pages: a line each, with its state and what can be done.

use ::deposit::rules::{self, Facts};
use kernel::Decision;

use super::{document::Document, operations::MoneyOperation};
use crate::{
    admin::{
        dialog::Offers,
        operation::{Offered, Operation as _},
    },
    format::{self, Time, money},
    layout::Viewer,
};

/// A deposit or withdrawal among others.
pub struct DocumentLine {
    /// The short number that people know it by.
    pub number: String,
    /// Where it has a page.
    pub address: String,
    /// The id of its line.
    pub id: String,
    pub state: format::State,
    pub amount: String,
    pub reference: Option<String>,
    pub at: Time,
    pub offers: Offers,
}

impl DocumentLine {
    /// One of the customer at `record`.
    pub fn of(viewer: &Viewer, record: &str, document: &Document, facts: Facts) -> Self {
        Self {
            number: document.number(),
            address: document.address(),
            id: document.line(),
            state: document.state(),
            amount: money(document.cents()),
            reference: document.reference(),
            at: Time::of(document.made_at()),
            offers: offers(viewer, record, Some(document), facts),
        }
    }
}

/// What can be done to a document of the customer at `record`, or made for the customer. Of refusals only those stand at a document's
/// line that are about the document: what holds for the whole account is said once, where something new begins.
pub fn offers(viewer: &Viewer, record: &str, document: Option<&Document>, facts: Facts) -> Offers {
    let number = document.map(Document::number).unwrap_or_default();
    let button = |operation: &MoneyOperation| {
        let may = rules::may(operation.action(document)?, facts);
        let about_it = matches!(may, Decision::Refused(rules::OWN | rules::PERHAPS_OWN));
        let offered = Offered::of(may, document.is_none() || about_it);
        let address = operation.address(record, &number);
        let offer = operation.words().offer(viewer, address, offered)?;
        Some(match document {
            None => offer,
            Some(document) => offer.on_line(&number, document.line()),
        })
    };
    Offers::new(MoneyOperation::ALL.iter().filter_map(button).collect())
}
