//! The two web sites, and what stands around the pages of either: guard, limits, error pages, headers, the log.

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, timeout::TimeoutLayer,
};
use tracing::Instrument as _;
use url::{Origin, Url};
use uuid::Uuid;

use crate::{
    assets,
    config::WebConfig,
    error_page,
    origin::{self, OwnOrigins},
};

/// One of our two web sites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// The operators' panel.
    Admin,
    /// The customers' portal.
    Portal,
}

impl Site {
    /// As the database names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Site::Admin => "admin",
            Site::Portal => "portal",
        }
    }

    /// The session cookie; under https browsers take it from this host alone.
    pub(crate) fn cookie(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Site::Admin, false) => "usher_admin",
            (Site::Admin, true) => "__Host-usher_admin",
            (Site::Portal, false) => "usher_portal",
            (Site::Portal, true) => "__Host-usher_portal",
        }
    }

    /// The cookie by which a browser is known again ([`crate::devices`]).
    pub(crate) fn device_cookie(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Site::Admin, false) => "usher_admin_device",
            (Site::Admin, true) => "__Host-usher_admin_device",
            (Site::Portal, false) => "usher_portal_device",
            (Site::Portal, true) => "__Host-usher_portal_device",
        }
    }

    /// Whether its cookies are for https only.
    pub(crate) fn is_secure(self, config: &WebConfig) -> bool {
        self.url(config).scheme() == "https"
    }

    fn url(self, config: &WebConfig) -> &Url {
        match self {
            Site::Admin => &config.admin_url,
            Site::Portal => &config.public_url,
        }
    }

    /// How long a session may last.
    pub(crate) fn longest(self, config: &WebConfig) -> Duration {
        match self {
            Site::Admin => config.admin_session_max,
            Site::Portal => config.portal_session_max,
        }
    }
}

/// Forms are small.
const LARGEST_BODY: usize = 64 * 1024;
/// A verification link may take Sumsub several attempts.
const LONGEST_ANSWER: Duration = Duration::from_secs(60);
/// No inline script or style, nothing from elsewhere, in nobody's frame.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// Once a browser has seen it, it speaks https with this host for a year.
const HSTS: &str = "max-age=31536000";

/// Under https: browsers are not to fall back to http (RFC 6797). On every answer of the site at `url`.
pub(crate) fn https_only(site: Router, url: &Url) -> Router {
    if url.scheme() != "https" {
        return site;
    }
    site.layer(middleware::map_response(async |mut response: Response| {
        response.headers_mut().insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(HSTS),
        );
        response
    }))
}

/// Puts guard, limits, error pages, headers and the log around a site's pages. `pages` have their session layer already.
/// `forms_lead_to` are the origins beside its own to which a form may lead, also by a redirect. `programs` are routes that
/// say for themselves who gets in, how long it takes and what went wrong.
pub(crate) fn around(
    pages: Router,
    programs: Router,
    own: OwnOrigins,
    site: Site,
    forms_lead_to: &[Origin],
) -> Router {
    let policy = content_security_policy(forms_lead_to);
    // What is put together first is boxed once: a router boxes, and copies for each request, whatever is layered on it by itself.
    let inner = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(site, error_page::render))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            LONGEST_ANSWER,
        ))
        .layer(DefaultBodyLimit::max(LARGEST_BODY));
    let outer = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(policy, dress))
        .layer(CompressionLayer::new());
    pages
        .layer(middleware::from_fn_with_state(own, origin::guard))
        .merge(assets::router())
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(inner)
        .merge(programs)
        .layer(outer)
}

/// Gives the request an id, under which whatever a page logs stands (the listener writes the line of the request itself), and the
/// answer its id and headers.
async fn dress(State(policy): State<HeaderValue>, mut request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().to_string();
    let value = HeaderValue::try_from(&id).ok();
    let name = HeaderName::from_static(error_page::REQUEST_ID);
    let headers = request.headers_mut();
    // The id that a stranger sends would stand in our logs and on our pages.
    headers.remove(&name);
    if let Some(value) = value.clone() {
        headers.insert(name.clone(), value);
    }
    let span = tracing::info_span!("page", %id);
    let mut response = next.run(request).instrument(span).await;
    secure(policy, &mut response);
    let headers = response.headers_mut();
    if let Some(value) = value {
        headers.entry(name).or_insert(value);
    }
    // Pages hold personal data: neither browser nor proxy keeps them. Assets say something else themselves.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

fn content_security_policy(forms_lead_to: &[Origin]) -> HeaderValue {
    let mut policy = CONTENT_SECURITY_POLICY.to_owned();
    for origin in forms_lead_to {
        policy.push(' ');
        policy.push_str(&origin.ascii_serialization());
    }
    // An origin is plain ASCII.
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(CONTENT_SECURITY_POLICY))
}

/// The origin to which the form of this very page leads, beside those of the whole site; from there it may lead on to any that speaks
/// https.
#[derive(Debug, Clone)]
pub(crate) struct FormsLeadTo(pub(crate) Origin);

fn secure(policy: HeaderValue, response: &mut Response) {
    let policy = match response.extensions().get::<FormsLeadTo>() {
        Some(FormsLeadTo(origin)) => {
            let policy = policy.to_str().unwrap_or(CONTENT_SECURITY_POLICY);
            let policy = format!("{policy} https: {}", origin.ascii_serialization());
            HeaderValue::try_from(policy)
                .unwrap_or(HeaderValue::from_static(CONTENT_SECURITY_POLICY))
        }
        None => policy,
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=()",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

pub(crate) fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response<Body> {
    // What it says may hold personal data; the panic hook has said where.
    drop(panic);
    tracing::error!("a page panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::to_bytes, routing::get};
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn browsers_are_kept_to_https_where_it_is() {
        for (url, expected) in [
            ("https://panel.bank.example", Some("max-age=31536000")),
            ("http://127.0.0.1:7600", None),
        ] {
            let url = Url::parse(url).unwrap();
            let site = Router::new().route("/", get(|| async { "here" }));
            for path in ["/", "/nowhere"] {
                let request = Request::builder().uri(path).body(Body::empty()).unwrap();
                let site = https_only(site.clone(), &url);
                let response = site.oneshot(request).await.unwrap();
                let said = response.headers().get(header::STRICT_TRANSPORT_SECURITY);
                assert_eq!(
                    said.map(|said| said.to_str().unwrap()),
                    expected,
                    "{url}{path}"
                );
            }
        }
    }

    #[tokio::test]
    async fn a_panic_becomes_a_page_with_the_id_of_the_request() {
        let panics = get(|| async {
            if true {
                panic!("personal data")
            }
        });
        let own = OwnOrigins::from_url(&Url::parse("http://127.0.0.1:7600").unwrap());
        let site = around(
            Router::new().route("/panics", panics),
            Router::new(),
            own,
            Site::Admin,
            &[],
        );
        let request = Request::builder()
            .uri("/panics")
            .header(error_page::REQUEST_ID, "chosen-by-a-stranger")
            .body(Body::empty())
            .unwrap();
        let response = site.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let id = response.headers()[error_page::REQUEST_ID]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(id.parse::<Uuid>().is_ok(), "{id}");
        let page = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let page = String::from_utf8(page.to_vec()).unwrap();
        assert!(
            page.contains("Something went wrong") && page.contains(&id),
            "{page}"
        );
        assert!(!page.contains("personal data"), "{page}");
    }
}
