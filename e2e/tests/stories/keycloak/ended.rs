//! Who was let in and is let in no longer.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use e2e::{Window, admin::fresh_email, keycloak, keycloak::User, until, wait::SOON};
use serde_json::json;

use super::scene::{KeycloakScene, says_nothing_of, shows_the_account};

/// No longer than this does a role work that was taken away.
const WITHIN: Duration = Duration::from_secs(60);

/// Also one who was disabled.
pub async fn role_taken_away(scene: Arc<KeycloakScene>) -> Result<()> {
    let realm = &scene.realms.internal;
    let (demoted, at_work) = inside(&scene, "demoted").await?;
    let (disabled, also_at_work) = inside(&scene, "disabled-later").await?;
    realm.take_role(demoted.id, "onboarding-officer").await?;
    realm
        .change_user(disabled.id, &json!({"enabled": false}))
        .await?;
    for window in [&at_work, &also_at_work] {
        until("the panel closed", WITHIN, || sent_to_sign_in(window)).await?;
    }
    Ok(())
}

/// Keycloak tells us: at the panel and at the portal.
pub async fn session_ended(scene: Arc<KeycloakScene>) -> Result<()> {
    let (operator, panel) = inside(&scene, "ended").await?;
    // Somebody else's goes on.
    let (_, other) = inside(&scene, "goes-on").await?;
    scene.realms.internal.end_sessions(operator.id).await?;
    until("the panel closed", SOON, || sent_to_sign_in(&panel)).await?;
    other.open("/prospects").await?;
    ensure!(
        sent_to_sign_in(&other).await.is_err(),
        "the wrong session was ended"
    );

    let (customer, portal) = scene
        .customer_inside("ended", "a drawer full of old maps")
        .await?;
    shows_the_account(&portal.open("/").await?, &customer)?;
    let login = scene.realms.customers.user_with(&customer.email).await?;
    let login = login["id"].as_str().unwrap_or_default().parse()?;
    scene.realms.customers.end_sessions(login).await?;
    until("the portal closed", SOON, || async {
        let page = portal.open("/").await?;
        says_nothing_of(&page, "DEP-")?;
        page.form("Sign in").map(drop)
    })
    .await
}

/// An officer who is signed in at the panel.
pub async fn inside(scene: &KeycloakScene, who: &str) -> Result<(User, Window)> {
    let realm = &scene.realms.internal;
    let operator = realm
        .add_operator(&fresh_email(who), "onboarding-officer")
        .await?;
    let panel = scene.panel()?;
    keycloak::sign_in(&panel, &operator.email, &operator.password)
        .await?
        .ok()?;
    let page = panel.open("/prospects").await?;
    ensure!(
        page.url.path() == "/prospects",
        "the panel shows {} to {who}",
        page.url
    );
    Ok((operator, panel))
}

async fn sent_to_sign_in(panel: &Window) -> Result<()> {
    let page = panel.get("/prospects").await?;
    ensure!(page.url.path() == "/login", "the panel shows {}", page.url);
    Ok(())
}
