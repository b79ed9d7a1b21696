//! Access tokens of programs: Keycloak's, for us, not over, and of somebody with a role.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use e2e::{
    Admin, Page, Window,
    admin::{NewProspect, fresh_email},
    keycloak::Program,
    keycloak_server::Realm,
    until,
};
use oidc::testing::Key;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{KeycloakScene, says};

const SECRET: &str = "the secret of a program";
/// A token of a second, and how far clocks may differ.
const OVER: Duration = Duration::from_secs(60);

pub fn program<'a>(name: &'a str, scope: Option<&'a str>) -> Program<'a> {
    Program {
        name,
        secret: SECRET,
        scope,
        attributes: json!({}),
    }
}

/// Makes a program with a role; gives a token of it.
pub async fn with_role(realm: &Realm, program: &Program<'_>) -> Result<String> {
    let account = realm.add_program(program).await?;
    realm.give_role(account, "auditor").await?;
    realm.token_of(program).await
}

pub async fn tokens(scene: Arc<KeycloakScene>) -> Result<()> {
    let realm = &scene.realms.internal;
    let api = Some("usher-api");

    let brief = Program {
        attributes: json!({"access.token.lifespan": "1"}),
        ..program("brief", api)
    };
    let brief = with_role(realm, &brief).await?;
    taken(&scene, &brief).await?;

    let good = with_role(realm, &program("reports", api)).await?;
    taken(&scene, &good).await?;
    does_what_its_role_allows(&scene, &good).await?;

    realm.add_program(&program("without-role", api)).await?;
    let roleless = realm.token_of(&program("without-role", api)).await?;
    let page = ask(&scene, &roleless).await?.expect(403)?;
    says(&page, "No role in Usher")?;

    let audience = with_role(realm, &program("for-others", None)).await?;
    refused(&scene, "a token for others", &audience).await?;

    let customers = of_the_customer_realm(&scene).await?;
    refused(&scene, "a token of the customer realm", &customers).await?;

    let (header, claims) = (part(&good, 0)?, part(&good, 1)?);
    let key = header["kid"].as_str().context("no key")?;
    let forged = Key::strangers().sign_as(key, &claims);
    refused(&scene, "a forged token", &forged).await?;
    let unknown = Key::strangers().sign(&claims);
    refused(&scene, "a token of an unknown key", &unknown).await?;
    refused(
        &scene,
        "an unsigned token",
        &Key::strangers().unsigned(&claims),
    )
    .await?;
    let mut more = claims.clone();
    more["sub"] = json!(uuid::Uuid::new_v4());
    refused(&scene, "changed claims", &with_claims(&good, &more)).await?;

    until("the end of a token", OVER, || async {
        refused(&scene, "a token that is over", &brief).await
    })
    .await?;
    taken(&scene, &good).await
}

/// It reads as an auditor does, and creates nothing.
async fn does_what_its_role_allows(scene: &KeycloakScene, auditor: &str) -> Result<()> {
    let realm = &scene.realms.internal;
    let url = &scene.usher.ready().admin_url;
    let new = NewProspect::individual(&fresh_email("by-a-program"));
    let intake = program("intake", Some("usher-api"));
    let account = realm.add_program(&intake).await?;
    realm.give_role(account, "onboarding-officer").await?;
    let officer = Admin::with_token(url, &realm.token_of(&intake).await?)?;
    let made = officer.create(&new).await?;
    let history = officer.prospect(&made.public_id).await?.region("History")?;
    ensure!(
        history.contains("by service-account-intake"),
        "the history says: {history}"
    );
    let read_only = Admin::with_token(url, auditor)?;
    read_only.window().open("/audit").await?;
    let form = officer.create_form(&new).await?;
    read_only
        .window()
        .submit(&form)
        .await?
        .expect(403)
        .map(drop)
}

/// A program there with the same audience: only the issuer is another.
async fn of_the_customer_realm(scene: &KeycloakScene) -> Result<String> {
    let realm = &scene.realms.customers;
    let same = program("reports", None);
    realm.add_program(&same).await?;
    let found = realm.get("clients?clientId=reports").await?;
    let id = found[0]["id"].as_str().context("no client")?;
    let mapper = json!({
        "name": "audience",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-audience-mapper",
        "config": {"included.custom.audience": "usher-api", "access.token.claim": "true"},
    });
    let path = format!("clients/{id}/protocol-mappers/models");
    realm.send(Method::POST, &path, Some(&mapper)).await?;
    let token = realm.token_of(&same).await?;
    let claims = part(&token, 1)?;
    ensure!(
        claims["aud"].to_string().contains("usher-api"),
        "the token is for others: {claims}"
    );
    Ok(token)
}

async fn ask(scene: &KeycloakScene, token: &str) -> Result<Page> {
    let url = &scene.usher.ready().admin_url;
    Window::with_token(url, token)?.get("/prospects").await
}

pub async fn taken(scene: &KeycloakScene, token: &str) -> Result<()> {
    let page = ask(scene, token).await?.ok()?;
    ensure!(
        page.html.heading() == "Prospects",
        "the token's page is {}: {}",
        page.url,
        page.text()
    );
    Ok(())
}

async fn refused(scene: &KeycloakScene, what: &str, token: &str) -> Result<()> {
    ask(scene, token)
        .await?
        .expect(401)
        .map(drop)
        .with_context(|| what.to_owned())
}

fn part(token: &str, number: usize) -> Result<Value> {
    let part = token.split('.').nth(number).context("no token")?;
    Ok(serde_json::from_slice(
        &BASE64_URL_SAFE_NO_PAD.decode(part)?,
    )?)
}

/// The same header and signature around other claims.
fn with_claims(token: &str, claims: &Value) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    if let Some(middle) = parts.get_mut(1) {
        *middle = BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
    }
    parts.join(".")
}
