//! With a real Keycloak: that what it says is what we take it to say.

use std::{collections::HashMap, time::Duration};

use axum::{Form, Router, extract::State, routing::post};
use oidc::{BearerTokens, Ended, OidcConfig, RelyingParty};
use reqwest::{Client, Response, StatusCode, redirect::Policy};
use serde_json::{Value, json};
use testkit::{ADMINISTRATOR, TestKeycloak};
use tokio::sync::mpsc;
use url::Url;
use uuid::Uuid;

/// With what encodings disagree on.
const SECRET: &str = "s+e%20cret&";
const PASSWORD: &str = "correct horse battery";

/// A realm with a client for people, a program, and somebody who can sign in.
struct Realm {
    keycloak: TestKeycloak,
    client: RelyingParty,
    issuer: Url,
    customer: Uuid,
    told: mpsc::UnboundedReceiver<String>,
}

impl Realm {
    async fn furnished() -> Self {
        let keycloak = testkit::keycloak().await;
        let (tell, told) = mpsc::unbounded_channel();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let door: Url = format!("http://{}/", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        let back_channel = Router::new()
            .route("/logout/back-channel", post(hears))
            .with_state(tell);
        tokio::spawn(async move { axum::serve(listener, back_channel).await });

        let customer = Uuid::now_v7();
        let at = |path: &str| door.join(path).unwrap();
        let mapper = |name: &str, kind: &str, mut config: Value| {
            config["access.token.claim"] = json!("true");
            config["id.token.claim"] = json!("true");
            json!({"name": name, "protocol": "openid-connect", "protocolMapper": kind, "config": config})
        };
        let audience = mapper(
            "audience",
            "oidc-audience-mapper",
            json!({"included.custom.audience": BearerTokens::AUDIENCE}),
        );
        let customer_id = mapper(
            "customer",
            "oidc-usermodel-attribute-mapper",
            json!({"user.attribute": "customerId", "claim.name": "customerId", "jsonType.label": "String"}),
        );
        let realm = json!({
            "realm": keycloak.internal_realm, "enabled": true,
            "clients": [
                {
                    "clientId": "panel", "secret": SECRET, "publicClient": false, "standardFlowEnabled": true,
                    "redirectUris": [at("login/callback")],
                    "attributes": {
                        "pkce.code.challenge.method": "S256",
                        "post.logout.redirect.uris": at("login?signed_out=1"),
                        "backchannel.logout.url": at("logout/back-channel"),
                        "backchannel.logout.session.required": "true",
                    },
                    "protocolMappers": [customer_id],
                },
                {
                    "clientId": "robot", "secret": SECRET, "publicClient": false, "serviceAccountsEnabled": true,
                    "standardFlowEnabled": false, "protocolMappers": [audience],
                },
            ],
            "users": [{
                "username": "ada", "email": "ada@bank.example", "firstName": "Ada", "lastName": "Lovelace",
                "enabled": true, "emailVerified": true, "attributes": {"customerId": [customer]},
                "credentials": [{"type": "password", "value": PASSWORD, "temporary": false}],
            }],
            // Attributes that no profile declares are dropped without a word.
            "components": {"org.keycloak.userprofile.UserProfileProvider": [{
                "providerId": "declarative-user-profile",
                "config": {"kc.user.profile.config": [json!({
                    "attributes": [{"name": "username"}, {"name": "email"}, {"name": "firstName"}, {"name": "lastName"}],
                    "unmanagedAttributePolicy": "ADMIN_EDIT",
                }).to_string()]},
            }]},
        });
        let admin = Client::new();
        let token = token(
            &admin,
            &keycloak.url.join("realms/master/").unwrap(),
            &[
                ("grant_type", "password"),
                ("client_id", "admin-cli"),
                ("username", ADMINISTRATOR),
                ("password", ADMINISTRATOR),
            ],
        )
        .await;
        let made = admin
            .post(keycloak.url.join("admin/realms").unwrap())
            .bearer_auth(token)
            .json(&realm)
            .send()
            .await
            .unwrap();
        let status = made.status();
        assert_eq!(
            status,
            StatusCode::CREATED,
            "{}",
            made.text().await.unwrap()
        );
        let issuer = keycloak
            .url
            .join(&format!("realms/{}", keycloak.internal_realm))
            .unwrap();
        let client = RelyingParty::new(OidcConfig {
            issuer: issuer.clone(),
            reached_at: None,
            client_id: "panel".to_owned(),
            client_secret: SECRET.to_owned(),
            redirect_uri: at("login/callback"),
            signed_out_uri: at("login?signed_out=1"),
            http: Client::new(),
        });
        Self {
            keycloak,
            client,
            issuer,
            customer,
            told,
        }
    }
}

async fn hears(
    State(tell): State<mpsc::UnboundedSender<String>>,
    Form(form): Form<HashMap<String, String>>,
) {
    tell.send(form["logout_token"].clone()).unwrap();
}

async fn token(client: &Client, realm: &Url, form: &[(&str, &str)]) -> String {
    let address = format!(
        "{}/protocol/openid-connect/token",
        realm.as_str().trim_end_matches('/')
    );
    let answer = client.post(address).form(form).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// Where the answer sends the browser.
fn sent_to(answer: &Response) -> Url {
    assert!(answer.status().is_redirection(), "{}", answer.status());
    let location = answer.headers()["location"].to_str().unwrap();
    location.parse().unwrap()
}

/// Types name and password into Keycloak's page.
async fn types(browser: &Client, address: Url) -> Url {
    let page = browser.get(address).send().await.unwrap();
    let page = page.text().await.unwrap();
    let form = page.split("id=\"kc-form-login\"").nth(1).unwrap();
    let action = form.split("action=\"").nth(1).unwrap();
    let action = action.split('"').next().unwrap().replace("&amp;", "&");
    let typed = [("username", "ada"), ("password", PASSWORD)];
    let answer = browser.post(action).form(&typed).send().await.unwrap();
    sent_to(&answer)
}

fn browser() -> Client {
    Client::builder()
        .cookie_store(true)
        .redirect(Policy::none())
        .build()
        .unwrap()
}

#[tokio::test]
async fn somebody_signs_in_and_out_at_a_real_keycloak() {
    let mut realm = Realm::furnished().await;
    let client = &realm.client;
    assert!(client.answers().await);
    let (address, attempt) = client.begin("/".to_owned()).await.unwrap();
    let browser = browser();
    let back = types(&browser, address).await;
    let answer: HashMap<String, String> = back.query_pairs().into_owned().collect();
    assert_eq!(answer["state"], attempt.state());
    let identity = client
        .finish(attempt, answer["code"].clone(), Some(&answer["iss"]))
        .await
        .unwrap();
    assert_eq!(identity.customer_id, Some(realm.customer));
    assert_eq!(identity.email.as_deref(), Some("ada@bank.example"));
    assert_eq!(identity.preferred_username.as_deref(), Some("ada"));

    // Who is signed in there comes back at once.
    let (address, attempt) = client.begin("/".to_owned()).await.unwrap();
    let back = sent_to(&browser.get(address).send().await.unwrap());
    assert!(back.as_str().contains(attempt.state()), "{back}");

    let out = client.sign_out_url(Some(&identity.id_token)).await.unwrap();
    let back = sent_to(&browser.get(out).send().await.unwrap());
    assert_eq!(back.query(), Some("signed_out=1"), "without a question");
    let told = tokio::time::timeout(Duration::from_secs(30), realm.told.recv());
    let told = told.await.unwrap().unwrap();
    assert_eq!(
        client.ended(&told).await.unwrap(),
        Ended {
            sub: Some(identity.sub),
            session: identity.session,
        }
    );
    let bearer = BearerTokens::new(realm.issuer.clone(), Client::new());
    for wrong in [&told, &identity.id_token] {
        assert!(bearer.verify(wrong).await.is_err());
    }
    assert!(client.ended(&identity.id_token).await.is_err());
}

#[tokio::test]
async fn a_program_comes_with_its_service_accounts_token() {
    let realm = Realm::furnished().await;
    let credentials = [
        ("grant_type", "client_credentials"),
        ("client_id", "robot"),
        ("client_secret", SECRET),
    ];
    let token = token(&Client::new(), &realm.issuer, &credentials).await;
    let bearer = BearerTokens::new(realm.issuer.clone(), Client::new());
    bearer.verify(&token).await.unwrap();
    let master = realm.keycloak.url.join("realms/master").unwrap();
    let elsewhere = BearerTokens::new(master, Client::new());
    assert!(elsewhere.verify(&token).await.is_err());
}

#[tokio::test]
async fn a_realm_that_browsers_find_elsewhere_is_asked_where_we_reach_it() {
    let realm = Realm::furnished().await;
    let (here, keycloak) = (realm.issuer.clone(), &realm.keycloak);
    let mut public = keycloak.url.clone();
    public.set_host(Some("localhost")).unwrap();
    let master = keycloak.url.join("realms/master").unwrap();
    let administrator = [
        ("grant_type", "password"),
        ("client_id", "admin-cli"),
        ("username", ADMINISTRATOR),
        ("password", ADMINISTRATOR),
    ];
    let client = Client::new();
    let admin = token(&client, &master, &administrator).await;
    let address = format!("admin/realms/{}", keycloak.internal_realm);
    let set = client
        .put(keycloak.url.join(&address).unwrap())
        .bearer_auth(admin)
        .json(&json!({"attributes": {"frontendUrl": public}}))
        .send()
        .await
        .unwrap();
    assert!(set.status().is_success(), "{}", set.status());
    let robot = [
        ("grant_type", "client_credentials"),
        ("client_id", "robot"),
        ("client_secret", SECRET),
    ];
    let program = token(&client, &here, &robot).await;
    let by_one_address = BearerTokens::new(here.clone(), Client::new());
    let said = by_one_address.verify(&program).await.unwrap_err();
    assert!(
        said.to_string().contains("identity.keycloak.public_url"),
        "{said}"
    );
    let issuer = public
        .join(&format!("realms/{}", keycloak.internal_realm))
        .unwrap();
    let by_both = BearerTokens::new(issuer, Client::new()).reached_at(&here);
    by_both.verify(&program).await.unwrap();
}
