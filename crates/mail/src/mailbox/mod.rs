//! The development mailbox of `usher dev`: an SMTP server on this machine that keeps every mail and shows it.
//!
//! **Why not `mailcrab`.** It answers 250 as soon as the mail is in a broadcast channel (128 mails, the oldest fall out
//! without a word) and has no hook before that answer. A kill right after it would lose a mail that the sender
//! rightly takes for delivered, and a kill must lose none. So this server stores the mail in PostgreSQL *before* it says
//! 250; mails that wait at the same moment share one commit. Commands are parsed by `smtp-proto`, mails by `mail-parser`.

mod schema;
mod smtp;
mod store;
mod web;

use std::{io, net::SocketAddr, time::Duration};

use axum::Router;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use smtp::Session;
use store::Store;

/// Why the mailbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    /// The port is in use, or not ours to take.
    #[error(
        "the development mailbox can't listen on {address} ({source}); choose another port, or stop what uses it"
    )]
    Bind {
        /// Where it was to listen.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Its tables could not be made.
    #[error("the tables of the development mailbox could not be made ({0})")]
    Database(#[from] sqlx::Error),
}

/// A running mailbox. Dropping it stops nothing; the token does.
#[derive(Clone, Debug)]
pub struct Mailbox {
    pool: PgPool,
    address: SocketAddr,
    tasks: TaskTracker,
}

impl Mailbox {
    /// Makes the tables if need be and listens on `address` (port 0: any free one) until `stop` is cancelled.
    ///
    /// # Errors
    /// When the port can't be had or the database does not answer.
    pub async fn start(
        pool: PgPool,
        address: SocketAddr,
        stop: CancellationToken,
    ) -> Result<Self, MailboxError> {
        schema::create(&pool).await?;
        let listening = async {
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let (listener, address) = listening
            .await
            .map_err(|source| MailboxError::Bind { address, source })?;
        let tasks = TaskTracker::new();
        let store = Store::start(pool.clone(), &tasks);
        tasks.spawn(serve(listener, store, stop, tasks.clone()));
        tasks.close();
        Ok(Self {
            pool,
            address,
            tasks,
        })
    }

    /// Where mail is taken.
    #[must_use]
    pub fn smtp_address(&self) -> SocketAddr {
        self.address
    }

    /// The pages: `/mail`, `/mail/{id}`, and `/mail/messages` as JSON.
    pub fn router(&self) -> Router {
        web::router(self.pool.clone())
    }

    /// Returns once the token was cancelled and every mail that had arrived is stored.
    pub async fn stopped(&self) {
        self.tasks.wait().await;
    }
}

/// Takes connections until `stop`. The store's writer ends once this and every session has.
async fn serve(listener: TcpListener, store: Store, stop: CancellationToken, tasks: TaskTracker) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let session = Session::new(store.clone());
                let stop = stop.clone();
                tasks.spawn(async move {
                    if let Err(error) = session.run(stream, stop).await {
                        tracing::debug!(%error, "a connection to the mailbox broke");
                    }
                });
            }
            Err(error) => {
                // Out of file descriptors, say: asking again at once would only spin.
                tracing::warn!(%error, "the mailbox could not take a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
