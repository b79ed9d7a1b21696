//! The fields of the inputs about prospects and customers.

use kernel::Field;

/// The e-mail address.
pub const EMAIL: Field = Field::new("email");
/// The Telegram handle.
pub const TELEGRAM_HANDLE: Field = Field::new("telegramHandle");
/// What a note says.
pub const NOTE: Field = Field::new("text");
/// Until when a record is snoozed.
pub const UNTIL: Field = Field::new("until");
/// Whom a record is assigned to.
pub const ASSIGNEE: Field = Field::new("assigneeId");
/// The customer type.
pub const CUSTOMER_TYPE: Field = Field::new("customerType");
/// A file that is uploaded.
pub const FILE: Field = Field::new("file");
