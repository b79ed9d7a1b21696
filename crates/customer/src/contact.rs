//! How a person is reached: e-mail and Telegram handle, as typed and as compared.

use std::{fmt, str::FromStr};

/// An e-mail address in the case in which it was typed. Compared by [`Email::key`].
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

/// A Telegram handle without its leading `@`. Compared by [`TelegramHandle::key`].
#[derive(Clone, PartialEq, Eq)]
pub struct TelegramHandle(String);

/// Why a typed contact is not taken; the message is for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    /// Nothing was typed.
    #[error("Enter the e-mail address.")]
    EmailMissing,
    /// Not an address that mail can be sent to.
    #[error("This is not an e-mail address. It should look like name@example.com.")]
    EmailMalformed,
    /// SMTP servers take such addresses only with an extension that few have (RFC 6531).
    #[error(
        "This e-mail address has letters that mail servers don't take. Use one in plain ASCII; an international domain is written xn--…"
    )]
    EmailNotAscii,
    /// Longer than SMTP carries (RFC 5321: 254 characters).
    #[error("This e-mail address is too long: 254 characters at most.")]
    EmailTooLong,
    /// Telegram's own rule: 5 to 32 letters, digits and underscores, beginning with a letter.
    #[error(
        "This is not a Telegram handle. It has 5 to 32 letters, digits or underscores and begins with a letter."
    )]
    TelegramMalformed,
}

const EMAIL_MAX: usize = 254;

impl FromStr for Email {
    type Err = ContactError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(ContactError::EmailMissing);
        }
        if typed.len() > EMAIL_MAX {
            return Err(ContactError::EmailTooLong);
        }
        if !typed.is_ascii() {
            return Err(ContactError::EmailNotAscii);
        }
        let options = email_address::Options::default()
            .with_required_tld()
            .without_display_text()
            .without_domain_literal();
        // Quoted local parts are legal and never meant; they also carry characters that have no place in a mail header.
        if typed.contains(['"', '<', '>'])
            || typed.chars().any(|c| c.is_whitespace() || c.is_control())
            || email_address::EmailAddress::parse_with_options(typed, options).is_err()
        {
            return Err(ContactError::EmailMalformed);
        }
        Ok(Email(typed.to_owned()))
    }
}

impl FromStr for TelegramHandle {
    type Err = ContactError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let typed = typed.trim();
        let handle = typed.strip_prefix('@').unwrap_or(typed);
        let well_formed = (5..=32).contains(&handle.len())
            && handle.starts_with(|c: char| c.is_ascii_alphabetic())
            && handle
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_');
        if well_formed {
            Ok(TelegramHandle(handle.to_owned()))
        } else {
            Err(ContactError::TelegramMalformed)
        }
    }
}

macro_rules! contact {
    ($name:ident) => {
        impl $name {
            /// As it was typed.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// What uniqueness is decided by.
            #[must_use]
            pub fn key(&self) -> String {
                self.0.to_lowercase()
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
contact!(Email);
contact!(TelegramHandle);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails() {
        let email: Email = "  Ada.Lovelace@Example.COM ".parse().unwrap();
        assert_eq!(email.as_str(), "Ada.Lovelace@Example.COM");
        assert_eq!(email.key(), "ada.lovelace@example.com");
        assert_eq!("".parse::<Email>(), Err(ContactError::EmailMissing));
        for bad in [
            "ada",
            "ada@",
            "@x.com",
            "a b@x.com",
            "Ada <ada@x.com>",
            "ada@localhost",
            "\"a\"@x.com",
            "a@x.com\nBcc: b@y.com",
            "<script>@x.com",
        ] {
            assert_eq!(
                bad.parse::<Email>(),
                Err(ContactError::EmailMalformed),
                "{bad}"
            );
        }
        assert_eq!(
            "jürgen@example.com".parse::<Email>(),
            Err(ContactError::EmailNotAscii)
        );
        let long = format!("{}@example.com", "a".repeat(250));
        assert_eq!(long.parse::<Email>(), Err(ContactError::EmailTooLong));
        assert_eq!(format!("{email:?}"), "Email(…)");
    }

    #[test]
    fn handles() {
        let handle: TelegramHandle = "@ada_lovelace".parse().unwrap();
        assert_eq!(handle.as_str(), "ada_lovelace");
        for bad in [
            "",
            "@",
            "@ada",
            "1ada_x",
            "ada lovelace",
            "@@ada_l",
            "ada-lovelace",
        ] {
            assert_eq!(
                bad.parse::<TelegramHandle>(),
                Err(ContactError::TelegramMalformed),
                "{bad}"
            );
        }
    }
}
