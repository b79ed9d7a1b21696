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
            entry::Entrant,
            failure,
            operation::{Answers, Operation},
        },
    },
    error_page::PageError,
};

/// The first message has to come within this time.
const INIT_WITHIN: Duration = Duration::from_secs(10);
/// A client is asked so often whether it is there.
const PING_EVERY: Duration = Duration::from_secs(20);
/// One that says nothing for so long, not even that, is gone.
const SILENT_AT_MOST: Duration = Duration::from_secs(50);
/// One that takes nothing for so long is cut off.
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// Operations at the same time.
const MOST: usize = 100;
/// Messages that wait to be sent.
const WAITING: usize = 64;

/// A connection is over: with words, or the client has gone.
type Over = Option<Close>;

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
    /// On this socket.
    pub fn new(socket: WebSocket, api: Api, request_id: String) -> Self {
        let (to, from) = mpsc::channel(WAITING);
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

    /// Serves it to its end. `entrant` is who came in already with the handshake.
    pub async fn serve(mut self, entrant: Option<Entrant>) {
        let stop = self.api.state.shutdown.clone();
        let first = tokio::time::timeout(INIT_WITHIN, self.begin(entrant));
        let begun = tokio::select! {
            () = stop.cancelled() => Err(Some(stops())),
            begun = first => begun.unwrap_or_else(|_| {
                Err(Some(Close::new(4408, "Connection initialisation timeout")))
            }),
        };
        let over = match begun {
            Ok(entrant) => self.go_on(entrant).await,
            Err(over) => over,
        };
        if let Some(close) = over {
            let _ = self.send(close.into()).await;
        }
    }

    /// Waits for the first message, and says who is there.
    async fn begin(&mut self, entrant: Option<Entrant>) -> Result<Entrant, Over> {
        let payload = loop {
            match hear(&mut self.socket).await? {
                Some(ClientMessage::ConnectionInit { payload }) => break payload,
                Some(ClientMessage::Ping) => self.say(message::pong()).await?,
                Some(ClientMessage::Subscribe { .. }) => return Err(Some(Close::unauthorized())),
                Some(ClientMessage::Pong | ClientMessage::Complete { .. }) | None => {}
            }
        };
        let entrant = match message::token_in(payload.as_ref())? {
            Some(token) => Entrant::with(Pass::Token(token.to_owned()), &self.api)
                .await
                .map_err(not_let_in)?,
            None => entrant,
        };
        let entrant = entrant.ok_or_else(|| Some(Close::unauthorized()))?;
        self.say(message::acknowledged()).await?;
        Ok(entrant)
    }

    /// Serves operations until it is over.
    async fn go_on(&mut self, entrant: Entrant) -> Over {
        let over = entrant.pass.clone().over(self.api.state.clone(), |_| true);
        tokio::pin!(over);
        let mut ping = tokio::time::interval(PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        loop {
            let done = tokio::select! {
                () = &mut over => {
                    return Some(if self.api.state.shutdown.is_cancelled() {
                        stops()
                    } else {
                        Close::forbidden()
                    });
                }
                Some(out) = self.from.recv() => self.pass_on(out).await,
                said = hear(&mut self.socket) => {
                    heard = Instant::now();
                    match said {
                        Ok(Some(said)) => self.take(said, &entrant).await,
                        Ok(None) => Ok(()),
                        Err(over) => return over,
                    }
                }
                _ = ping.tick() => {
                    if heard.elapsed() > SILENT_AT_MOST {
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

    async fn take(&mut self, said: ClientMessage, entrant: &Entrant) -> Result<(), Over> {
        match said {
            ClientMessage::ConnectionInit { .. } => {
                Err(Some(Close::new(4429, "Too many initialisation requests")))
            }
            ClientMessage::Ping => self.say(message::pong()).await,
            ClientMessage::Pong => Ok(()),
            ClientMessage::Subscribe { id, payload } => self.start(id, payload, entrant).await,
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
        entrant: &Entrant,
    ) -> Result<(), Over> {
        if self.running.contains_key(&id) {
            let words = format!("Subscriber for {id} already exists");
            return Err(Some(Close::new(4409, words)));
        }
        if self.running.len() >= MOST {
            let words = format!("A connection carries at most {MOST} operations at a time.");
            let status = axum::http::StatusCode::BAD_REQUEST;
            let errors = json!([failure::error(status, &words, &self.request_id)]);
            return self.say(message::error(&id, &errors)).await;
        }
        while self.tasks.try_join_next().is_some() {}
        self.last += 1;
        let number = self.last;
        // A connection lasts: what they may do is looked at for each operation.
        let entrant = entrant.as_of_now(&self.api).await;
        let caller = entrant
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

    /// Sends what an operation says, unless the client wants no more of it.
    async fn pass_on(&mut self, out: Out) -> Result<(), Over> {
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
        self.say(out.text).await
    }

    async fn say(&mut self, text: String) -> Result<(), Over> {
        self.send(Message::Text(text.into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Over> {
        match tokio::time::timeout(SEND_WITHIN, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(None),
        }
    }
}

/// The next message; none for what is of no matter here.
async fn hear(socket: &mut WebSocket) -> Result<Option<ClientMessage>, Over> {
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

fn stops() -> Close {
    Close::new(1001, "The server stops")
}

/// Why a token was not taken.
fn not_let_in(error: PageError) -> Over {
    Some(match error {
        PageError::Unavailable(_) | PageError::Internal(_) => {
            tracing::warn!(%error, "nobody could say whose a token is");
            Close::new(1013, "Try again later")
        }
        _ => Close::forbidden(),
    })
}
