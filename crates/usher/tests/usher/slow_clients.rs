//! Nobody outside holds Usher up: slow clients, many clients, greedy programs.

use std::{process::Command, time::Duration};

use crate::common::real::{serve, started_as, stop};
use access::{ApiTokens, Role};
use nix::{
    sys::{
        resource::{Resource, getrlimit, setrlimit},
        signal::{Signal, kill},
    },
    unistd::Pid,
};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use sqlx::Executor as _;
use sumsub::{
    Secret,
    webhook::{Algorithm, DIGEST_ALG_HEADER, DIGEST_HEADER, signature},
};
use testkit::TestDatabase;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

/// What a slow client never gets beyond.
const HALVES: [&str; 5] = [
    "",
    "GET / HT",
    "GET / HTTP/1.1\r\nhost: bank.example\r\nx-slow: ye",
    "POST /webhook/sumsub HTTP/1.1\r\nhost: bank.example\r\ncontent-length: 500\r\n\r\n{",
    "POST /webhook/sumsub HTTP/1.1\r\nhost: bank.example\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc",
];
const WHOLE: &str = "GET /no-such-page HTTP/1.1\r\nhost: bank.example\r\n\r\n";
/// So long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server on a database of its own.
struct Served {
    database: TestDatabase,
    child: std::process::Child,
    listeners: [String; 3],
    client: Client,
}

impl Served {
    async fn with(name: &str, settings: &[(&str, &str)]) -> Self {
        Self::of(name, |url| {
            let mut command = serve(&[
                ("USHER_DATABASE__URL", Some(url)),
                ("USHER_LOG__FORMAT", Some("json")),
            ]);
            command.envs(settings.iter().copied());
            command
        })
        .await
    }

    async fn of(name: &str, command: impl FnOnce(&str) -> Command) -> Self {
        let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        setrlimit(Resource::RLIMIT_NOFILE, most, most).unwrap();
        let database = testkit::database().await;
        let server = database.as_server().await;
        server.pool.close().await;
        let (child, listeners) = started_as(command(&server.url), name);
        let client = Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            // Each request by a connection of its own.
            .pool_max_idle_per_host(0);
        Self {
            database,
            child,
            listeners,
            client: client.build().unwrap(),
        }
    }

    async fn connect(&self, listener: usize) -> TcpStream {
        let address = self.listeners[listener].strip_prefix("http://").unwrap();
        TcpStream::connect(address).await.unwrap()
    }

    async fn sending(&self, listener: usize, words: &str) -> TcpStream {
        let mut stream = self.connect(listener).await;
        // Who was cut off already is not to be written to.
        let _ = stream.write_all(words.as_bytes()).await;
        stream
    }

    async fn status(&self, listener: usize, path: &str) -> StatusCode {
        let url = format!("{}{path}", self.listeners[listener]);
        self.client.get(url).send().await.unwrap().status()
    }

    /// Sends a callback as Sumsub does.
    async fn webhook(&self, number: usize) -> StatusCode {
        let body = callback(number);
        let signed = signature(Algorithm::HmacSha256, &Secret::new("one"), body.as_bytes());
        let url = format!("{}/webhook/sumsub", self.listeners[1]);
        let request = self
            .client
            .post(url)
            .header(DIGEST_ALG_HEADER, "HMAC_SHA256_HEX")
            .header(DIGEST_HEADER, signed)
            .body(body);
        request.send().await.unwrap().status()
    }

    async fn everybody_else_is_answered(&self) {
        for number in 0..3 {
            assert_eq!(self.webhook(number).await, 200, "webhook");
            assert_eq!(self.status(1, "/login").await, 200, "portal");
            assert_eq!(self.status(0, "/login").await, 200, "panel");
            assert_eq!(self.status(2, "/health/ready").await, 200, "health");
        }
    }

    async fn token(&self) -> String {
        let tokens = ApiTokens::new(self.database.pool.clone());
        let valid = Duration::from_secs(3600);
        tokens.mint("test", Role::Admin, valid).await.unwrap().1
    }

    async fn graphql(&self, token: &str, query: &str) -> Value {
        let answer = self
            .client
            .post(format!("{}/graphql", self.listeners[0]))
            .bearer_auth(token)
            .json(&json!({ "query": query }))
            .send();
        answer.await.unwrap().json().await.unwrap()
    }

    async fn ends(mut self) {
        self.database.pool.close().await;
        assert_eq!(stop(&mut self.child), Some(0));
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn callback(number: usize) -> String {
    json!({"type": "applicantPending", "applicantId": format!("a{number}"), "correlationId": "c", "createdAtMs": "2026-01-01 00:00:00.000"})
        .to_string()
}

/// What comes until the server closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut said));
    // Reset is closed, too.
    let _ = read.await.expect("the server leaves the connection open");
    String::from_utf8_lossy(&said).into_owned()
}

/// What comes until it holds these words.
async fn until(stream: &mut TcpStream, words: &str) -> String {
    let mut said = String::new();
    let mut buffer = [0; 4096];
    while !said.contains(words) {
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut buffer));
        let count = read.await.expect("nothing comes any more").unwrap();
        assert!(count > 0, "closed after {said:?}");
        said.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_half_sent_requests_keep_nobody_out() {
    // With no more open files than most systems give.
    let served = Served::of("halves", |url| {
        let plain = serve(&[]);
        let mut command = Command::new("sh");
        command
            .args(["-c", "ulimit -n 1024; exec \"$0\" \"$@\""])
            .arg(plain.get_program())
            .args(plain.get_args())
            .current_dir("/")
            .env_clear()
            .envs(
                plain
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .env("USHER_DATABASE__URL", url)
            .env("USHER_LOG__FORMAT", "json");
        command
    })
    .await;
    let mut halves = Vec::new();
    for number in 0..1_000 {
        halves.push(served.sending(1, HALVES[number % HALVES.len()]).await);
        if number % 20 == 0 {
            halves.push(served.sending(1, WHOLE).await);
        }
    }
    served.everybody_else_is_answered().await;
    let metrics = format!("{}/metrics", served.listeners[2]);
    let metrics = served
        .client
        .get(metrics)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let counted = |line: &&str| {
        line.starts_with("usher_http_connections_cut_total{listener=\"public\",why=\"displaced\"}")
    };
    assert!(metrics.lines().any(|line| counted(&line)), "{metrics}");
    drop(halves);
    served.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_too_slow_is_cut_off_and_who_listens_is_not() {
    let served = Served::with(
        "slow",
        &[
            ("USHER_HTTP__HEADER_TIMEOUT", "500ms"),
            ("USHER_HTTP__BODY_TIMEOUT", "500ms"),
            ("USHER_HTTP__IDLE_TIMEOUT", "700ms"),
        ],
    )
    .await;
    let token = served.token().await;
    let made = "mutation { prospectCreate(input: {email: \"a@example.com\", customerType: BANK}) { prospect { prospectId } } }";
    let made = served.graphql(&token, made).await;
    let prospect = made["data"]["prospectCreate"]["prospect"]["prospectId"]
        .as_str()
        .unwrap();
    let mut events = subscribe(&served, &token, prospect).await;
    let mut socket = web_socket(&served, &token).await;

    for listener in 0..3 {
        for half in HALVES {
            let said = rest(&mut served.sending(listener, half).await).await;
            let has_head = half.contains("\r\n\r\n");
            // The pages of ops take no bodies: they answer at once.
            let late = said.starts_with("HTTP/1.1 408");
            assert!(
                said.is_empty() || has_head && (late || listener != 1),
                "{half:?} at {listener}: {said:?}"
            );
            assert!(late || !(has_head && listener == 1), "{half:?}: {said:?}");
        }
        let said = rest(&mut served.sending(listener, WHOLE).await).await;
        assert!(
            said.starts_with("HTTP/1.1 "),
            "idle after an answer: {said:?}"
        );
    }
    for begun in ["GET / HTTP/1.1\r\nx-slow: ", HALVES[3]] {
        let mut stream = served.sending(1, begun).await;
        let mut every = tokio::time::interval(Duration::from_millis(50));
        let mut said = Vec::new();
        loop {
            tokio::select! {
                read = stream.read_buf(&mut said) => if read.unwrap_or(0) == 0 { break },
                _ = every.tick() => if stream.write_all(b"x").await.is_err() { break },
            }
        }
    }

    let changed = format!(
        "mutation {{ prospectTelegramHandleUpdate(input: {{prospectId: \"{prospect}\", telegramHandle: \"ada_l\"}}) {{ prospect {{ publicId }} }} }}"
    );
    served.graphql(&token, &changed).await;
    until(&mut events, "ada_l").await;
    socket.says(json!({"type": "ping"})).await;
    assert_eq!(socket.hears().await["type"], "pong");
    drop((events, socket));
    served.ends().await;
}

/// Server-sent events about a prospect, by hand; answers once the first is here.
async fn subscribe(served: &Served, token: &str, prospect: &str) -> TcpStream {
    let query = format!(
        "subscription {{ prospectUpdated(prospectId: \"{prospect}\") {{ prospect {{ telegramHandle }} }} }}"
    );
    let body = json!({ "query": query }).to_string();
    let mut stream = served
        .sending(
            0,
            &format!(
                "POST /graphql/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            ),
        )
        .await;
    until(&mut stream, "telegramHandle").await;
    stream
}

struct Socket(tokio_tungstenite::WebSocketStream<TcpStream>);

impl Socket {
    async fn says(&mut self, message: Value) {
        use futures::SinkExt as _;
        let message = tokio_tungstenite::tungstenite::Message::text(message.to_string());
        self.0.send(message).await.unwrap();
    }

    async fn hears(&mut self) -> Value {
        use futures::StreamExt as _;
        loop {
            let heard = tokio::time::timeout(PATIENCE, self.0.next()).await;
            let message = heard.expect("the socket says nothing").unwrap().unwrap();
            if let Ok(text) = message.to_text()
                && message.is_text()
            {
                return serde_json::from_str(text).unwrap();
            }
        }
    }
}

/// A WebSocket of the API, acknowledged.
async fn web_socket(served: &Served, token: &str) -> Socket {
    use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
    let url = format!(
        "{}/graphql/ws",
        served.listeners[0].replace("http://", "ws://")
    );
    let mut request = url.into_client_request().unwrap();
    let protocol = "graphql-transport-ws".parse().unwrap();
    request
        .headers_mut()
        .insert("sec-websocket-protocol", protocol);
    let stream = served.connect(0).await;
    let (socket, _) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    let mut socket = Socket(socket);
    let payload = json!({"Authorization": format!("Bearer {token}")});
    socket
        .says(json!({"type": "connection_init", "payload": payload}))
        .await;
    assert_eq!(socket.hears().await["type"], "connection_ack");
    socket
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_so_many_connections_and_a_proxy_any_number() {
    let few = ("USHER_HTTP__MAX_CONNECTIONS_PER_ADDRESS", "5");
    let served = Served::with("crowd", &[few]).await;
    let token = served.token().await;
    let mut first = served.sending(0, HALVES[1]).await;
    let mut others = Vec::new();
    for _ in 0..5 {
        others.push(served.connect(0).await);
    }
    assert_eq!(rest(&mut first).await, "", "it had waited longest");
    let mut sockets = Vec::new();
    for _ in 0..5 {
        sockets.push(web_socket(&served, &token).await);
    }
    let said = rest(&mut served.sending(0, WHOLE).await).await;
    assert!(
        said.is_empty() || said.starts_with("HTTP/1.1 503"),
        "{said}"
    );
    sockets[0].says(json!({"type": "ping"})).await;
    assert_eq!(sockets[0].hears().await["type"], "pong");
    assert_eq!(served.webhook(1).await, 200, "another listener");
    drop(sockets);
    served.ends().await;

    let served = Served::with("proxy", &[few, ("USHER_TRUSTED_PROXIES", "127.0.0.1")]).await;
    let token = served.token().await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(web_socket(&served, &token).await);
    }
    assert_eq!(served.status(0, "/login").await, 200);
    drop(sockets);
    served.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_under_way_is_answered_before_the_end() {
    let mut served = Served::with("drains", &[]).await;
    let mut idle = served.sending(1, WHOLE).await;
    until(&mut idle, "\r\n\r\n").await;
    let body = callback(1);
    let signed = signature(Algorithm::HmacSha256, &Secret::new("one"), body.as_bytes());
    let head = format!(
        "POST /webhook/sumsub HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n{DIGEST_ALG_HEADER}: HMAC_SHA256_HEX\r\n{DIGEST_HEADER}: {signed}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = served.sending(1, &head).await;
    until(&mut stream, "100 Continue").await;
    let process = Pid::from_raw(served.child.id().try_into().unwrap());
    kill(process, Signal::SIGTERM).unwrap();
    rest(&mut idle).await;
    stream.write_all(body.as_bytes()).await.unwrap();
    let said = rest(&mut stream).await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    assert_eq!(crate::common::wait(&mut served.child, PATIENCE), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn greedy_programs_keep_no_webhook_out() {
    let served = Served::with("greedy", &[]).await;
    let token = served.token().await;
    // Whoever looks at the audit log waits, with a connection to the database in hand.
    let mut lock = served.database.pool.begin().await.unwrap();
    lock.execute("LOCK TABLE audit_entries IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let aliases: String = (0..300)
        .map(|n| {
            format!("a{n}: audit(first: 1, filter: {{subject: \"nobody{n}\"}}) {{ nodes {{ object }} }} ")
        })
        .collect();
    let flood = json!({ "query": format!("{{ {aliases} }}") });
    let mut clients = JoinSet::new();
    for _ in 0..8 {
        let request = served
            .client
            .post(format!("{}/graphql", served.listeners[0]))
            .bearer_auth(&token)
            .json(&flood);
        clients.spawn(request.send());
    }
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%e.subject = $%'";
    let mut looking = 0;
    while looking < 4 {
        looking = sqlx::query_scalar::<_, i64>(waiting)
            .fetch_one(&served.database.pool)
            .await
            .unwrap();
        tokio::task::yield_now().await;
    }
    served.everybody_else_is_answered().await;
    let looking: i64 = sqlx::query_scalar(waiting)
        .fetch_one(&served.database.pool)
        .await
        .unwrap();
    assert_eq!(
        looking, 4,
        "programs look at a fifth of the connections at a time"
    );
    lock.rollback().await.unwrap();
    while let Some(answer) = clients.join_next().await {
        let answer: Value = answer.unwrap().unwrap().json().await.unwrap();
        assert!(answer.is_object(), "{answer}");
    }
    served.ends().await;
}
