//! The sites with an identity provider: the panel at one realm, the portal at another.

mod back_channel;
mod bearer;
mod panel;
mod portal;
mod refused;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ::oidc::{
    BearerTokens, RelyingParty,
    testing::{FakeProvider, Person},
};
use access::{AccessError, Operator, OperatorDirectory, OperatorId, Role};
use async_trait::async_trait;
use axum::http::StatusCode;
use url::Url;
use uuid::Uuid;
use web::{CustomerSignIn, OperatorSignIn, WebConfig, oidc_urls};

use crate::common::{ADMIN, Answer, App, Browser, Entrances, PORTAL, url};

/// The sites and the two realms.
struct Bank {
    app: App,
    internal: FakeProvider,
    customers: FakeProvider,
    staff: Arc<Staff>,
}

/// Who has a role in the internal realm.
#[derive(Default)]
struct Staff {
    roles: Mutex<HashMap<Uuid, Role>>,
    away: AtomicBool,
}

impl Staff {
    fn has(&self, who: &Person, role: Option<Role>) {
        let mut roles = self.roles.lock().unwrap();
        match role {
            Some(role) => roles.insert(who.sub, role),
            None => roles.remove(&who.sub),
        };
    }
}

#[async_trait]
impl OperatorDirectory for Staff {
    async fn find(&self, id: OperatorId) -> Result<Option<Operator>, AccessError> {
        if self.away.load(Ordering::Relaxed) {
            return Err(AccessError::DirectoryAway("no answer".to_owned()));
        }
        let role = self.roles.lock().unwrap().get(&id.into()).copied();
        Ok(role.map(|role| Operator {
            id,
            email: "ada@bank.example".to_owned(),
            role,
            disabled_at: None,
            login: None,
        }))
    }

    async fn everybody(&self) -> Result<Vec<(OperatorId, String)>, AccessError> {
        let roles = self.roles.lock().unwrap();
        let named = |id: &Uuid| (OperatorId::from(*id), "ada@bank.example".to_owned());
        Ok(roles.keys().map(named).collect())
    }

    async fn at_work(&self) -> Result<Vec<Operator>, AccessError> {
        let mut found = Vec::new();
        for (id, _) in self.everybody().await? {
            found.extend(self.find(id).await?);
        }
        Ok(found)
    }
}

impl Bank {
    async fn open() -> Self {
        let (internal, customers) = (FakeProvider::start().await, FakeProvider::start().await);
        let staff = Arc::new(Staff::default());
        let relying_party = |provider: &FakeProvider, base: &str| {
            let urls = oidc_urls(&url(base));
            let client = RelyingParty::new(provider.config(urls.callback, urls.signed_out));
            Arc::new(client.with_patience(Duration::from_secs(5)))
        };
        let entrances = Entrances {
            operators: Arc::clone(&staff) as _,
            panel: OperatorSignIn::Oidc(relying_party(&internal, ADMIN)),
            bearer: Some(Arc::new(BearerTokens::new(
                internal.issuer(),
                Default::default(),
            ))),
            portal: CustomerSignIn::Oidc(relying_party(&customers, PORTAL)),
        };
        let config = WebConfig::new(url(ADMIN), url(PORTAL), "help@bank.example");
        let app = App::furnished(config, |_| entrances).await;
        Self {
            app,
            internal,
            customers,
            staff,
        }
    }

    /// Somebody of the bank with this role.
    fn operator(&self, role: Role) -> Person {
        let person = Person::new();
        self.staff.has(&person, Some(role));
        person
    }

    /// A customer whom Sumsub approved.
    async fn customer(&self) -> Person {
        let id = Uuid::now_v7();
        self.app.approved(id, "ada@bank.example").await;
        Person::customer(id)
    }

    /// A browser at the panel with this person signed in.
    async fn at_the_panel(&self, person: &Person) -> Browser {
        let mut browser = self.app.browser();
        let answer = signs_in(&mut browser, &self.internal, person).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (StatusCode::SEE_OTHER, "/")
        );
        browser
    }

    /// A browser at the portal with this person signed in.
    async fn at_the_portal(&self, person: &Person) -> Browser {
        let mut browser = self.app.customer_browser();
        let answer = signs_in(&mut browser, &self.customers, person).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (StatusCode::SEE_OTHER, "/")
        );
        browser
    }

    async fn sessions(&self) -> i64 {
        sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM web_sessions WHERE data ? 'who'"#)
            .fetch_one(&self.app.pool)
            .await
            .unwrap()
    }
}

/// Presses the button, and signs in at the provider: where the browser is sent back to.
async fn there(browser: &mut Browser, provider: &FakeProvider, person: &Person) -> String {
    let sent = browser.get("/login/keycloak").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    back(&provider.sign_in(&url(sent.header("location")), person))
}

/// All of signing in, up to the answer to who comes back.
async fn signs_in(browser: &mut Browser, provider: &FakeProvider, person: &Person) -> Answer {
    let back = there(browser, provider, person).await;
    browser.get(&back).await
}

/// Path and query of an address at one of our sites.
fn back(address: &Url) -> String {
    format!("{}?{}", address.path(), address.query().unwrap_or_default())
}

/// The parameters of where somebody is sent.
fn parameters(answer: &Answer) -> HashMap<String, String> {
    url(answer.header("location"))
        .query_pairs()
        .into_owned()
        .collect()
}
