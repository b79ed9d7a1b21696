//! Whose address a request came from.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{extract::ConnectInfo, http::request::Parts};

use crate::config::TrustedProxies;

/// How often it is said at most that a proxy names nobody.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// When it was said last.
static SAID: Mutex<Option<Instant>> = Mutex::new(None);

/// The address of the client: the peer's, or, behind trusted proxies, the last one in `X-Forwarded-For` that
/// isn't a trusted proxy itself. What a client writes into the header in front of that is never believed.
///
/// When a trusted proxy names nobody that can be understood, its own address stands for all who come through it: they share one
/// throttle, and the log says so.
#[must_use]
pub fn client_address(parts: &Parts, trusted: &TrustedProxies) -> IpAddr {
    let (address, problem) = look(parts, trusted);
    if let Some(problem) = problem
        && is_to_be_said(&SAID, Instant::now())
    {
        tracing::warn!(
            proxy = %address,
            "{}: all who come through it are slowed down together when they sign in; have the proxy set X-Forwarded-For to \
             its client's address, or correct trusted_proxies",
            problem.words(),
        );
    }
    address
}

/// Why nobody is known behind a trusted proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    Silent,
    Unreadable,
}

impl Problem {
    const fn words(self) -> &'static str {
        match self {
            Self::Silent => "a trusted proxy names no client in X-Forwarded-For",
            Self::Unreadable => "what a trusted proxy writes into X-Forwarded-For is no IP address",
        }
    }
}

fn look(parts: &Parts, trusted: &TrustedProxies) -> (IpAddr, Option<Problem>) {
    let mut address = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| {
            peer.0.ip().to_canonical()
        });
    let lines = parts.headers.get_all("x-forwarded-for").iter();
    let lines: Vec<_> = lines
        .map(|line| String::from_utf8_lossy(line.as_bytes()))
        .collect();
    let hops = lines.iter().flat_map(|line| line.split(','));
    let hops: Vec<&str> = hops.filter(|hop| !hop.trim().is_empty()).collect();
    for hop in hops.iter().rev() {
        if !trusted.contains(address) {
            return (address, None);
        }
        match node(hop) {
            Some(hop) => address = hop,
            None => return (address, Some(Problem::Unreadable)),
        }
    }
    // The chain may end at one of our own, who is the client then.
    let nobody = hops.is_empty() && trusted.contains(address);
    (address, nobody.then_some(Problem::Silent))
}

/// The address in a node as RFC 7239, section 6, writes it: `192.0.2.43`, `192.0.2.43:47011`, `[2001:db8::17]`,
/// `"[2001:db8::17]:4711"`; IPv6 also bare, as `X-Forwarded-For` mostly has it. None of `unknown` and of hidden names.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let text = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text)
        .trim();
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(text) => text.split_once(']')?,
        None => text.split_at(text.find(':')?),
    };
    let is_v6 = text.starts_with('[');
    let address: IpAddr = host.parse().ok()?;
    let port_is_fine = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    (port_is_fine && address.is_ipv6() == is_v6).then(|| address.to_canonical())
}

/// A number, or a hidden one.
fn is_port(text: &str) -> bool {
    let hidden = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    text.parse::<u16>().is_ok() || text.strip_prefix('_').is_some_and(hidden)
}

/// Whether it wasn't said for a while.
fn is_to_be_said(said: &Mutex<Option<Instant>>, now: Instant) -> bool {
    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
    let due = said.is_none_or(|last| now.duration_since(last) >= SAY_EVERY);
    if due {
        *said = Some(now);
    }
    due
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn address(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        looked(peer, forwarded, trusted).0
    }

    fn looked(peer: &str, forwarded: &[&str], trusted: &[&str]) -> (String, Option<Problem>) {
        let mut request = Request::builder().uri("/");
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        parts
            .extensions
            .insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        let (address, problem) = look(&parts, &TrustedProxies::parse(trusted).unwrap());
        (address.to_string(), problem)
    }

    #[test]
    fn a_strangers_header_is_not_believed() {
        assert_eq!(address("203.0.113.9:1", &["10.1.1.1"], &[]), "203.0.113.9");
        assert_eq!(
            address("203.0.113.9:1", &["10.1.1.1"], &["10.0.0.0/8"]),
            "203.0.113.9"
        );
    }

    #[test]
    fn a_trusted_proxy_names_its_client() {
        assert_eq!(
            address("10.0.0.1:1", &["198.51.100.4"], &["10.0.0.1"]),
            "198.51.100.4"
        );
        // What the client itself sent stands in front and doesn't count.
        assert_eq!(
            address(
                "10.0.0.1:1",
                &["192.0.2.66, 198.51.100.4, 10.0.0.2"],
                &["10.0.0.0/8"]
            ),
            "198.51.100.4"
        );
        assert_eq!(
            address("[::ffff:10.0.0.1]:1", &["2001:db8::1"], &["10.0.0.0/8"]),
            "2001:db8::1"
        );
    }

    /// The bucket of all who come through the proxy: nobody gets into it in silence.
    #[test]
    fn a_client_that_nobody_can_read_is_said() {
        let behind = |forwarded: &[&str]| looked("10.0.0.1:1", forwarded, &["10.0.0.0/8"]);
        let ours = "10.0.0.1".to_owned();
        for unread in ["rubbish", "unknown", "_hidden", "198.51.100.4, \u{fc}"] {
            assert_eq!(
                behind(&[unread]),
                (ours.clone(), Some(Problem::Unreadable)),
                "{unread}"
            );
        }
        assert_eq!(behind(&[]), (ours.clone(), Some(Problem::Silent)));
        assert_eq!(behind(&["", " , "]), (ours, Some(Problem::Silent)));
        // What stands in front of who is known is none of our business.
        assert_eq!(
            behind(&["rubbish, 198.51.100.4"]),
            ("198.51.100.4".to_owned(), None)
        );
        // One of our own who signs in through the proxy.
        assert_eq!(behind(&["10.9.9.9"]), ("10.9.9.9".to_owned(), None));
        assert_eq!(looked("203.0.113.9:1", &[], &[]).1, None);
    }

    #[test]
    fn a_node_is_read_in_every_form_that_proxies_write() {
        for (text, expected) in [
            ("192.0.2.43", Some("192.0.2.43")),
            (" 192.0.2.43:47011 ", Some("192.0.2.43")),
            ("\"192.0.2.43:47011\"", Some("192.0.2.43")),
            ("192.0.2.43:_gazonk", Some("192.0.2.43")),
            ("2001:db8::17", Some("2001:db8::17")),
            ("[2001:db8::17]", Some("2001:db8::17")),
            ("[::1]:443", Some("::1")),
            ("\"[2001:db8:cafe::17]:4711\"", Some("2001:db8:cafe::17")),
            ("[::ffff:192.0.2.43]:1", Some("192.0.2.43")),
            ("unknown", None),
            ("_hidden", None),
            ("192.0.2.43:", None),
            ("192.0.2.43:99999", None),
            ("[192.0.2.43]:1", None),
            ("[::1]443", None),
            ("[::1", None),
            ("\"192.0.2.43", None),
            ("", None),
        ] {
            let found = node(text).map(|address| address.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn it_is_said_once_a_minute() {
        let (said, now) = (Mutex::new(None), Instant::now());
        let at = |seconds| is_to_be_said(&said, now + Duration::from_secs(seconds));
        assert_eq!(
            [0, 1, 59, 60, 61, 120].map(at),
            [true, false, false, true, false, true]
        );
    }

    #[test]
    fn a_bad_entry_is_named() {
        let error = TrustedProxies::parse(&["10.0.0.0/8", "proxy.local"]).unwrap_err();
        assert!(error.to_string().starts_with("`proxy.local`"));
    }
}
