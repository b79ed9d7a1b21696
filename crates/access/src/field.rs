//! The fields of the inputs about operators and API tokens.

use kernel::Field;

/// An operator's e-mail address.
pub const EMAIL: Field = Field::new("email");
/// The role of an operator or a token.
pub const ROLE: Field = Field::new("role");
/// What a token is called.
pub const NAME: Field = Field::new("name");
/// For how many days a token is valid.
pub const DAYS: Field = Field::new("days");
