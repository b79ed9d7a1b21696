//! The bodies of requests and answers, as far as the connection's permit has to know of them.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::{connection_limit::ConnectionPermit, cuts::Why};

/// Whether the body of a request did not come in time; an extension of the request.
#[derive(Clone, Default)]
pub struct Late(Arc<AtomicBool>);

impl Late {
    /// Whether it did not.
    pub fn is_late(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a client sends. It has to be here in time, however steadily it drips.
pub struct Arriving {
    body: Body,
    permit: Arc<ConnectionPermit>,
    late: Late,
    end: Pin<Box<Sleep>>,
}

impl Arriving {
    /// Tells the permit that a request is here, wholly or but for this body.
    pub fn of(body: Body, permit: &Arc<ConnectionPermit>, late: &Late) -> Body {
        if body.is_end_stream() {
            permit.answers();
            return body;
        }
        permit.receives();
        Body::new(Self {
            body,
            end: Box::pin(sleep(permit.limits().body)),
            permit: Arc::clone(permit),
            late: late.clone(),
        })
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.late.is_late() || self.end.as_mut().poll(context).is_ready() {
            if !self.late.0.swap(true, Ordering::Relaxed) {
                self.permit.cut(Why::Body);
            }
            let late = axum::Error::new(std::io::Error::from(std::io::ErrorKind::TimedOut));
            return Poll::Ready(Some(Err(late)));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if frame.is_none() || self.body.is_end_stream() {
            self.permit.answers();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What a client is answered, also for hours. Once it is gone, the next request may come.
pub struct Leaving {
    body: Body,
    permit: Arc<ConnectionPermit>,
}

impl Leaving {
    /// Of this permit.
    pub fn of(body: Body, permit: Arc<ConnectionPermit>) -> Body {
        Body::new(Self { body, permit })
    }
}

impl HttpBody for Leaving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.permit.has_answered();
    }
}
