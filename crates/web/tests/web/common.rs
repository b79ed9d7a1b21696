//! The app behind both sites, and a browser to ask them.

use std::{
    ops::Deref,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;

use access::{Invitation, Invitations, OperatorDirectory, Operators, Role};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
    response::Response,
};
use claim_loop::Work as _;
use customer::{ProspectInput, Settings, callback_log::ingest::Ingest, kyc::Rules, levels::Levels};
use identity::BuiltInIdentity;
use oidc::BearerTokens;
use sqlx::PgPool;
use sumsub::webhook::Callback;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use url::Url;
use uuid::Uuid;
use web::{AdminServices, CustomerSignIn, OperatorSignIn, PublicState, WebConfig};

pub const ADMIN: &str = "http://127.0.0.1:7600";
pub const PORTAL: &str = "http://127.0.0.1:7601";
pub const PASSWORD: &str = "correct horse battery";

/// The operators' e-mails.
#[derive(Default)]
pub struct Letters {
    sent: Mutex<Vec<Invitation>>,
    /// Why none goes out.
    pub away: Mutex<Option<String>>,
}

#[async_trait]
impl Invitations for Letters {
    fn valid_for(&self) -> Duration {
        Duration::from_secs(3600)
    }

    async fn send(&self, invitation: Invitation) -> Result<(), String> {
        let away = self.away.lock().unwrap().clone();
        away.map_or(Ok(()), Err)?;
        self.sent.lock().unwrap().push(invitation);
        Ok(())
    }
}

impl Letters {
    /// The newest password that was sent to this address.
    pub fn password(&self, email: &str) -> String {
        let sent = self.sent.lock().unwrap();
        let letter = sent.iter().rev().find(|letter| letter.email == email);
        letter.unwrap().password.clone()
    }
}

/// The two sites, and the services behind them.
pub struct App {
    services: testkit_app::App,
    pub letters: Arc<Letters>,
    pub admin: Router,
    pub portal: Router,
    /// Stops the server.
    pub stop: CancellationToken,
}

impl Deref for App {
    type Target = testkit_app::App;

    fn deref(&self) -> &testkit_app::App {
        &self.services
    }
}

/// How people sign in at the sites.
pub struct Entrances {
    pub operators: Arc<dyn OperatorDirectory>,
    pub panel: OperatorSignIn,
    pub bearer: Option<Arc<BearerTokens>>,
    pub portal: CustomerSignIn,
}

impl Entrances {
    fn built_in(pool: &PgPool) -> Self {
        let operators = Operators::new(pool.clone());
        Self {
            operators: Arc::new(operators.clone()),
            panel: OperatorSignIn::Password(operators),
            bearer: None,
            portal: CustomerSignIn::BuiltIn(BuiltInIdentity::new(pool.clone())),
        }
    }
}

impl App {
    pub async fn open() -> Self {
        Self::at(ADMIN, PORTAL).await
    }

    pub async fn at(admin_url: &str, public_url: &str) -> Self {
        let config = WebConfig::new(url(admin_url), url(public_url), "help@bank.example");
        Self::with(config).await
    }

    pub async fn with(config: WebConfig) -> Self {
        Self::furnished(config, Entrances::built_in).await
    }

    /// With other settings of the bank about money.
    pub async fn with_money(money: deposit::Settings) -> Self {
        let config = WebConfig::new(url(ADMIN), url(PORTAL), "help@bank.example");
        Self::built(config, Entrances::built_in, money).await
    }

    pub async fn furnished(
        config: WebConfig,
        entrances: impl FnOnce(&PgPool) -> Entrances,
    ) -> Self {
        Self::built(config, entrances, deposit::Settings::default()).await
    }

    async fn built(
        config: WebConfig,
        entrances: impl FnOnce(&PgPool) -> Entrances,
        money: deposit::Settings,
    ) -> Self {
        let pool = testkit::database().await.pool;
        let entrances = entrances(&pool);
        let settings = Settings {
            levels: Levels::default(),
            rules: Rules {
                allow_sandbox: false,
            },
            link_ttl: Duration::from_secs(3600),
            ..Settings::default()
        };
        let mut app = testkit_app::App::over(pool.clone(), settings).await;
        let (outbox, access) = (app.outbox.clone(), app.access.clone());
        app.deposits =
            deposit::Deposits::new(pool.clone(), outbox, access, app.ledger.clone(), money);
        let config = Arc::new(config);
        let letters = Arc::new(Letters::default());
        let stop = CancellationToken::new();
        let admin = web::admin_router(AdminServices {
            pool: pool.clone().into(),
            operators: entrances.operators,
            sign_in: entrances.panel,
            tokens: app.tokens.clone(),
            bearer: entrances.bearer,
            invitations: letters.clone(),
            audit: app.audit.clone(),
            outbox: app.outbox.clone(),
            onboarding: app.onboarding.clone(),
            board: app.board.clone(),
            deposits: app.ledger.clone(),
            money: app.deposits.clone(),
            credit: app.credit.clone(),
            config: Arc::clone(&config),
            shutdown: stop.clone(),
        });
        let portal = web::public_router(PublicState {
            pool: pool.clone().into(),
            sign_in: entrances.portal,
            logins: Arc::new(app.identity.clone()),
            onboarding: app.onboarding.clone(),
            deposits: app.ledger.clone(),
            money: app.deposits.clone(),
            credit: app.credit.clone(),
            config,
            webhook: Router::new(),
        });
        Self {
            services: app,
            letters,
            admin,
            portal,
            stop,
        }
    }

    /// Verified, Active, with an account; answers the id.
    pub async fn active(&self, email: &str) -> Uuid {
        let id = Uuid::now_v7();
        self.approved(id, email).await;
        self.opens_account(id).await;
        self.complete_provisioning(&[id]).await;
        id
    }

    /// Opens the account of a customer.
    pub async fn opens_account(&self, id: Uuid) {
        self.open_accounts(&[id]).await;
    }

    /// What is on the customer's account: settled, pending.
    pub async fn on(&self, id: Uuid) -> (i64, i64) {
        let account = self.ledger.account_of(id).await.unwrap().unwrap();
        (account.settled, account.pending)
    }

    /// A browser at the panel with another person of this role signed in.
    pub async fn another(&self, role: Role) -> Browser {
        self.with_email(&format!("another-{role}@bank.example"), role)
            .await
    }

    /// A browser at the panel with somebody of this role signed in.
    pub async fn signed_in(&self, role: Role) -> Browser {
        self.with_email(&format!("{role}@bank.example"), role).await
    }

    async fn with_email(&self, email: &str, role: Role) -> Browser {
        self.operators.add(email, PASSWORD, role).await.unwrap();
        let mut browser = self.browser();
        let answer = browser
            .post("/login", &[("email", email), ("password", PASSWORD)])
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        browser
    }

    /// A customer, made as in life: a prospect whom Sumsub approves.
    pub async fn approved(&self, id: Uuid, email: &str) {
        self.create(id, email).await;
        self.reviewed(id, "GREEN", 0).await;
        let customer = self.onboarding.own_record(id.into()).await.unwrap();
        assert!(customer.is_some(), "GREEN makes a customer");
    }

    /// A prospect; answers its id.
    pub async fn prospect(&self, email: &str) -> Uuid {
        let id = Uuid::now_v7();
        self.create(id, email).await;
        id
    }

    /// A prospect with this id.
    pub async fn create(&self, id: Uuid, email: &str) {
        let input = ProspectInput {
            email: email.to_owned(),
            telegram_handle: String::new(),
            customer_type: "individual".to_owned(),
        };
        let usher = access::Subject::system("test");
        self.onboarding
            .create_prospect(&usher, id.into(), &input)
            .await
            .unwrap();
    }

    /// Sumsub reviewed the applicant of this prospect so many milliseconds from now.
    pub async fn reviewed(&self, id: Uuid, answer: &str, in_ms: i64) {
        let at = chrono::Utc::now() + chrono::TimeDelta::milliseconds(in_ms);
        let at = at.format("%Y-%m-%d %H:%M:%S%.3f");
        let body = format!(
            r#"{{"type": "applicantReviewed", "applicantId": "a-{id}", "correlationId": "c-{in_ms}",
                "levelName": "basic-kyc-level", "externalUserId": "{id}", "sandboxMode": false,
                "reviewStatus": "completed", "reviewResult": {{"reviewAnswer": "{answer}",
                "rejectLabels": ["FORGERY"], "reviewRejectType": "FINAL",
                "moderationComment": "See <b>you</b>.", "clientComment": "A fraud."}}, "createdAtMs": "{at}"}}"#
        );
        self.received(&body).await;
    }

    /// A callback came and was judged.
    pub async fn received(&self, body: &str) {
        let callback = Callback::parse(body.as_bytes()).unwrap();
        Ingest::start(self.pool.clone())
            .store(&callback, body.to_owned())
            .await
            .unwrap();
        self.onboarding.drain().batch().await.unwrap();
    }

    /// Every decision on an action so far: allowed or refused.
    pub async fn decisions(&self, action: &str) -> Vec<bool> {
        sqlx::query_scalar!(
            "SELECT authorized FROM audit_entries WHERE action = $1 ORDER BY id",
            action
        )
        .fetch_all(&self.pool)
        .await
        .unwrap()
    }

    /// A browser at the panel.
    pub fn browser(&self) -> Browser {
        Browser::new(self.admin.clone(), ADMIN)
    }

    /// A browser at the portal.
    pub fn customer_browser(&self) -> Browser {
        Browser::new(self.portal.clone(), PORTAL)
    }
}

pub fn url(text: &str) -> Url {
    text.parse().unwrap()
}

/// Keeps cookies, says its origin.
#[derive(Clone)]
pub struct Browser {
    pub router: Router,
    pub headers: Vec<(&'static str, String)>,
    /// The session's cookie.
    pub cookie: Option<String>,
    /// By which the browser is known again.
    pub device: Option<String>,
    pub peer: [u8; 4],
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

/// A page without the marks around addresses, which nobody reads.
fn unmarked(page: &str) -> String {
    let mut pieces = page.split("<span class=\"address\">");
    let mut read = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (address, rest) = piece.split_once("</span>").unwrap();
        read.push_str(address);
        read.push_str(rest);
    }
    read
}

impl Answer {
    /// Reads it to its end.
    pub async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Self {
            status: parts.status,
            headers: parts.headers,
            body: unmarked(std::str::from_utf8(&body).unwrap()),
        }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl Browser {
    pub fn new(router: Router, origin: &str) -> Self {
        let headers = vec![("origin", origin.to_owned())];
        Self {
            router,
            headers,
            cookie: None,
            device: None,
            peer: [192, 0, 2, 7],
        }
    }

    pub fn with(mut self, headers: &[(&'static str, &str)]) -> Self {
        self.headers = headers
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        self
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.ask(Method::GET, path, String::new()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.ask(Method::POST, path, form.finish()).await
    }

    /// Sends a form with a file in it.
    pub async fn upload(&mut self, path: &str, file_name: &str, file: &[u8]) -> Answer {
        let head = format!(
            "--end-of-part\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\nContent-Type: text/csv\r\n\r\n"
        );
        let body = [head.as_bytes(), file, b"\r\n--end-of-part--\r\n"].concat();
        let kind = "multipart/form-data; boundary=end-of-part";
        self.send(Method::POST, path, kind, Body::from(body)).await
    }

    pub async fn ask(&mut self, method: Method, path: &str, body: String) -> Answer {
        let kind = "application/x-www-form-urlencoded";
        self.send(method, path, kind, Body::from(body)).await
    }

    async fn send(&mut self, method: Method, path: &str, kind: &str, body: Body) -> Answer {
        let mut request = Request::builder().method(&method).uri(path);
        if method != Method::GET {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        for (name, value) in &self.headers {
            if method != Method::GET || *name != "origin" {
                request = request.header(*name, value);
            }
        }
        for cookie in self.cookie.iter().chain(&self.device) {
            request = request.header(header::COOKIE, cookie);
        }
        let mut request = request.body(body).unwrap();
        let peer = std::net::SocketAddr::from((self.peer, 40_000));
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let answer = Answer::read(response).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            if cookie.contains("_device=") {
                self.device = Some(cookie.to_owned());
            } else {
                self.cookie = Some(cookie.to_owned()).filter(|cookie| !cookie.ends_with('='));
            }
        }
        answer
    }
}
