//! The guard against cross-site requests: an unsafe request has to come from a page of its own site.
//!
//! A cookie doesn't know ports, and `SameSite` doesn't either: to the browser the portal on 7601 and the panel on 7600
//! are one site. `Origin` has the port in it.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use url::{Host, Origin, Url};

use crate::error_page::PageError;

/// The origins that count as a site's own.
#[derive(Clone, Debug)]
pub struct OwnOrigins(Arc<Vec<String>>);

impl OwnOrigins {
    /// The origin of the site's address. On loopback its other names count too: who types
    /// `localhost` instead of `127.0.0.1` reaches the same site.
    #[must_use]
    pub fn from_url(url: &Url) -> Self {
        let mut origins = vec![url.origin().ascii_serialization()];
        let loopback = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if loopback && let Origin::Tuple(scheme, _, port) = url.origin() {
            for host in ["localhost", "127.0.0.1", "[::1]"] {
                if let Ok(other) = Url::parse(&format!("{scheme}://{host}:{port}")) {
                    origins.push(other.origin().ascii_serialization());
                }
            }
        }
        Self(Arc::new(origins))
    }

    /// Whether a request with these headers comes from one of our own pages (or from no page at all, as far
    /// as a browser says so).
    #[must_use]
    pub fn allows(&self, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (Some(origin), None) => self.0.iter().any(|own| own.as_bytes() == origin.as_bytes()),
            (Some(_), Some(_)) => false,
            (None, _) => headers
                .get("sec-fetch-site")
                .is_some_and(|site| site == "same-origin" || site == "none"),
        }
    }
}

/// Refuses unsafe requests from elsewhere. A request with a bearer token is let through: no other site can make a browser
/// send one.
pub async fn guard(State(own): State<OwnOrigins>, request: Request, next: Next) -> Response {
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE
    );
    if safe || bearer(request.headers()).is_some() || own.allows(request.headers()) {
        next.run(request).await
    } else {
        PageError::CrossSite.into_response()
    }
}

/// The token of an `Authorization: Bearer` header.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    bearer_in(headers.get(header::AUTHORIZATION)?.to_str().ok()?)
}

/// The token of the value of such a header, wherever else it came from.
#[must_use]
pub fn bearer_in(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn allows(own: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        OwnOrigins::from_url(&Url::parse(own).unwrap()).allows(&map)
    }

    #[test]
    fn origin_is_compared_with_its_port() {
        let own = "http://127.0.0.1:7600/";
        assert!(allows(own, &[("origin", "http://127.0.0.1:7600")]));
        assert!(allows(own, &[("origin", "http://localhost:7600")]));
        assert!(allows(own, &[("origin", "http://[::1]:7600")]));
        assert!(!allows(own, &[("origin", "http://127.0.0.1:7601")]));
        assert!(!allows(own, &[("origin", "https://127.0.0.1:7600")]));
        assert!(!allows(own, &[("origin", "http://127.0.0.1")]));
        assert!(!allows(own, &[("origin", "http://evil.example")]));
        assert!(!allows(own, &[("origin", "null")]));
        assert!(!allows(own, &[("origin", "")]));
        assert!(!allows(
            own,
            &[
                ("origin", "http://127.0.0.1:7600"),
                ("origin", "http://evil.example")
            ]
        ));
    }

    #[test]
    fn a_public_site_has_one_name() {
        let own = "https://panel.bank.example/";
        assert!(allows(own, &[("origin", "https://panel.bank.example")]));
        assert!(!allows(own, &[("origin", "http://panel.bank.example")]));
        assert!(!allows(own, &[("origin", "https://localhost")]));
        assert!(!allows(
            own,
            &[("origin", "https://panel.bank.example.evil.example")]
        ));
    }

    #[test]
    fn without_origin_the_browser_has_to_say_where_from() {
        let own = "http://127.0.0.1:7600/";
        assert!(allows(own, &[("sec-fetch-site", "same-origin")]));
        assert!(allows(own, &[("sec-fetch-site", "none")]));
        assert!(!allows(own, &[("sec-fetch-site", "same-site")]));
        assert!(!allows(own, &[("sec-fetch-site", "cross-site")]));
        assert!(!allows(own, &[]));
        // A foreign origin isn't healed by it.
        assert!(!allows(
            own,
            &[
                ("origin", "http://127.0.0.1:7601"),
                ("sec-fetch-site", "same-origin")
            ]
        ));
    }

    #[test]
    fn bearer_tokens_are_read_whatever_the_case() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        headers.insert(
            header::AUTHORIZATION,
            HeaderValue::from_static("bearer usher_abc"),
        );
        assert_eq!(bearer(&headers), Some("usher_abc"));
        headers.insert(
            header::AUTHORIZATION,
            HeaderValue::from_static("Basic dXNlcg=="),
        );
        assert_eq!(bearer(&headers), None);
    }
}
