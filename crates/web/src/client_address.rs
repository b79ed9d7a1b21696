//! Whose address a request came from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{extract::ConnectInfo, http::request::Parts};

use crate::config::TrustedProxies;

/// The address of the client: the peer's, or, behind trusted proxies, the last one in `X-Forwarded-For` that
/// isn't a trusted proxy itself. What a client writes into the header in front of that is never believed.
#[must_use]
pub fn client_address(parts: &Parts, trusted: &TrustedProxies) -> IpAddr {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| {
            peer.0.ip().to_canonical()
        });
    let mut address = peer;
    let forwarded: Vec<&str> = parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    for hop in forwarded.iter().rev() {
        if !trusted.contains(address) {
            break;
        }
        match hop.parse::<IpAddr>() {
            Ok(hop) => address = hop.to_canonical(),
            Err(_) => break,
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn address(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut request = Request::builder().uri("/");
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        parts
            .extensions
            .insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        client_address(&parts, &TrustedProxies::parse(trusted).unwrap()).to_string()
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
        assert_eq!(
            address("10.0.0.1:1", &["rubbish"], &["10.0.0.0/8"]),
            "10.0.0.1"
        );
    }

    #[test]
    fn a_bad_entry_is_named() {
        let error = TrustedProxies::parse(&["10.0.0.0/8", "proxy.local"]).unwrap_err();
        assert!(error.to_string().starts_with("`proxy.local`"));
    }
}
