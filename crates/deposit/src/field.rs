//! The fields of the inputs about deposits and withdrawals.

use kernel::Field;

/// How much, in US dollars or cents.
pub const AMOUNT: Field = Field::new("amount");
/// What the bank knows the deposit or withdrawal by.
pub const REFERENCE: Field = Field::new("reference");
