//! E-mail addresses, in whatever form they were copied.

use std::{fmt, str::FromStr};

use super::{ContactError, after_prefix};

/// An e-mail address in ASCII, in the case in which it was typed. Compared by [`Email::key`].
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

contact!(Email);

const EMAIL_MAX: usize = 254;

/// As it is, and as people copy it: with what nobody sees, `mailto:` before it, `<` and `>` around it, a dot behind it, an
/// international domain.
impl FromStr for Email {
    type Err = ContactError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let typed = kernel::text::address(typed);
        let address = bare(&typed);
        if address.is_empty() {
            return Err(ContactError::EmailMissing);
        }
        let address = with_ascii_domain(address)?;
        if address.len() > EMAIL_MAX {
            return Err(ContactError::EmailTooLong);
        }
        if !address.is_ascii() {
            return Err(ContactError::EmailNotAscii);
        }
        let options = email_address::Options::default()
            .with_required_tld()
            .without_display_text()
            .without_domain_literal();
        // Quoted local parts are legal and never meant; they also carry characters that have no place in a mail header.
        if address.contains(['"', '<', '>'])
            || address.chars().any(|c| c.is_whitespace() || c.is_control())
            || email_address::EmailAddress::parse_with_options(&address, options).is_err()
        {
            return Err(ContactError::EmailMalformed);
        }
        Ok(Email(address))
    }
}

impl Email {
    /// What to look for when somebody types an address that should be known: as it would have been stored, or what was typed
    /// when it is none.
    #[must_use]
    pub fn looked_for(typed: &str) -> String {
        typed
            .parse::<Self>()
            .map_or_else(|_| kernel::text::address(typed), |email| email.0)
    }
}

/// Without what stands around an address where it was copied.
fn bare(typed: &str) -> &str {
    let mut address = typed;
    if let Some(inner) = address
        .strip_prefix('<')
        .and_then(|it| it.strip_suffix('>'))
    {
        address = inner.trim();
    }
    if let Some(target) = after_prefix(address, "mailto:") {
        // A subject may follow.
        address = target.split('?').next().unwrap_or_default().trim();
    }
    address
}

/// With the domain as it goes over the wire. One that is ASCII already stays in the case in which it was typed.
fn with_ascii_domain(address: &str) -> Result<String, ContactError> {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Ok(address.to_owned());
    };
    if domain.is_ascii() {
        // The root of all domains (RFC 1034, 3.1) is understood.
        let domain = domain.strip_suffix('.').unwrap_or(domain);
        return Ok(format!("{local}@{domain}"));
    }
    let domain = idna::domain_to_ascii_cow(domain.as_bytes(), idna::AsciiDenyList::STD3)
        .map_err(|_| ContactError::EmailMalformed)?;
    let domain = domain.strip_suffix('.').unwrap_or(&domain);
    Ok(format!("{local}@{domain}"))
}

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
    fn an_email_as_it_is_copied() {
        for copied in [
            "\u{200b}ada@example.com",
            "ada@exa\u{200b}mple.com\u{feff}",
            "\u{a0}ada@example.com\u{a0}",
            "ada\u{ad}@example.com",
            "\u{202a}ada@example.com\u{202c}",
            "ada\u{200c}\u{200d}\u{2060}@example.com",
            "ada＠example．com",
            "mailto:ada@example.com",
            "MAILTO:ada@example.com?subject=Hello",
            "<ada@example.com>",
            " < ada@example.com > ",
            "<mailto:ada@example.com>",
            "ada@example.com.",
        ] {
            let email = copied.parse::<Email>();
            let email = email.unwrap_or_else(|error| panic!("{copied:?}: {error}"));
            assert_eq!(email.as_str(), "ada@example.com", "{copied:?}");
        }
        for same in [
            "ada@münchen.de",
            "ada@MÜNCHEN.de",
            "ada@mu\u{308}nchen。de",
            "ada@XN--mnchen-3ya.de",
        ] {
            let email: Email = same.parse().unwrap();
            assert_eq!(email.key(), "ada@xn--mnchen-3ya.de", "{same}");
        }
        for bad in ["\u{200b}", " \u{feff}", "mailto:", "<>"] {
            assert_eq!(
                bad.parse::<Email>(),
                Err(ContactError::EmailMissing),
                "{bad:?}"
            );
        }
        for bad in [
            "ada@example.com..",
            "ada@exa\u{2028}mple.com",
            "ada @example.com",
            "ada@ü",
        ] {
            assert_eq!(
                bad.parse::<Email>(),
                Err(ContactError::EmailMalformed),
                "{bad:?}"
            );
        }
    }
}
