use std::fmt;

use crate::fields::Fields;

/// An address. `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// In one line: Sumsub's own, or put together from the parts when it sends only these.
    pub formatted_address: Option<String>,
}

/// The parts of an address in the order in which they are written.
const PARTS: [&str; 8] = [
    "flatNumber",
    "buildingNumber",
    "street",
    "subStreet",
    "town",
    "state",
    "postCode",
    "country",
];

impl Address {
    pub(super) fn read(fields: &Fields<'_>) -> Self {
        Self {
            formatted_address: fields.text("formattedAddress").or_else(|| {
                let parts: Vec<_> = PARTS
                    .into_iter()
                    .filter_map(|part| fields.text(part))
                    .collect();
                (!parts.is_empty()).then(|| parts.join(", "))
            }),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}
