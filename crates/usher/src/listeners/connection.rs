//! One connection, from its first byte to its last.
//!
//! The limits are kept here rather than by hyper, whose time-out for a head also runs while a connection that is kept alive
//! stands idle, and which knows none for bodies.

use std::{
    convert::Infallible,
    future::poll_fn,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Poll, ready},
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::StatusCode,
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    time::{Sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{
    bodies::{Arriving, Late, Leaving},
    connection_limit::ConnectionPermit,
    cuts::Why,
    wire::Wire,
};

/// Bytes of a request's head, which is kept until it is whole: a listener has thousands of connections.
const LARGEST_HEAD: usize = 64 * 1024;

/// Serves a connection until it ends, or its time or place is lost. Once `stop` is cancelled, a request that is under way is
/// still answered.
pub async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    permit: Arc<ConnectionPermit>,
    router: Router,
    stop: CancellationToken,
) {
    let wire = TokioIo::new(Wire::new(stream, Arc::clone(&permit)));
    let service = service_fn(|request| answer(request, peer, Arc::clone(&permit), router.clone()));
    let connection = http1::Builder::new()
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(wire, service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let mut overdue = pin!(overdue(&permit));
    let mut lost = pin!(permit.lost());
    let mut stopping = false;
    loop {
        tokio::select! {
            // The connection first: what it has just heard decides when its time is over.
            biased;
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke off");
                }
                return;
            }
            () = lost.as_mut() => return,
            why = overdue.as_mut() => return permit.cut(why),
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// When the permit's time is over.
async fn overdue(permit: &ConnectionPermit) -> Why {
    let mut timer: Option<Pin<Box<Sleep>>> = None;
    poll_fn(|context| {
        let Some((end, why)) = permit.end() else {
            return Poll::Pending;
        };
        let timer = timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
        if timer.deadline() != end {
            timer.as_mut().reset(end);
        }
        ready!(timer.as_mut().poll(context));
        Poll::Ready(why)
    })
    .await
}

async fn answer(
    request: Request<Incoming>,
    peer: SocketAddr,
    permit: Arc<ConnectionPermit>,
    router: Router,
) -> Result<Response, Infallible> {
    let late = Late::default();
    let mut request = request.map(|body| Arriving::of(Body::new(body), &permit, &late));
    request.extensions_mut().insert(ConnectInfo(peer));
    request.extensions_mut().insert(late);
    let response = router.oneshot(request).await?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        permit.upgrades();
    } else {
        permit.answers();
    }
    Ok(response.map(|body| Leaving::of(body, permit)))
}
