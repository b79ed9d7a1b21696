//! `usher dev` beside the Keycloak of the test run, its realms as their administrator sees them, and people at
//! Keycloak's own pages.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Page, Usher, Window,
    keycloak_server::{ADMINISTRATOR, Realm},
};

/// The two realms of one Usher.
pub struct Realms {
    /// The realm of the operators.
    pub internal: Realm,
    /// The realm of the customers.
    pub customers: Realm,
}

impl Usher {
    /// Starts `usher dev` on two realms of its own in the Keycloak of the test run.
    ///
    /// # Errors
    /// As [`Usher::start`].
    pub async fn start_with_keycloak(name: &str) -> Result<(Self, Realms)> {
        let keycloak = testkit::keycloak().await;
        let internal = format!(
            "identity.keycloak.internal_realm={}",
            keycloak.internal_realm
        );
        let customers = format!(
            "identity.keycloak.customer_realm={}",
            keycloak.customer_realm
        );
        let url = keycloak.url.as_str();
        let args = [
            "--keycloak-url",
            url,
            "--set",
            &internal,
            "--set",
            &customers,
        ];
        let mut usher = Self::prepare(name, &args)?
            .with_setting("USHER_KEYCLOAK_ADMIN_PASSWORD", ADMINISTRATOR);
        usher.launch().await?;
        let realms = Realms {
            internal: Realm::new(url, &keycloak.internal_realm)?,
            customers: Realm::new(url, &keycloak.customer_realm)?,
        };
        Ok((usher, realms))
    }
}

/// Somebody who can sign in.
#[derive(Debug, Clone)]
pub struct User {
    /// The user's id in Keycloak.
    pub id: Uuid,
    /// The e-mail address, which is the user name, too.
    pub email: String,
    /// The password that works.
    pub password: String,
}

impl Realm {
    /// Makes a user who can sign in at once; `more` goes over what is usual.
    ///
    /// # Errors
    /// When Keycloak refuses.
    pub async fn add_user(&self, email: &str, more: &Value) -> Result<User> {
        let password = Uuid::new_v4().to_string();
        let mut user = json!({
            "username": email,
            "email": email,
            "emailVerified": true,
            "firstName": "Somebody",
            "lastName": "Else",
            "enabled": true,
            "credentials": [{"type": "password", "value": password, "temporary": false}],
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            user[name] = value.clone();
        }
        self.send(Method::POST, "users", Some(&user)).await?;
        let found = self.user_with(email).await?;
        let id = found["id"].as_str().context("Keycloak made no user")?;
        Ok(User {
            id: id.parse()?,
            email: email.to_owned(),
            password,
        })
    }

    /// Somebody with a role.
    ///
    /// # Errors
    /// When Keycloak refuses.
    pub async fn add_operator(&self, email: &str, role: &str) -> Result<User> {
        let user = self.add_user(email, &Value::Null).await?;
        self.give_role(user.id, role).await?;
        Ok(user)
    }

    /// The user with this address.
    ///
    /// # Errors
    /// When there is none.
    pub async fn user_with(&self, email: &str) -> Result<Value> {
        let email: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
        let found = self.get(&format!("users?email={email}&exact=true")).await?;
        found
            .get(0)
            .cloned()
            .with_context(|| format!("Keycloak has nobody with the address {email}"))
    }

    /// Changes what `change` names of a user.
    ///
    /// # Errors
    /// When Keycloak refuses.
    pub async fn change_user(&self, id: Uuid, change: &Value) -> Result<()> {
        self.send(Method::PUT, &format!("users/{id}"), Some(change))
            .await?;
        Ok(())
    }

    /// Gives a user one of the realm's roles.
    ///
    /// # Errors
    /// When Keycloak refuses.
    pub async fn give_role(&self, user: Uuid, role: &str) -> Result<()> {
        self.map_role(Method::POST, user, role).await
    }

    /// Takes one of the realm's roles from a user.
    ///
    /// # Errors
    /// When Keycloak refuses.
    pub async fn take_role(&self, user: Uuid, role: &str) -> Result<()> {
        self.map_role(Method::DELETE, user, role).await
    }

    async fn map_role(&self, method: Method, user: Uuid, role: &str) -> Result<()> {
        let role = self.get(&format!("roles/{role}")).await?;
        let path = format!("users/{user}/role-mappings/realm");
        self.send(method, &path, Some(&json!([role]))).await?;
        Ok(())
    }

    /// Ends all of a user's sessions.
    ///
    /// # Errors
    /// When Keycloak refuses.
    pub async fn end_sessions(&self, user: Uuid) -> Result<()> {
        self.send(Method::POST, &format!("users/{user}/logout"), None)
            .await?;
        Ok(())
    }

    /// Makes a client with a service account: a program. Answers the user of its service account.
    ///
    /// # Errors
    /// When Keycloak refuses.
    pub async fn add_program(&self, program: &Program<'_>) -> Result<Uuid> {
        let client = json!({
            "clientId": program.name,
            "secret": program.secret,
            "protocol": "openid-connect",
            "publicClient": false,
            "standardFlowEnabled": false,
            "serviceAccountsEnabled": true,
            "attributes": program.attributes,
        });
        self.send(Method::POST, "clients", Some(&client)).await?;
        let found = self
            .get(&format!("clients?clientId={}", program.name))
            .await?;
        let id = found[0]["id"].as_str().context("Keycloak made no client")?;
        if let Some(scope) = program.scope {
            let scopes = self.get("client-scopes").await?;
            let scope = scopes
                .as_array()
                .and_then(|all| all.iter().find(|one| one["name"] == scope))
                .and_then(|scope| scope["id"].as_str())
                .with_context(|| format!("the realm has no client scope {scope}"))?;
            let path = format!("clients/{id}/default-client-scopes/{scope}");
            self.send(Method::PUT, &path, None).await?;
        }
        let account = self
            .get(&format!("clients/{id}/service-account-user"))
            .await?;
        let account = account["id"].as_str().context("no service account")?;
        Ok(account.parse()?)
    }

    /// An access token for a program.
    ///
    /// # Errors
    /// When Keycloak gives none.
    pub async fn token_of(&self, program: &Program<'_>) -> Result<String> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", program.name),
            ("client_secret", program.secret),
        ];
        let answer = self.ask_for_token(&self.name, &form).await?;
        answer["access_token"]
            .as_str()
            .map(str::to_owned)
            .with_context(|| format!("no token: {answer}"))
    }

    /// Tells the admin API something.
    ///
    /// # Errors
    /// When it refuses, with its words.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let token = self.token("master", ADMINISTRATOR, ADMINISTRATOR).await?;
        let token = token["access_token"].as_str().context("no token")?;
        let url = format!("{}/admin/realms/{}/{path}", self.base, self.name);
        let mut request = self
            .http
            .request(method.clone(), url.trim_end_matches('/'))
            .bearer_auth(token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{method} {path}: {status} {text}");
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

/// A client with a service account.
#[derive(Debug, Clone)]
pub struct Program<'a> {
    /// The client's id.
    pub name: &'a str,
    /// The client's secret.
    pub secret: &'a str,
    /// A client scope that its tokens always have.
    pub scope: Option<&'a str>,
    /// The client's attributes, as Keycloak's REST API has them.
    pub attributes: Value,
}

/// Signs in at a site's Keycloak; gives the page that follows, whatever and wherever it is.
///
/// # Errors
/// When the site or Keycloak shows another page than one to sign in on.
pub async fn sign_in(site: &Window, login: &str, password: &str) -> Result<Page> {
    let button = site.open("/login").await?.form("Sign in")?;
    let form = site
        .submit(&button)
        .await?
        .form("Sign In")?
        .fill("Username or email", login)?
        .fill("Password", password)?;
    site.submit(&form).await
}

/// Chooses a password on the page on which Keycloak asks for a new one; gives the page that follows.
///
/// # Errors
/// When it is another page.
pub async fn choose_password(site: &Window, page: &Page, chosen: &str) -> Result<Page> {
    let form = page
        .form("Submit")?
        .fill("New Password", chosen)?
        .fill("Confirm password", chosen)?;
    site.submit(&form).await
}

/// In Chromium: fills in the page on which Keycloak asks who it is; nothing is sent yet.
///
/// # Errors
/// When it is another page.
#[cfg(feature = "browser")]
pub async fn fill_in(tab: &crate::browser::Tab, login: &str, password: &str) -> Result<()> {
    tab.field("Username or email").await?.fill(login).await?;
    tab.field("Password").await?.fill(password).await
}
