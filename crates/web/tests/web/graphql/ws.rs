//! `/graphql/ws`, on a real listener.

use std::{net::SocketAddr, time::Duration};

use access::Role;
use axum::http::Method;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Error, Message, client::IntoClientRequest as _, http::HeaderName, http::HeaderValue,
    },
};

use super::{JSON, ask, token};
use crate::common::{ADMIN, App, PORTAL};

const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

/// The panel of a app, listening.
struct Listening {
    app: App,
    address: SocketAddr,
}

impl Listening {
    async fn open() -> Self {
        let app = App::open().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = app
            .admin
            .clone()
            .into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { app, address }
    }

    async fn connect(&self, headers: &[(&str, &str)]) -> Result<Socket, (u16, Value)> {
        let url = format!("ws://{}/graphql/ws", self.address);
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(
                name.parse::<HeaderName>().unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        match connect_async(request).await {
            Ok((socket, answer)) => {
                assert_eq!(answer.headers()[PROTOCOL.0], PROTOCOL.1);
                Ok(Socket(socket))
            }
            Err(Error::Http(answer)) => {
                let body = answer.body().as_deref().unwrap_or_default();
                Err((
                    answer.status().as_u16(),
                    serde_json::from_slice(body).unwrap(),
                ))
            }
            Err(error) => panic!("{error}"),
        }
    }
}

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn say(&mut self, message: Value) {
        let message = Message::text(message.to_string());
        self.0.send(message).await.unwrap();
    }

    /// The next message; a close as its code.
    async fn hear(&mut self) -> Result<Value, u16> {
        let patience = Duration::from_secs(45);
        loop {
            let heard = tokio::time::timeout(patience, self.0.next()).await.unwrap();
            match heard.unwrap().unwrap() {
                Message::Text(text) => return Ok(serde_json::from_str(&text).unwrap()),
                Message::Close(frame) => return Err(frame.unwrap().code.into()),
                _ => {}
            }
        }
    }

    async fn begin(&mut self, payload: Value) -> Result<Value, u16> {
        self.say(json!({"type": "connection_init", "payload": payload}))
            .await;
        self.hear().await
    }

    /// What comes next beside the subscriptions' news.
    async fn hear_beside_news(&mut self) -> Result<Value, u16> {
        loop {
            match self.hear().await {
                Ok(message) if message["type"] == "next" => {}
                other => return other,
            }
        }
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({"type": "subscribe", "id": id, "payload": {"query": query}}))
            .await;
    }
}

#[tokio::test]
async fn a_token_is_taken_in_the_header_or_in_the_first_message() {
    let listening = Listening::open().await;
    let bearer = token(&listening.app, Role::Auditor).await;
    let auth = ("authorization", bearer.as_str());
    let acknowledged = Ok(json!({"type": "connection_ack"}));
    let mut socket = listening
        .connect(&[PROTOCOL, auth])
        .await
        .unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(socket.begin(json!({})).await, acknowledged);
    for payload in [
        json!({"Authorization": bearer}),
        json!({"authorization": bearer}),
    ] {
        let mut socket = listening
            .connect(&[PROTOCOL])
            .await
            .unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!(socket.begin(payload).await, acknowledged);
        socket.subscribe("a", "{ __typename }").await;
        let next = json!({"type": "next", "id": "a", "payload": {"data": {"__typename": "Query"}}});
        assert_eq!(socket.hear().await, Ok(next));
        let complete = json!({"type": "complete", "id": "a"});
        assert_eq!(socket.hear().await, Ok(complete.clone()));
        // An id is free again then.
        socket.subscribe("a", "{ nothingOfThatName }").await;
        let error = socket.hear().await.unwrap();
        assert_eq!(
            (&error["type"], &error["id"]),
            (&json!("error"), &json!("a"))
        );
        assert!(error["payload"][0]["message"].is_string(), "{error}");
        socket.say(json!({"type": "ping"})).await;
        assert_eq!(socket.hear().await, Ok(json!({"type": "pong"})));
    }
}

#[tokio::test]
async fn who_is_not_let_in_is_told_so_before_the_upgrade() {
    let listening = Listening::open().await;
    let inside = listening.app.signed_in(Role::Admin).await;
    let cookie = inside.cookie.unwrap();
    let cookie = ("cookie", cookie.as_str());
    let bearer = token(&listening.app, Role::Auditor).await;
    for (headers, status, code) in [
        (
            &[PROTOCOL, ("authorization", "Bearer usher_nonsense")][..],
            401,
            "UNAUTHENTICATED",
        ),
        (
            &[
                PROTOCOL,
                ("authorization", "Bearer usher_nonsense"),
                cookie,
                ("origin", ADMIN),
            ],
            401,
            "UNAUTHENTICATED",
        ),
        (
            &[PROTOCOL, cookie, ("origin", "https://evil.example")],
            403,
            "FORBIDDEN",
        ),
        (&[PROTOCOL, cookie, ("origin", PORTAL)], 403, "FORBIDDEN"),
        (&[PROTOCOL, cookie], 403, "FORBIDDEN"),
        (
            &[PROTOCOL, ("origin", "https://evil.example")],
            403,
            "FORBIDDEN",
        ),
        (&[("authorization", bearer.as_str())], 400, "BAD_REQUEST"),
        (
            &[
                ("authorization", bearer.as_str()),
                ("sec-websocket-protocol", "graphql-ws"),
            ],
            400,
            "BAD_REQUEST",
        ),
    ] {
        let (answered, body) = listening.connect(headers).await.err().unwrap();
        assert_eq!(answered, status, "{headers:?}");
        let extensions = &body["errors"][0]["extensions"];
        assert_eq!(extensions["code"], code, "{headers:?}");
        assert!(extensions["requestId"].is_string());
    }
    let mut socket = listening
        .connect(&[PROTOCOL, cookie, ("origin", ADMIN)])
        .await
        .unwrap_or_else(|e| panic!("{e:?}"));
    let begun = socket.begin(Value::Null).await;
    assert_eq!(begun, Ok(json!({"type": "connection_ack"})));
}

#[tokio::test]
async fn the_protocol_is_kept() {
    let listening = Listening::open().await;
    let bearer = token(&listening.app, Role::Auditor).await;
    let init = json!({"type": "connection_init", "payload": {"Authorization": bearer}});
    let subscribe = json!({"type": "subscribe", "id": "a", "payload": {"query": "{ __typename }"}});
    for (said, code) in [
        (vec![json!({"type": "connection_init"})], 4401),
        (
            vec![
                json!({"type": "connection_init", "payload": {"authorization": "Bearer usher_nonsense"}}),
            ],
            4403,
        ),
        (
            vec![json!({"type": "connection_init", "payload": {"authorization": 7}})],
            4403,
        ),
        (vec![subscribe.clone()], 4401),
        (vec![json!({"type": "start"})], 4400),
        (vec![init.clone(), init.clone()], 4429),
        (
            vec![
                init.clone(),
                json!({"type": "subscribe", "id": "a", "payload": []}),
            ],
            4400,
        ),
        (
            vec![
                init.clone(),
                json!({"type": "subscribe", "payload": {"query": "{ a }"}}),
            ],
            4400,
        ),
        (
            vec![
                init.clone(),
                json!({"type": "ping", "payload": {"x": "y".repeat(70_000)}}),
            ],
            1009,
        ),
    ] {
        let mut socket = listening
            .connect(&[PROTOCOL])
            .await
            .unwrap_or_else(|e| panic!("{e:?}"));
        for message in &said {
            socket.say(message.clone()).await;
        }
        let closed = loop {
            if let Err(code) = socket.hear().await {
                break code;
            }
        };
        assert_eq!(closed, code, "{said:?}");
    }
    let mut binary = listening
        .connect(&[PROTOCOL])
        .await
        .unwrap_or_else(|e| panic!("{e:?}"));
    binary.0.send(Message::binary(vec![1])).await.unwrap();
    assert_eq!(binary.hear().await, Err(4400));
    // Whoever says nothing is not waited for.
    let mut silent = listening
        .connect(&[PROTOCOL])
        .await
        .unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(silent.hear().await, Err(4408));
}

#[tokio::test]
async fn a_connection_carries_a_hundred_subscriptions_each_under_its_own_id() {
    let listening = Listening::open().await;
    let bearer = token(&listening.app, Role::Auditor).await;
    let prospect = listening.app.prospect("p@bank.example").await;
    let news = news(prospect);
    let mut socket = listening
        .connect(&[PROTOCOL])
        .await
        .unwrap_or_else(|e| panic!("{e:?}"));
    socket
        .begin(json!({"Authorization": bearer}))
        .await
        .unwrap();
    for id in 0..=100 {
        socket.subscribe(&id.to_string(), &news).await;
    }
    let refused = socket.hear_beside_news().await.unwrap();
    assert_eq!(
        (&refused["type"], &refused["id"]),
        (&json!("error"), &json!("100"))
    );
    assert_eq!(refused["payload"][0]["extensions"]["code"], "BAD_REQUEST");
    // One that is wanted no more makes place.
    socket.say(json!({"type": "complete", "id": "7"})).await;
    socket.subscribe("again", "{ __typename }").await;
    let ended = socket.hear_beside_news().await.unwrap();
    assert_eq!(ended, json!({"type": "complete", "id": "again"}));
    socket.subscribe("8", &news).await;
    assert_eq!(socket.hear_beside_news().await, Err(4409));
}

#[tokio::test]
async fn what_is_open_ends_when_the_token_is_revoked() {
    let listening = Listening::open().await;
    let bearer = token(&listening.app, Role::Auditor).await;
    let prospect = listening.app.prospect("p@bank.example").await;
    let auth = ("authorization", bearer.as_str());
    let mut socket = listening
        .connect(&[PROTOCOL, auth])
        .await
        .unwrap_or_else(|e| panic!("{e:?}"));
    socket.begin(Value::Null).await.unwrap();
    let body = json!({"query": news(prospect)}).to_string();
    let headers = [JSON, auth];
    let stream = ask(
        &listening.app.admin,
        Method::POST,
        "/graphql/stream",
        &headers,
        body,
    );
    let revoke = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        sqlx::query!("UPDATE api_tokens SET revoked_at = now()")
            .execute(&listening.app.pool)
            .await
            .unwrap();
        socket.hear().await
    };
    let within = Duration::from_secs(60);
    let both = tokio::time::timeout(within, async { tokio::join!(stream, revoke) }).await;
    let (streamed, closed) = both.unwrap();
    assert_eq!(closed, Err(4403));
    assert!(streamed.body.contains("\"NEW\""), "{}", streamed.body);
}

/// A connection that was opened as an administrator's is worth no more than its owner is now.
#[tokio::test]
async fn a_role_that_was_taken_away_is_gone_on_an_open_connection_too() {
    let listening = Listening::open().await;
    let mut admin = listening.app.signed_in(Role::Admin).await;
    let form = [("name", "robot"), ("role", "admin"), ("days", "1")];
    let shown = admin.post("/access/tokens", &form).await;
    let token = shown.body.split("value=\"usher_").nth(1).unwrap();
    let token = format!("Bearer usher_{}", token.split('"').next().unwrap());
    let cookie = admin.cookie.clone().unwrap();
    let own_page = [
        PROTOCOL,
        ("cookie", cookie.as_str()),
        ("origin", crate::common::ADMIN),
    ];
    let by_token = [PROTOCOL, ("authorization", token.as_str())];
    let create = |n: u8| {
        format!(
            "mutation {{ prospectCreate(input: {{email: \"{n}@bank.example\", customerType: INDIVIDUAL}}) {{ prospect {{ stage }} }} }}"
        )
    };
    let mut sockets = Vec::new();
    for (n, headers) in [(1, &own_page[..]), (2, &by_token)] {
        let socket = listening.connect(headers).await;
        let mut socket = socket.unwrap_or_else(|e| panic!("{e:?}"));
        socket.begin(Value::Null).await.unwrap();
        socket.subscribe("a", &create(n)).await;
        let made = socket.hear().await.unwrap();
        assert_eq!(made["type"], "next", "{made}");
        assert!(made["payload"]["errors"].is_null(), "{made}");
        assert_eq!(socket.hear().await.unwrap()["type"], "complete");
        sockets.push(socket);
    }
    sqlx::query!("UPDATE operators SET role = 'auditor'")
        .execute(&listening.app.pool)
        .await
        .unwrap();
    sockets[0].subscribe("b", &create(3)).await;
    let refused = sockets[0].hear().await.unwrap();
    let code = &refused["payload"]["errors"][0]["extensions"]["code"];
    assert_eq!(code, "FORBIDDEN", "{refused}");
    sockets[1].subscribe("b", &create(4)).await;
    assert_eq!(sockets[1].hear().await, Err(4403), "the token has ended");
}

/// A subscription to the news of a prospect.
fn news(prospect: uuid::Uuid) -> String {
    format!(
        "subscription {{ prospectUpdated(prospectId: \"{prospect}\") {{ prospect {{ stage }} }} }}"
    )
}
