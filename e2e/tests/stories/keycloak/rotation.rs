//! Keycloak signs with another key from now on.

use std::sync::Arc;

use anyhow::{Result, ensure};
use e2e::{until, wait::SOON};
use reqwest::Method;
use serde_json::json;

use super::{
    ended::inside,
    people::asks_who_it_is,
    programs::{program, taken, with_role},
    scene::{KeycloakScene, says},
};

pub async fn new_keys(scene: Arc<KeycloakScene>) -> Result<()> {
    let realm = &scene.realms.internal;
    let (_, before) = inside(&scene, "before-the-new-key").await?;
    let reports = program("rotation", Some("usher-api"));
    let old_token = with_role(realm, &reports).await?;
    taken(&scene, &old_token).await?;
    let old_key = signing_key(&old_token);

    let whole = realm.get("").await?;
    let key = json!({
        "name": "newest",
        "providerId": "rsa-generated",
        "providerType": "org.keycloak.keys.KeyProvider",
        "parentId": whole["id"],
        "config": {
            "priority": ["1000"],
            "enabled": ["true"],
            "active": ["true"],
            "algorithm": ["RS256"],
            "keySize": ["2048"],
        },
    });
    realm.send(Method::POST, "components", Some(&key)).await?;
    let new_token = realm.token_of(&reports).await?;
    ensure!(
        signing_key(&new_token) != old_key,
        "Keycloak signs with the old key"
    );

    inside(&scene, "after-the-new-key").await?;
    // Somebody may have asked for a key that nobody has: it is looked for new ones every ten seconds only.
    until("a token of the new key taken", SOON, || {
        taken(&scene, &new_token)
    })
    .await?;
    taken(&scene, &old_token).await?;

    // Who came before the change still goes in and out: their ID token has the old key's signature.
    let page = before.open("/prospects").await?;
    ensure!(page.url.path() == "/prospects", "it shows {}", page.url);
    let out = before.submit(&page.form("Sign out")?).await?.ok()?;
    says(&out, "You are signed out.")?;
    asks_who_it_is(&before).await.map(drop)
}

fn signing_key(token: &str) -> &str {
    token.split('.').next().unwrap_or_default()
}
