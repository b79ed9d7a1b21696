//! Entries as people read them.

use std::collections::HashMap;

use ::deposit::{DocumentId, DocumentSummary};
use ledger::{Entry, Layer, Posting};

use crate::format::{Time, money};

/// A line of a list of entries.
pub struct EntryLine {
    pub place: i32,
    pub what: &'static str,
    /// The deposit or withdrawal that it is for: address and number.
    pub document: Option<(String, String)>,
    pub reference: Option<String>,
    pub at: Time,
    pub layer: &'static str,
    pub amount: String,
    pub settled: String,
    pub pending: String,
}

impl EntryLine {
    /// These entries, with what they are for.
    pub fn all(entries: Vec<Entry>, documents: &HashMap<DocumentId, DocumentSummary>) -> Vec<Self> {
        let line = |entry: Entry| {
            let document =
                DocumentId::of(&entry).and_then(|id| Some((documents.get(&id)?.clone(), kind(id))));
            Self {
                place: entry.place,
                what: entry
                    .posting
                    .map_or("Posted by something else", Posting::label),
                reference: document.as_ref().and_then(|(it, _)| it.reference.clone()),
                document: document.map(|(it, kind)| {
                    (
                        format!("/ledger/{kind}/{}", it.public_id),
                        it.public_id.to_string(),
                    )
                }),
                at: Time::of(entry.at),
                layer: match entry.layer {
                    Layer::Settled => "settled",
                    Layer::Pending => "pending",
                },
                amount: signed(entry.cents),
                settled: money(entry.after.settled),
                pending: money(entry.after.pending),
            }
        };
        entries.into_iter().map(line).collect()
    }
}

/// What addresses call such a document.
const fn kind(id: DocumentId) -> &'static str {
    match id {
        DocumentId::Deposit(_) => "deposits",
        DocumentId::Withdrawal(_) => "withdrawals",
    }
}

/// With its sign, also when money comes.
fn signed(cents: i64) -> String {
    let sign = if cents > 0 { "+" } else { "" };
    format!("{sign}{}", money(cents))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_comes_has_a_sign_too() {
        assert_eq!(super::signed(123_456), "+$1,234.56");
        assert_eq!(super::signed(-5), "-$0.05");
        assert_eq!(super::signed(0), "$0.00");
    }
}
