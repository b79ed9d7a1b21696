//! How a person is reached: e-mail and Telegram, in whatever form they were copied, stored and compared in one.

macro_rules! contact {
    ($name:ident) => {
        impl $name {
            /// As it is stored.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// What uniqueness is decided by: all of it is ASCII.
            #[must_use]
            pub fn key(&self) -> String {
                self.0.to_ascii_lowercase()
            }
        }

        // Personal data stays out of logs, also by way of a derived `Debug` of something around it.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

mod email;
mod telegram;

pub use email::Email;
pub use telegram::TelegramHandle;

/// Why a typed contact is not taken; the message is for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    /// No e-mail address was typed.
    #[error("Enter the e-mail address.")]
    EmailMissing,
    /// Not an address that mail can be sent to.
    #[error("This is not an e-mail address. It should look like name@example.com.")]
    EmailMalformed,
    /// SMTP servers take such addresses only with an extension that few have (RFC 6531).
    #[error(
        "This e-mail address has letters before the @ that mail servers don't take. Use one in plain ASCII; behind the @ any letters do."
    )]
    EmailNotAscii,
    /// Longer than SMTP carries (RFC 5321: 254 characters).
    #[error("This e-mail address is too long: 254 characters at most.")]
    EmailTooLong,
    /// Neither a name by Telegram's own rule (letters, digits and underscores, beginning with a letter; 5 of them, or 4 for
    /// a name that was bought, to 32) nor an id (a positive number of at most 52 bits), in no form that Telegram has.
    #[error(
        "This is not a Telegram handle. Enter @name, t.me/name or a numeric ID; a name has 4 to 32 letters, digits or underscores and begins with a letter."
    )]
    TelegramMalformed,
}

/// What follows `prefix`, in any case.
fn after_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}
