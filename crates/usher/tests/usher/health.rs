//! Every light tells the truth: health, log, metrics and doctor in an outage, and how a process ends.

use std::{
    fs,
    net::TcpListener,
    process::{Child, Command},
    time::{Duration, Instant},
};

use crate::common::{
    output,
    real::{good, serve},
    usher, wait,
};
use access::{ApiTokens, Role};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::Client;
use serde_json::{Value, json};
use sqlx::{Executor as _, PgPool};
use testkit::TestDatabase;

/// So long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(90);

/// A running server whose log is read.
struct Server {
    database: TestDatabase,
    url: String,
    child: Child,
    folder: tempfile::TempDir,
    listeners: [String; 3],
    client: Client,
}

impl Server {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let database = testkit::database().await;
        let server = database.as_server().await;
        server.pool.close().await;
        let url = server.url.clone();
        let folder = tempfile::tempdir().unwrap();
        let mut command: Command = serve(&[
            ("USHER_DATABASE__URL", Some(url.as_str())),
            ("USHER_LOG__FORMAT", Some("json")),
        ]);
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let child = command
            .envs(settings.iter().copied())
            .stderr(log)
            .spawn()
            .unwrap();
        let client = Client::builder().no_proxy().timeout(PATIENCE);
        let mut server = Self {
            database,
            url,
            child,
            folder,
            listeners: Default::default(),
            client: client.build().unwrap(),
        };
        let serving = server
            .until("serving", |line| line["message"] == "serving")
            .await;
        server.listeners = ["admin", "public", "ops"].map(|listener| {
            serving[listener]
                .as_str()
                .unwrap()
                .trim_end_matches('/')
                .to_owned()
        });
        server
    }

    fn log(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.path().join("log")).unwrap();
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// Waits for a line of the log.
    async fn until(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(line) = self.log().into_iter().find(|line| is_it(line)) {
                return line;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && Instant::now() < end,
                "{what} does not come ({ended:?}): {:#?}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn count(&self, is_it: impl Fn(&Value) -> bool) -> usize {
        self.log().iter().filter(|line| is_it(line)).count()
    }

    async fn get(&self, listener: usize, path: &str) -> (u16, String) {
        let url = format!("{}{path}", self.listeners[listener]);
        let answer = self.client.get(url).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Why the check is red; none when it is green.
    async fn red(&self, check: &str) -> Option<String> {
        let (status, health) = self.get(2, "/health/ready").await;
        let health: Value = serde_json::from_str(&health).unwrap();
        assert_eq!(status == 200, health["ready"] == true);
        let checks = health["checks"].as_array().unwrap();
        let found = checks.iter().find(|one| one["name"] == check);
        let found = found.unwrap_or_else(|| panic!("{check}: {health}"));
        found["reason"].as_str().map(str::to_owned)
    }

    async fn until_red(&self, check: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.red(check).await {
                Some(reason) if !reason.contains("unknown while") => return reason,
                _ => assert!(Instant::now() < end, "{check} does not turn red"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn until_ready(&self) {
        let end = Instant::now() + PATIENCE;
        while self.get(2, "/health/ready").await.0 != 200 {
            assert!(Instant::now() < end, "it does not get ready");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The value of a series.
    async fn metric(&self, series: &str) -> Option<f64> {
        let (_, text) = self.get(2, "/metrics").await;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.map(|value| value.parse().unwrap())
    }

    async fn until_metric(&self, series: &str, is_it: impl Fn(f64) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !self.metric(series).await.is_some_and(&is_it) {
            assert!(
                Instant::now() < end,
                "{series}: {}",
                self.get(2, "/metrics").await.1
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn signal(&self) {
        let process = Pid::from_raw(self.child.id().try_into().unwrap());
        kill(process, Signal::SIGTERM).unwrap();
    }

    fn ends(mut self, code: i32) {
        let ended = wait(&mut self.child, PATIENCE);
        assert_eq!(ended, Some(code), "{:#?}", self.log());
    }

    /// Changes the database for sessions that begin from now on, and ends the others.
    async fn change(&self, setting: &str) {
        let name = self.database.url.rsplit_once('/').unwrap().1;
        let sql = format!("ALTER DATABASE {name} {setting}");
        self.database.pool.execute(sql.as_str()).await.unwrap();
        end_sessions(&self.database.pool).await;
    }

    async fn graphql(&self, token: &str, query: &str) -> Value {
        let request = self.client.post(format!("{}/graphql", self.listeners[0]));
        let request = request.bearer_auth(token).json(&json!({ "query": query }));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert!(answer["errors"].is_null(), "{answer}");
        answer["data"].clone()
    }

    /// An event stream that has begun.
    async fn subscribe(&self, token: &str, prospect: &str) -> reqwest::Response {
        let query = format!(
            "subscription {{ prospectUpdated(prospectId: \"{prospect}\") {{ prospect {{ publicId }} }} }}"
        );
        let request = self
            .client
            .post(format!("{}/graphql/stream", self.listeners[0]));
        let request = request.bearer_auth(token).json(&json!({ "query": query }));
        let mut events = request.send().await.unwrap();
        assert_eq!(events.status(), 200);
        assert!(events.chunk().await.unwrap().is_some());
        events
    }

    async fn token(&self) -> String {
        let tokens = ApiTokens::new(self.database.pool.clone());
        let valid = Duration::from_secs(3600);
        tokens.mint("test", Role::Admin, valid).await.unwrap().1
    }

    async fn prospect(&self, token: &str) -> String {
        let made = "mutation { prospectCreate(input: {email: \"ann@example.com\", customerType: INDIVIDUAL}) { prospect { prospectId } } }";
        let made = self.graphql(token, made).await;
        let id = made["prospectCreate"]["prospect"]["prospectId"].as_str();
        id.unwrap().to_owned()
    }

    /// Makes a customer, past KYC.
    async fn customer(&self) -> String {
        let token = self.token().await;
        let id = self.prospect(&token).await;
        let convert = format!(
            "mutation {{ prospectConvert(input: {{prospectId: \"{id}\", reason: \"known\"}}) {{ customer {{ customerId }} }} }}"
        );
        self.graphql(&token, &convert).await;
        id
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Those of servers.
async fn end_sessions(pool: &PgPool) {
    pool.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'usher' AND pid <> pg_backend_pid()",
    )
    .await
    .unwrap();
}

fn turned<'a>(colour: &'a str, check: &'a str) -> impl Fn(&Value) -> bool + 'a {
    move |line| {
        line["check"] == check
            && line["message"]
                .as_str()
                .is_some_and(|words| words.contains(colour))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_read_only_is_said_by_every_light() {
    let mut server = Server::start(&[]).await;
    server.until_ready().await;
    server
        .change("SET default_transaction_read_only = on")
        .await;
    let reason = server.until_red("writes").await;
    assert!(
        reason.contains("read-only") && reason.contains("database.url"),
        "{reason}"
    );
    assert_eq!(server.get(2, "/health/live").await.0, 200);
    server.until("red", turned("red", "writes")).await;
    server
        .until_metric("usher_check_ok{check=\"writes\"}", |ok| ok == 0.0)
        .await;
    assert_eq!(server.metric("usher_ready").await, Some(0.0));

    server.change("RESET default_transaction_read_only").await;
    server.until_ready().await;
    server.until("green", turned("green", "writes")).await;
    assert_eq!(server.count(turned("red", "writes")), 1);
    let line = |words: &'static str| {
        move |line: &Value| {
            line["dependency"] == "database"
                && line["message"]
                    .as_str()
                    .is_some_and(|said| said.contains(words))
        }
    };
    server.until("back", line("works again")).await;
    assert!(server.count(line("is failing")) >= 1);
    server.signal();
    server.ends(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_that_differ_are_said_by_every_light() {
    let mut server = Server::start(&[]).await;
    server
        .database
        .pool
        .execute(
            "CREATE SCHEMA skewed; GRANT USAGE ON SCHEMA skewed TO PUBLIC;
             CREATE FUNCTION skewed.clock_timestamp() RETURNS timestamptz LANGUAGE sql
             AS 'SELECT pg_catalog.clock_timestamp() + interval ''1 minute'''",
        )
        .await
        .unwrap();
    server
        .change("SET search_path = skewed, pg_catalog, public")
        .await;
    let reason = server.until_red("clock").await;
    assert!(
        reason.contains(" s ahead of this") && reason.contains("NTP"),
        "{reason}"
    );
    server
        .until_metric("usher_clock_skew_seconds", |skew| {
            (55.0..65.0).contains(&skew)
        })
        .await;
    let said = |line: &Value| {
        line["level"] == "WARN" && line["skew_s"].as_f64().is_some_and(|skew| skew > 55.0)
    };
    server.until("skew", said).await;
    let mut doctor = usher(&["doctor"]);
    doctor
        .current_dir("/")
        .envs(good())
        .env("USHER_DATABASE__URL", &server.url);
    let (code, stdout, _) = output(&mut doctor);
    assert!(
        code == 1
            && stdout
                .lines()
                .any(|line| line.starts_with("FAILED") && line.contains(" s ahead of this")),
        "{stdout}"
    );

    server.change("RESET search_path").await;
    server.until_ready().await;
    server
        .until("agree", |line| line["message"] == "the clocks agree again")
        .await;
    assert_eq!(server.count(said), 1);
    server.signal();
    server.ends(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_hangs_is_said_by_every_light() {
    // Connections are taken, and nobody says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let mut server = Server::start(&[
        ("USHER_SMTP__PORT", port.as_str()),
        ("USHER_SMTP__TIMEOUT", "1s"),
    ])
    .await;
    server.until_ready().await;
    let customer = server.customer().await;
    let failed = |line: &Value| line["step"] == "welcome_email" && line["level"] == "WARN";
    let line = server.until("an attempt that failed", failed).await;
    assert_eq!(
        (&line["customer"], &line["attempt"]),
        (&json!(customer), &json!(1)),
        "{line}"
    );
    assert!(
        line["error"]
            .as_str()
            .unwrap()
            .contains("did not answer in time")
            && line["next_try_s"].is_number(),
        "{line}"
    );
    let mail = |words: &'static str| {
        move |line: &Value| {
            line["dependency"] == "mail"
                && line["message"]
                    .as_str()
                    .is_some_and(|said| said.contains(words))
        }
    };
    server.until("away", mail("is failing")).await;
    server
        .until_metric("usher_dependency_up{dependency=\"mail\"}", |up| up == 0.0)
        .await;
    let attempts = |outcome: &str| {
        format!("usher_step_attempts_total{{step=\"welcome_email\",outcome=\"{outcome}\"}}")
    };
    server
        .until_metric(&attempts("retrying"), |n| n >= 2.0)
        .await;
    assert_eq!(server.count(mail("is failing")), 1, "said once");
    server
        .until_metric("usher_steps_retrying", |n| n >= 1.0)
        .await;
    // Somebody outside is away, and this process is well.
    server.until_ready().await;

    let _back = testkit::SmtpServer::on(silent);
    server.until("back", mail("works again")).await;
    server.until_metric(&attempts("done"), |n| n >= 1.0).await;
    server
        .until_metric("usher_dependency_up{dependency=\"mail\"}", |up| up == 1.0)
        .await;
    assert!(
        !server
            .log()
            .iter()
            .any(|line| line.to_string().contains("ann@")),
        "personal data in the log"
    );
    every_metric_is_in_the_manual(&server).await;
    server.signal();
    server.ends(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_attempt_that_fails_is_in_the_log_and_who_goes_is_said() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", silent.local_addr().unwrap());
    let mut server = Server::start(&[
        ("USHER_IDENTITY__PROVIDER", "keycloak"),
        ("USHER_IDENTITY__KEYCLOAK__URL", nobody.as_str()),
        ("USHER_IDENTITY__KEYCLOAK__TIMEOUT", "1s"),
        ("USHER_IDENTITY__KEYCLOAK__PANEL_SECRET", "a"),
        ("USHER_IDENTITY__KEYCLOAK__PORTAL_SECRET", "b"),
        ("USHER_IDENTITY__KEYCLOAK__PROVISIONING_SECRET", "c"),
        ("USHER_SUMSUB__BASE_URL", nobody.as_str()),
        ("USHER_SUMSUB__TIMEOUT", "1s"),
    ])
    .await;
    let customer = server.customer().await;
    let owner = &server.database.pool;
    sqlx::query("INSERT INTO refreshes (prospect_id, next_at) VALUES ($1::text::uuid, now()) ON CONFLICT (prospect_id) DO UPDATE SET next_at = now()")
        .bind(&customer)
        .execute(owner)
        .await
        .unwrap();
    let revoke = format!("REVOKE INSERT ON audit_seals FROM {}", testkit::SERVER_ROLE);
    owner.execute(revoke.as_str()).await.unwrap();

    let login = |line: &Value| line["step"] == "login" && line["customer"] == customer.as_str();
    let line = server.until("a login that failed", login).await;
    assert!(
        line["error"].is_string() && line["next_try_s"].is_number(),
        "{line}"
    );
    let refresh =
        |line: &Value| line["prospect"] == customer.as_str() && line["kind"] == "unavailable";
    let line = server.until("a refresh that failed", refresh).await;
    assert!(
        line["attempt"] == 1 && line["next_try_s"].is_number(),
        "{line}"
    );
    let seal = |line: &Value| {
        line["attempt"].is_number()
            && line["message"]
                .as_str()
                .is_some_and(|words| words.contains("sealed"))
    };
    server.until("sealing that failed", seal).await;
    for dependency in ["identity", "sumsub"] {
        server
            .until(dependency, |line| {
                line["level"] == "WARN" && line["dependency"] == dependency
            })
            .await;
    }
    server
        .until_metric("usher_refresh_attempts_total{outcome=\"retrying\"}", |n| {
            n >= 1.0
        })
        .await;
    server
        .until_metric("usher_seal_age_seconds", |age| age > 0.0)
        .await;
    server.signal();
    server.ends(0);
}

async fn every_metric_is_in_the_manual(server: &Server) {
    let manual = include_str!("../../../../docs/OPERATIONS.md");
    let (_, text) = server.get(2, "/metrics").await;
    let names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    for name in &names {
        assert!(manual.contains(&format!("\n| `{name}`")), "{name}");
    }
    for name in [
        "usher_queue_depth",
        "usher_queue_oldest_seconds",
        "usher_seal_age_seconds",
        "usher_needs_a_person",
        "usher_dependency_seconds",
        "usher_pool_connections",
        "usher_pool_acquire_seconds",
        "usher_loop_beat_age_seconds",
        "usher_http_request_seconds",
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_told_to_stop_is_not_ready_first_and_serves_on() {
    let mut server = Server::start(&[
        ("USHER_SHUTDOWN__DELAY", "10m"),
        ("USHER_SHUTDOWN__LIMIT", "20m"),
    ])
    .await;
    server.until_ready().await;
    let token = server.token().await;
    let prospect = server.prospect(&token).await;
    let events = server.subscribe(&token, &prospect).await;
    server.signal();
    let reason = server.until_red("stopping").await;
    assert!(reason.contains("stopping"), "{reason}");
    for listener in 0..2 {
        assert_eq!(server.get(listener, "/login").await.0, 200, "{listener}");
    }
    assert_eq!(server.get(2, "/health/live").await.0, 200);
    server
        .until("stopping", |line| {
            line["message"]
                .as_str()
                .is_some_and(|words| words.starts_with("stopping"))
        })
        .await;
    server.signal();
    server
        .until("the second signal", |line| {
            line["message"]
                .as_str()
                .is_some_and(|words| words.contains("second signal"))
        })
        .await;
    let ended = wait(&mut server.child, PATIENCE);
    assert_eq!(ended, Some(0), "{:#?}", server.log());
    assert_eq!(server.count(|line| line["message"] == "stopped"), 1);
    let cut = |line: &Value| line["message"] == "what was still open was given up";
    assert_eq!(server.count(cut), 0, "event streams end by themselves");
    drop(events);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_holds_up_the_end_beyond_its_limit() {
    let mut server = Server::start(&[("USHER_SHUTDOWN__LIMIT", "1s")]).await;
    server.until_ready().await;
    let mut lock = server.database.pool.begin().await.unwrap();
    lock.execute("LOCK TABLE provisioning_steps IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%provisioning_steps%'";
    while sqlx::query_scalar::<_, i64>(waiting)
        .fetch_one(&server.database.pool)
        .await
        .unwrap()
        < 3
    {
        tokio::task::yield_now().await;
    }
    server.signal();
    let ended = wait(&mut server.child, PATIENCE);
    assert_eq!(ended, Some(1), "{:#?}", server.log());
    let log = server.log();
    let given_up = log.iter().find_map(|line| line["given_up"].as_str());
    assert!(
        given_up.is_some_and(|names| names.contains("loop ")),
        "{log:#?}"
    );
    lock.rollback().await.unwrap();
}
