//! One connection: its beginning, its operations, its end.

use std::{collections::HashMap, time::Duration};

use axum::extract::ws::{Message, WebSocket};
use futures::StreamExt as _;
use serde_json::json;
use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinSet},
    time::{Instant, MissedTickBehavior},
};

use super::message::{self, ClientMessage, Close};
use crate::{
    admin::{
        auth::Pass,
        graphql::{
            Api,
            authentication::Client,
            failure,
            operation::{Answers, Operation},
        },
    },
    error_page::PageError,
};

/// The first message has to come within this time.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a client is asked whether it is there.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// A client that sends nothing for so long, not even a pong, is gone.
const MAX_SILENCE: Duration = Duration::from_secs(50);
/// A client that takes nothing for so long is cut off.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// The most operations of a connection at the same time.
const MAX_OPERATIONS: usize = 100;
/// How many messages may wait to be sent.
const QUEUED_MESSAGES: usize = 64;

/// How a connection ends: closed by us with a code and words, or (none) because the client has gone.
type Ended = Option<Close>;

/// A WebSocket and what runs on it.
pub struct Connection {
    socket: WebSocket,
    api: Api,
    request_id: String,
    /// The operations under way, each with its number: an id may be used again.
    running: HashMap<String, (u64, AbortHandle)>,
    last: u64,
    // Dropped with the connection: what only answers ends then.
    tasks: JoinSet<()>,
    to: mpsc::Sender<Out>,
    from: mpsc::Receiver<Out>,
}

/// A message of an operation.
struct Out {
    id: String,
    number: u64,
    text: String,
    is_last: bool,
}

impl Connection {
    /// A connection on this socket, whose messages carry the request id of the handshake.
    pub fn new(socket: WebSocket, api: Api, request_id: String) -> Self {
        let (to, from) = mpsc::channel(QUEUED_MESSAGES);
        Self {
            socket,
            api,
            request_id,
            running: HashMap::new(),
            last: 0,
            tasks: JoinSet::new(),
            to,
            from,
        }
    }

    /// Serves it to its end. `client` is who came in already with the handshake.
    pub async fn serve(mut self, client: Option<Client>) {
        let stop = self.api.state.shutdown.clone();
        let first = tokio::time::timeout(INIT_TIMEOUT, self.begin(client));
        let begun = tokio::select! {
            () = stop.cancelled() => Err(Some(server_stops())),
            begun = first => begun.unwrap_or_else(|_| {
                Err(Some(Close::new(4408, "Connection initialisation timeout")))
            }),
        };
        let over = match begun {
            Ok(client) => self.serve_operations(client).await,
            Err(over) => over,
        };
        if let Some(close) = over {
            let _ = self.send(close.into()).await;
        }
    }

    /// Waits for the first message, and says who is there.
    async fn begin(&mut self, client: Option<Client>) -> Result<Client, Ended> {
        let payload = loop {
            match receive(&mut self.socket).await? {
                Some(ClientMessage::ConnectionInit { payload }) => break payload,
                Some(ClientMessage::Ping) => self.send_text(message::pong()).await?,
                Some(ClientMessage::Subscribe { .. }) => return Err(Some(Close::unauthorized())),
                Some(ClientMessage::Pong | ClientMessage::Complete { .. }) | None => {}
            }
        };
        let client = match message::token_in(payload.as_ref())? {
            Some(token) => Client::with(Pass::Token(token.to_owned()), &self.api)
                .await
                .map_err(token_refused)?,
            None => client,
        };
        let client = client.ok_or_else(|| Some(Close::unauthorized()))?;
        self.send_text(message::acknowledged()).await?;
        Ok(client)
    }

    /// Serves operations until it is over.
    async fn serve_operations(&mut self, client: Client) -> Ended {
        let over = client.pass.clone().over(self.api.state.clone(), |_| true);
        tokio::pin!(over);
        let mut ping = tokio::time::interval(PING_INTERVAL);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last_received = Instant::now();
        loop {
            let done = tokio::select! {
                () = &mut over => {
                    return Some(if self.api.state.shutdown.is_cancelled() {
                        server_stops()
                    } else {
                        Close::forbidden()
                    });
                }
                Some(out) = self.from.recv() => self.forward(out).await,
                received = receive(&mut self.socket) => {
                    last_received = Instant::now();
                    match received {
                        Ok(Some(received)) => self.handle(received, &client).await,
                        Ok(None) => Ok(()),
                        Err(over) => return over,
                    }
                }
                _ = ping.tick() => {
                    if last_received.elapsed() > MAX_SILENCE {
                        return None;
                    }
                    self.send(Message::Ping(Default::default())).await
                }
            };
            if let Err(over) = done {
                return over;
            }
        }
    }

    async fn handle(&mut self, message: ClientMessage, client: &Client) -> Result<(), Ended> {
        match message {
            ClientMessage::ConnectionInit { .. } => {
                Err(Some(Close::new(4429, "Too many initialisation requests")))
            }
            ClientMessage::Ping => self.send_text(message::pong()).await,
            ClientMessage::Pong => Ok(()),
            ClientMessage::Subscribe { id, payload } => self.start(id, payload, client).await,
            ClientMessage::Complete { id } => {
                if let Some((_, task)) = self.running.remove(&id) {
                    task.abort();
                }
                Ok(())
            }
        }
    }

    async fn start(
        &mut self,
        id: String,
        operation: Operation,
        client: &Client,
    ) -> Result<(), Ended> {
        if self.running.contains_key(&id) {
            let words = format!("Subscriber for {id} already exists");
            return Err(Some(Close::new(4409, words)));
        }
        if self.running.len() >= MAX_OPERATIONS {
            let words =
                format!("A connection carries at most {MAX_OPERATIONS} operations at a time.");
            let status = axum::http::StatusCode::BAD_REQUEST;
            let errors = json!([failure::error(status, &words, &self.request_id)]);
            return self.send_text(message::error(&id, &errors)).await;
        }
        while self.tasks.try_join_next().is_some() {}
        self.last += 1;
        let number = self.last;
        // A connection lasts: what they may do is looked at for each operation.
        let client = client.reauthenticated(&self.api).await;
        let caller = client
            .ok_or_else(|| Some(Close::forbidden()))?
            .caller(&self.api);
        let mut answers = operation.run(&self.api, caller, &self.request_id, Answers::Many);
        let (to, request_id, name) = (self.to.clone(), self.request_id.clone(), id.clone());
        let forward = async move {
            let out = |text: String, is_last: bool| Out {
                id: name.clone(),
                number,
                text,
                is_last,
            };
            let mut is_first = true;
            while let Some(answer) = answers.next().await {
                let json = answer.json(&request_id);
                // By the protocol an operation that was refused has an error in place of answers.
                let refused = is_first && answer.is_refusal();
                is_first = false;
                let text = if refused {
                    message::error(&name, &json["errors"])
                } else {
                    message::next(&name, &json)
                };
                if to.send(out(text, refused)).await.is_err() || refused {
                    return;
                }
            }
            let _ = to.send(out(message::complete(&name), true)).await;
        };
        let task = self.tasks.spawn(forward);
        self.running.insert(id, (number, task));
        Ok(())
    }

    /// Sends an operation's message, unless the client wants no more of it.
    async fn forward(&mut self, out: Out) -> Result<(), Ended> {
        let wanted = self
            .running
            .get(&out.id)
            .is_some_and(|(number, _)| *number == out.number);
        if !wanted {
            return Ok(());
        }
        if out.is_last {
            self.running.remove(&out.id);
        }
        self.send_text(out.text).await
    }

    async fn send_text(&mut self, text: String) -> Result<(), Ended> {
        self.send(Message::Text(text.into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        match tokio::time::timeout(SEND_TIMEOUT, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(None),
        }
    }
}

/// The next message; none for what is of no matter here.
async fn receive(socket: &mut WebSocket) -> Result<Option<ClientMessage>, Ended> {
    match socket.recv().await {
        Some(Ok(Message::Text(text))) => Ok(Some(ClientMessage::parse(&text)?)),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Binary(_))) => Err(Some(Close::new(4400, "Invalid message: binary"))),
        Some(Err(error)) => {
            tracing::debug!(%error, "a WebSocket broke off");
            Err(Some(Close::new(1009, "The message is too large or broken")))
        }
        Some(Ok(Message::Close(_))) | None => Err(None),
    }
}

fn server_stops() -> Close {
    Close::new(1001, "The server stops")
}

/// Why a token was not taken.
fn token_refused(error: PageError) -> Ended {
    Some(match error {
        PageError::Unavailable(_) | PageError::Internal(_) => {
            tracing::warn!(%error, "nobody could say whose a token is");
            Close::new(1013, "Try again later")
        }
        _ => Close::forbidden(),
    })
}
