//! The doors: bound first, so that a port in use is said before anything else happens; served last.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::{HeaderName, Method},
    middleware::{self, Next},
    response::Response,
    serve::ListenerExt as _,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::failure::Failure;

/// How long open requests may take when we stop. A live page's event stream would last for ever.
const GRACE: Duration = Duration::from_secs(10);

/// A bound port that isn't served yet.
pub struct Door {
    name: &'static str,
    listener: TcpListener,
    address: SocketAddr,
}

impl Door {
    /// Takes the port. `mend` says how to choose another.
    ///
    /// # Errors
    /// When the port is in use, or not to be had.
    pub async fn bind(
        name: &'static str,
        address: SocketAddr,
        mend: &str,
    ) -> Result<Self, Failure> {
        let bound = async {
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            Ok::<_, std::io::Error>((listener, address))
        };
        match bound.await {
            Ok((listener, address)) => Ok(Self {
                name,
                listener,
                address,
            }),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                Err(Failure::other(format!(
                    "Port {} of the {name} listener ({address}) is in use: stop the program that uses it, or choose another with {mend} (0: any free port).",
                    address.port()
                )))
            }
            Err(error) => Err(Failure::other(format!(
                "The {name} listener can't use {address} ({error}): choose another address with {mend}."
            ))),
        }
    }

    /// Its URL, for who is on this machine.
    ///
    /// # Errors
    /// Never for an address that could be bound.
    pub fn url(&self) -> Result<Url, Failure> {
        let url = format!("http://{}", self.address);
        Url::parse(&url).map_err(|error| Failure::other(format!("{url} is no URL: {error}.")))
    }

    /// Serves until the token is cancelled, then lets open requests end.
    pub fn serve(self, router: Router, stop: CancellationToken) -> JoinHandle<()> {
        let name = self.name;
        let router = router.layer(middleware::from_fn(move |request, next| {
            observe(name, request, next)
        }));
        // A small answer must not wait for the acknowledgement of the one before.
        let listener = self.listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY could not be set");
            }
        });
        tokio::spawn(async move {
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            let serving = axum::serve(listener, service)
                .with_graceful_shutdown(stop.clone().cancelled_owned());
            let late = async {
                stop.cancelled().await;
                tokio::time::sleep(GRACE).await;
            };
            tokio::select! {
                served = serving.into_future() => {
                    if let Err(error) = served {
                        tracing::error!(listener = name, %error, "a listener ended");
                        stop.cancel();
                    }
                }
                () = late => tracing::info!(listener = name, "open connections were cut"),
            }
        })
    }
}

/// One log line and two metrics for each request. The route, not the path: ids and tokens stay out of them.
async fn observe(listener: &'static str, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = method_label(request.method());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let seconds = started.elapsed().as_secs_f64();
    let request_id = response
        .headers()
        .get(HeaderName::from_static("x-request-id"))
        .and_then(|id| id.to_str().ok())
        .unwrap_or("-");
    // Health checks and scrapes come every few seconds, and say nothing.
    if listener == "ops" {
        tracing::debug!(listener, method, route, status, "request");
    } else {
        tracing::info!(
            listener,
            method,
            route,
            status,
            request_id,
            milliseconds = (seconds * 10_000.0).round() / 10.0,
            "request"
        );
    }
    let labels = [
        ("listener", listener.to_owned()),
        ("method", method.to_owned()),
        ("route", route),
        ("status", status.to_string()),
    ];
    metrics::counter!("usher_http_requests_total", &labels).increment(1);
    metrics::histogram!("usher_http_request_seconds", "listener" => listener).record(seconds);
    response
}

/// Anyone can make up a method; each would be a time series of its own.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
