//! The listeners: bound first, so that a port in use is said before anything else happens; served last.
//!
//! How slow and how many clients may be: `limits`; who has to go then: `connection_limit`; one of them: `connection`.

mod bodies;
mod connection;
mod connection_limit;
mod cuts;
mod limits;
mod wire;

use std::{
    io::Write as _,
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    serve::Listener,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;
use url::Url;

pub use self::limits::Limits;
use self::{bodies::Late, connection_limit::ConnectionLimit};
use crate::failure::Failure;

/// How long open requests may take when we stop. A live page's event stream would last for ever.
const GRACE: Duration = Duration::from_secs(10);

/// A bound port that isn't served yet.
pub struct BoundListener {
    name: &'static str,
    listener: TcpListener,
    address: SocketAddr,
}

impl BoundListener {
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

    /// Serves until the token is cancelled, then lets open requests end; answers the listener's name, too.
    pub fn serve(
        self,
        router: Router,
        limits: Limits,
        stop: CancellationToken,
    ) -> (&'static str, JoinHandle<()>) {
        let name = self.name;
        let router = router.layer(middleware::from_fn(move |request, next| {
            observe(name, request, next)
        }));
        let limit = ConnectionLimit::new(name, limits);
        let mut listener = self.listener;
        let serving = tokio::spawn(async move {
            let mut open = JoinSet::new();
            loop {
                let (stream, peer) = tokio::select! {
                    () = stop.cancelled() => break,
                    Some(_) = open.join_next() => continue,
                    // Waits a while when no more files may be opened.
                    accepted = Listener::accept(&mut listener) => accepted,
                };
                // A small answer must not wait for the acknowledgement of the one before.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "TCP_NODELAY could not be set");
                }
                match limit.admit(peer.ip()) {
                    Some(permit) => {
                        let (router, stop) = (router.clone(), stop.clone());
                        open.spawn(connection::serve(stream, peer, permit, router, stop));
                    }
                    None => turn_away(stream),
                }
            }
            drop(listener);
            let ended = async { while open.join_next().await.is_some() {} };
            if tokio::time::timeout(GRACE, ended).await.is_err() {
                tracing::warn!(
                    listener = name,
                    connections = open.len(),
                    "what was still open was given up"
                );
            }
        });
        (name, serving)
    }
}

/// Says that there is no place, if the client listens; nobody waits for it.
fn turn_away(stream: TcpStream) {
    const FULL: &[u8] =
        b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write_all(FULL);
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
    let late = request.extensions().get::<Late>().cloned();
    let mut response = next.run(request).await;
    // Whatever the page made of a body that broke off.
    if late.is_some_and(|late| late.is_late()) {
        response = (
            StatusCode::REQUEST_TIMEOUT,
            "the request did not come in time",
        )
            .into_response();
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
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
        ("route", route.clone()),
        ("status", status.to_string()),
    ];
    metrics::counter!("usher_http_requests_total", &labels).increment(1);
    let labels = [("listener", listener.to_owned()), ("route", route)];
    metrics::histogram!("usher_http_request_seconds", &labels).record(seconds);
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
