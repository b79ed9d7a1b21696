//! The name that we greet mail servers with. Many refuse one that isn't a full name.

use std::net::{Ipv4Addr, Ipv6Addr};

use lettre::transport::smtp::extension::ClientId;

use crate::ConfigError;

const SETTING: &str = "smtp.hello";

/// The configured name, or the one that this host gives itself.
///
/// # Errors
/// When nothing like it can be sent.
pub(crate) fn name(configured: Option<&str>) -> Result<ClientId, ConfigError> {
    let Some(name) = configured.map(str::trim) else {
        return Ok(ClientId::default());
    };
    if let Some(literal) = literal(name) {
        return Ok(literal);
    }
    let can_be_sent = !name.is_empty()
        && name.len() <= 255
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    if can_be_sent {
        Ok(ClientId::Domain(name.to_owned()))
    } else {
        Err(ConfigError {
            setting: SETTING,
            reason: format!(
                "`{name}` is no name that a mail server can be greeted with; use this host's full name in the DNS, such as \
                 mail.bank.example, or its address in brackets, such as [192.0.2.1]"
            ),
        })
    }
}

/// What servers are likely to refuse about it.
pub(crate) fn warning(name: &ClientId, configured: bool) -> Option<ConfigError> {
    let ClientId::Domain(domain) = name else {
        return None;
    };
    let why = problem(domain)?;
    let what = if configured {
        format!("`{domain}`")
    } else {
        format!(
            "it is not set, so we greet the mail server as `{domain}`, which this host calls itself, and that"
        )
    };
    Some(ConfigError {
        setting: SETTING,
        reason: format!(
            "{what} {why}: many mail servers refuse such a greeting; set it to this host's full name in the DNS, such as \
             mail.bank.example"
        ),
    })
}

fn problem(domain: &str) -> Option<&'static str> {
    let labels: Vec<&str> = domain.split('.').collect();
    let is_label = |label: &&str| {
        (1..=63).contains(&label.len())
            && !label.contains('_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if labels.len() < 2 {
        Some("is no full name")
    } else if domain.parse::<Ipv4Addr>().is_ok() {
        Some("is an address without the brackets around it")
    } else if !labels.iter().all(is_label) {
        Some("is no name that the DNS can have")
    } else {
        let last = labels
            .last()
            .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        let local = ["localhost", "localdomain", "local", "internal", "lan"];
        let known_here_only = labels
            .last()
            .is_some_and(|last| local.iter().any(|name| last.eq_ignore_ascii_case(name)));
        (last || known_here_only).then_some("is no name that others can find in the DNS")
    }
}

/// `[192.0.2.1]`, `[IPv6:2001:db8::1]` (RFC 5321, 4.1.3).
fn literal(name: &str) -> Option<ClientId> {
    let inner = name.strip_prefix('[')?.strip_suffix(']')?;
    let version_six = inner
        .get(..5)
        .filter(|tag| tag.eq_ignore_ascii_case("ipv6:"))
        .and_then(|_| inner.get(5..));
    match version_six {
        Some(address) => address.parse::<Ipv6Addr>().ok().map(ClientId::Ipv6),
        None => inner.parse::<Ipv4Addr>().ok().map(ClientId::Ipv4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_name_or_a_literal_is_greeted_with_as_it_is() {
        for full in [
            "mail.bank.example",
            "a-b.bank.example",
            "[192.0.2.1]",
            "[IPv6:2001:db8::1]",
        ] {
            let hello = name(Some(full)).unwrap();
            assert_eq!(hello.to_string(), full);
            assert_eq!(warning(&hello, true), None, "{full}");
        }
    }

    #[test]
    fn what_servers_refuse_is_warned_of() {
        for (bad, part) in [
            ("web1", "no full name"),
            ("localhost", "no full name"),
            ("192.0.2.1", "brackets"),
            ("web_1.bank.example", "the DNS can have"),
            ("-a.bank.example", "the DNS can have"),
            ("bank..example", "the DNS can have"),
            ("mail.bank.example.", "the DNS can have"),
            ("localhost.localdomain", "others can find"),
            ("web1.local", "others can find"),
        ] {
            let words = warning(&name(Some(bad)).unwrap(), true)
                .unwrap()
                .to_string();
            assert!(
                words.starts_with("smtp.hello: `") && words.contains(part),
                "{bad}: {words}"
            );
            let words = warning(&name(Some(bad)).unwrap(), false)
                .unwrap()
                .to_string();
            assert!(
                words.contains("not set") && words.contains(part),
                "{bad}: {words}"
            );
        }
    }

    #[test]
    fn what_would_be_another_command_is_refused() {
        for no in [
            "",
            " ",
            "a b",
            "a.example\r\nRSET",
            "bücher.example",
            "[192.0.2.300]",
            "<a.example>",
        ] {
            let error = name(Some(no)).unwrap_err();
            assert_eq!(error.setting, "smtp.hello", "{no}");
        }
    }
}
