//! The fields of the inputs about credit proposals.

use kernel::Field;

/// How much is proposed, in US dollars or cents.
pub const FACILITY_AMOUNT: Field = Field::new("facilityAmount");
/// What the credit is for.
pub const PURPOSE: Field = Field::new("purpose");
/// What colleagues should know.
pub const NOTE: Field = Field::new("note");
