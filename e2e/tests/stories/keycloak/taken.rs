//! Somebody has the customer's address in Keycloak already.

use std::sync::Arc;

use anyhow::{Result, ensure};
use e2e::{
    Callback,
    admin::{NewProspect, fresh_email},
    until,
    wait::LATER,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{KeycloakScene, says};

pub async fn taken(scene: Arc<KeycloakScene>) -> Result<()> {
    let realm = &scene.realms.customers;
    let email = fresh_email("taken");
    let there = realm.add_user(&email, &Value::Null).await?;
    let admin = scene.usher.admin()?;
    let prospect = admin.create(&NewProspect::individual(&email)).await?;
    let converting = scene.conversions.read().await;
    scene
        .usher
        .sumsub()?
        .deliver(&Callback::green(prospect.id).in_ms(-60_000))
        .await?;
    let path = format!("/customers/{}", prospect.public_id);
    until("words on the customer's page", LATER, || async {
        let page = admin.window().open(&path).await?;
        says(&page, "the e-mail belongs to a login in Keycloak")?;
        says(&page, &there.id.to_string())
    })
    .await?;
    drop(converting);
    // Nobody touched that login, and nobody got a password.
    let login = realm.user_with(&email).await?;
    ensure!(
        login["attributes"]["customerId"].is_null() && login["enabled"] == json!(true),
        "the login was changed: {login}"
    );
    let mails = scene.usher.mailbox()?.to(&email).await?;
    ensure!(mails.is_empty(), "a mail went out: {mails:?}");

    // A person frees the address, and tries again.
    realm
        .send(Method::DELETE, &format!("users/{}", there.id), None)
        .await?;
    admin.act(&path, "Retry now", None).await?;
    scene.activity_becomes(&prospect, "active").await
}
