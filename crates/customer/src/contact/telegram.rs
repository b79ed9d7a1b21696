//! Telegram handles, in whatever form they were copied.

use std::{fmt, str::FromStr};

use super::{ContactError, after_prefix};

/// Who somebody is on Telegram: a name in lower case without its `@`, or a numeric id.
#[derive(Clone, PartialEq, Eq)]
pub struct TelegramHandle(String);

contact!(TelegramHandle);

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

    /// The address of the chat with whom is stored: a name's on the web, an id's in the app
    /// (<https://core.telegram.org/api/links>).
    #[must_use]
    pub fn chat(stored: &str) -> String {
        if is_number(stored) {
            format!("tg://user?id={stored}")
        } else {
            format!("https://t.me/{stored}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::too_many_lines, reason = "a test is as long as its story")]
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
