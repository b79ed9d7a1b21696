use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use url::{Host, Url};

use crate::simulator::Simulator;

/// Refuses an unsafe request that a page of another site made a browser send. A browser tells the page's origin,
/// port included; what is no browser tells none.
pub(crate) async fn guard(
    State(simulator): State<Simulator>,
    request: Request,
    next: Next,
) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if safe || is_from_own_page(request.headers(), &simulator.inner.config.base_url) {
        next.run(request).await
    } else {
        (
            StatusCode::FORBIDDEN,
            "This form was sent from another site. Open the simulator's own page and send it from there.\n",
        )
            .into_response()
    }
}

/// Whether a request comes from a page of the listener at `base_url`, or from what is no browser. Another name that leads to this
/// machine counts, another port doesn't.
#[must_use]
pub fn is_from_own_page(headers: &HeaderMap, base_url: &Url) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Some(origin) = origin
        .to_str()
        .ok()
        .and_then(|origin| Url::parse(origin).ok())
    else {
        return false;
    };
    // Who types `localhost` instead of `127.0.0.1` reaches the same listener; another name that leads here does not count.
    let same_host = match origin.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    origin.origin() == base_url.origin()
        || same_host
            && origin.scheme() == base_url.scheme()
            && origin.port_or_known_default() == base_url.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_pages_and_what_is_no_browser_may_send_forms() {
        let base_url =
            Url::parse("http://127.0.0.1:7603/sumsub").unwrap_or_else(|_| unreachable!());
        let allowed = |origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, header::HeaderValue::from_static(origin));
            }
            is_from_own_page(&headers, &base_url)
        };
        assert!(allowed(None));
        for own in [
            "http://127.0.0.1:7603",
            "http://localhost:7603",
            "http://[::1]:7603",
        ] {
            assert!(allowed(Some(own)), "{own}");
        }
        for other in [
            "null",
            "http://127.0.0.1:7600",
            "https://127.0.0.1:7603",
            "http://evil.test:7603",
            "http://localhost",
            "",
        ] {
            assert!(!allowed(Some(other)), "{other}");
        }
    }
}
