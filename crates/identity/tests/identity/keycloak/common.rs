//! A realm pair of one's own, made ready, and a look from outside.

use std::time::Duration;

use access::Role;
use identity::{
    NewLogin,
    keycloak::{
        Administrator, ClientUrls, KeycloakConfig, KeycloakIdentity, Prepared, Secrets, SetupError,
        StaffMember, Urls, set_up,
    },
};
use serde_json::Value;
use sqlx::PgPool;
use url::Url;
use uuid::Uuid;

pub const TEMPORARY_FOR: Duration = Duration::from_secs(3600);

pub struct Keycloak {
    pub config: KeycloakConfig,
    pub pool: PgPool,
    pub http: reqwest::Client,
    admin_token: String,
}

pub fn urls() -> Urls {
    let door = |port: u16| {
        let at = |path: &str| Url::parse(&format!("http://127.0.0.1:{port}/{path}")).unwrap();
        ClientUrls {
            home: at(""),
            callback: at("login/callback"),
            signed_out: at("login?signed_out=1"),
            back_channel: at("logout/back-channel"),
        }
    };
    Urls {
        panel: door(7600),
        portal: door(7601),
    }
}

pub fn administrator() -> Administrator {
    Administrator {
        user: testkit::ADMINISTRATOR.to_owned(),
        password: testkit::ADMINISTRATOR.to_owned(),
    }
}

pub fn staff() -> Vec<StaffMember> {
    vec![StaffMember {
        email: "officer@usher.test".to_owned(),
        password: "a password of an officer".to_owned(),
        role: Role::OnboardingOfficer,
    }]
}

impl Keycloak {
    /// Two realms that are ready.
    pub async fn ready() -> Self {
        let mut keycloak = Self::bare().await;
        let prepared = keycloak.set_up().await.unwrap();
        keycloak.config.panel_secret = prepared.panel_secret;
        keycloak.config.portal_secret = prepared.portal_secret;
        keycloak.config.provisioning_secret = prepared.provisioning_secret;
        keycloak
    }

    /// A Keycloak that knows nothing of us yet.
    pub async fn bare() -> Self {
        let there = testkit::keycloak().await;
        let http = reqwest::Client::new();
        let config = KeycloakConfig {
            url: there.url,
            public_url: None,
            internal_realm: there.internal_realm,
            customer_realm: there.customer_realm,
            panel_secret: String::new(),
            portal_secret: String::new(),
            provisioning_secret: String::new(),
            partial_import: false,
            timeout: Duration::from_secs(20),
        };
        Self {
            config,
            pool: testkit::database().await.pool,
            http,
            admin_token: String::new(),
        }
    }

    pub async fn set_up(&self) -> Result<Prepared, SetupError> {
        set_up(
            &self.config,
            &administrator(),
            &Secrets::default(),
            &urls(),
            &staff(),
        )
        .await
    }

    pub fn identity(&self) -> KeycloakIdentity {
        KeycloakIdentity::new(&self.config, self.pool.clone(), TEMPORARY_FOR).unwrap()
    }

    async fn token(&self, realm: &str, user: &str, password: &str) -> Value {
        let url = format!(
            "{}realms/{realm}/protocol/openid-connect/token",
            self.config.url
        );
        let form = [
            ("grant_type", "password"),
            ("client_id", "admin-cli"),
            ("username", user),
            ("password", password),
        ];
        let answer = self.http.post(url).form(&form).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// What a customer's attempt to sign in comes to, in Keycloak's words; empty when they are in.
    pub async fn sign_in(&self, email: &str, password: &str) -> String {
        let answer = self
            .token(&self.config.customer_realm, email, password)
            .await;
        answer["error_description"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// As an administrator of everything.
    pub async fn admin(
        &mut self,
        method: reqwest::Method,
        path: &str,
        body: Option<Value>,
    ) -> Value {
        for _ in 0..2 {
            let url = format!("{}admin/realms/{path}", self.config.url);
            let mut request = self
                .http
                .request(method.clone(), url)
                .bearer_auth(&self.admin_token);
            if let Some(body) = &body {
                request = request.json(body);
            }
            let answer = request.send().await.unwrap();
            if answer.status() == 401 {
                let token = self
                    .token("master", testkit::ADMINISTRATOR, testkit::ADMINISTRATOR)
                    .await;
                token["access_token"]
                    .as_str()
                    .unwrap()
                    .clone_into(&mut self.admin_token);
                continue;
            }
            assert!(
                answer.status().is_success(),
                "{method} {path}: {}",
                answer.status()
            );
            let text = answer.text().await.unwrap();
            return serde_json::from_str(&text).unwrap_or(Value::Null);
        }
        panic!("the administrator is not let in");
    }

    /// The users of the customer realm that carry this customer's id.
    pub async fn users_of(&mut self, customer: Uuid) -> Vec<Value> {
        let path = format!(
            "{}/users?q=customerId:{customer}",
            self.config.customer_realm
        );
        let users = self.admin(reqwest::Method::GET, &path, None).await;
        users.as_array().cloned().unwrap()
    }
}

pub fn somebody() -> NewLogin {
    let customer_id = Uuid::now_v7();
    NewLogin {
        customer_id,
        email: format!("{}@customers.test", customer_id.simple()),
    }
}
