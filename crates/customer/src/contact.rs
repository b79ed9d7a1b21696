//! How a person is reached: e-mail and Telegram, in whatever form they were copied, stored and compared in one.

use std::{fmt, str::FromStr};

/// An e-mail address in ASCII, in the case in which it was typed. Compared by [`Email::key`].
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

/// Who somebody is on Telegram: a name in lower case without its `@`, or a numeric id.
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

impl TelegramHandle {
    /// None when nothing was typed, or nothing but the `@` that goes before a name.
    ///
    /// # Errors
    /// [`ContactError::TelegramMalformed`].
    pub fn optional(typed: &str) -> Result<Option<Self>, ContactError> {
        match kernel::text::address(typed).as_str() {
            "" | "@" => Ok(None),
            typed => typed.parse().map(Some),
        }
    }

    /// As people are shown what is stored: a name with its `@`, an id bare.
    #[must_use]
    pub fn shown(stored: &str) -> String {
        if is_number(stored) {
            stored.to_owned()
        } else {
            format!("@{stored}")
        }
    }
}

/// In any form that Telegram gives out: `@name`, `t.me/name`, `name.t.me`, `tg://resolve?domain=name`, `123`,
/// `tg://user?id=123` (<https://core.telegram.org/api/links>).
impl FromStr for TelegramHandle {
    type Err = ContactError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        // All of it is ASCII, or no handle.
        let typed = kernel::text::address(typed).to_ascii_lowercase();
        let named = if let Some(link) = after_prefix(&typed, "tg:") {
            name_in_app_link(link)
        } else {
            name_in_web_link(&typed).or(Some(typed.as_str()))
        };
        let name = named.ok_or(ContactError::TelegramMalformed)?;
        let name = name.strip_prefix('@').unwrap_or(name);
        if is_number(name) {
            return number(name);
        }
        let well_formed = (4..=32).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if well_formed {
            Ok(TelegramHandle(name.to_owned()))
        } else {
            Err(ContactError::TelegramMalformed)
        }
    }
}

/// Where Telegram's links lead (`telegram.dog` is Telegram's own, too).
const TELEGRAM_HOSTS: [&str; 3] = ["t.me", "telegram.me", "telegram.dog"];

/// The name in `https://t.me/name`; `None` when it is no link.
fn name_in_web_link(typed: &str) -> Option<&str> {
    let link = after_prefix(typed, "https://").or_else(|| after_prefix(typed, "http://"));
    let (host, path) = link.unwrap_or(typed).split_once('/').unzip();
    let host = host.unwrap_or_else(|| without_tail(link.unwrap_or(typed)));
    let host = host.strip_prefix("www.").unwrap_or(host);
    if TELEGRAM_HOSTS.contains(&host) {
        let name = without_tail(path?);
        return Some(name.strip_suffix('/').unwrap_or(name));
    }
    let name = host.strip_suffix(".t.me")?;
    path.is_none_or(|path| without_tail(path).is_empty())
        .then_some(name)
}

/// The name or id in `tg://resolve?domain=name`, `tg://user?id=123`; `link` is what follows `tg:`.
fn name_in_app_link(link: &str) -> Option<&str> {
    let link = link.strip_prefix("//").unwrap_or(link);
    let (kind, query) = link.split_once('?')?;
    let wanted = match kind.trim_end_matches('/') {
        "resolve" => "domain",
        "user" => "id",
        "openmessage" => "user_id",
        _ => return None,
    };
    let mut values = query.split('#').next()?.split('&');
    values.find_map(|pair| pair.strip_prefix(wanted)?.strip_prefix('='))
}

/// Without what a link asks for beside the name.
fn without_tail(link: &str) -> &str {
    link.split(['?', '#']).next().unwrap_or_default()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Telegram's ids of users have at most 52 bits (<https://core.telegram.org/api/bots/ids>).
fn number(digits: &str) -> Result<TelegramHandle, ContactError> {
    match digits.parse::<u64>() {
        Ok(id) if (1..1 << 52).contains(&id) => Ok(TelegramHandle(id.to_string())),
        _ => Err(ContactError::TelegramMalformed),
    }
}

/// What follows `prefix`, in any case.
fn after_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

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

    #[test]
    fn handles() {
        for same in [
            "ada_lovelace",
            "@ada_lovelace",
            "@Ada_Lovelace",
            " @ada_lovelace\u{a0}",
            "@ada\u{200b}_lovelace",
            "＠ada_lovelace",
            "t.me/ada_lovelace",
            "T.ME/Ada_Lovelace/",
            "http://t.me/ada_lovelace",
            "https://t.me/ada_lovelace",
            "https://www.t.me/ada_lovelace/",
            "https://t.me/@ada_lovelace",
            "https://t.me/ada_lovelace?start=1",
            "HTTPS://telegram.me/ada_lovelace",
            "www.telegram.me/ada_lovelace",
            "telegram.dog/ada_lovelace#x",
            "ada_lovelace.t.me",
            "https://ada_lovelace.t.me/",
            "tg://resolve?domain=ada_lovelace",
            "tg:resolve?domain=Ada_Lovelace&text=hi",
            "tg://resolve?start=1&domain=@ada_lovelace",
        ] {
            let handle = same.parse::<TelegramHandle>();
            let handle = handle.unwrap_or_else(|error| panic!("{same:?}: {error}"));
            assert_eq!(handle.as_str(), "ada_lovelace", "{same:?}");
        }
        for same in [
            "123456789",
            " 0123456789 ",
            "@123456789",
            "tg://user?id=123456789",
            "tg:user?id=123456789",
            "TG://openmessage?user_id=123456789",
            "t.me/123456789",
        ] {
            let id: TelegramHandle = same.parse().unwrap();
            assert_eq!(id.as_str(), "123456789", "{same:?}");
        }
        assert_eq!(TelegramHandle::shown("ada_lovelace"), "@ada_lovelace");
        assert_eq!(TelegramHandle::shown("123456789"), "123456789");
        for none in ["", " ", "@", "\u{200b}@\u{a0}"] {
            assert_eq!(TelegramHandle::optional(none), Ok(None), "{none:?}");
        }
        for bad in [
            "",
            "@",
            "@ada",
            "1ada_x",
            "ada lovelace",
            "@@ada_l",
            "ada-lovelace",
            "ädä_lovelace",
            "t.me",
            "t.me/",
            "https://t.me/joinchat/AAAA",
            "https://t.me/+4915112345678",
            "+4915112345678",
            "https://example.com/ada_lovelace",
            "https://evil.example/t.me/ada_lovelace",
            "t.me.evil.example/ada_lovelace",
            "tg://join?invite=ada_lovelace",
            "tg://resolve?phone=4915112345678",
            "0",
            "-123456789",
            "4503599627370496",
            "99999999999999999999999",
        ] {
            assert_eq!(
                bad.parse::<TelegramHandle>(),
                Err(ContactError::TelegramMalformed),
                "{bad}"
            );
        }
    }
}
