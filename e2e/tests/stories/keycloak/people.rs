//! Who does not get in where.

use std::sync::Arc;

use anyhow::{Result, ensure};
use e2e::{Page, Window, admin::fresh_email, keycloak};
use serde_json::{Value, json};
use uuid::Uuid;

use super::scene::{KeycloakScene, says, says_nothing_of, shows_the_account};

const WRONG: &str = "Invalid username or password.";
/// Keycloak's words for a login that is switched off.
pub const DISABLED: &str = "Account is disabled";
/// Ours for who may not enter: no reason.
pub const NEUTRAL: &str = "Your account is not available at the moment";

/// Customers at the panel, operators at the portal: each realm knows its own people only.
pub async fn other_site(scene: Arc<KeycloakScene>) -> Result<()> {
    let chosen = "a long walk along the canal";
    let (customer, portal) = scene.customer_inside("other", chosen).await?;
    let panel = scene.panel()?;
    let page = keycloak::sign_in(&panel, &customer.email, chosen).await?;
    says(&page, WRONG)?;
    nobody_inside(&panel).await?;

    let operator = scene.usher.ready().operator("admin")?;
    let stranger = scene.portal()?;
    let page = keycloak::sign_in(&stranger, &operator.email, &operator.password).await?;
    says(&page, WRONG)?;
    nobody_inside(&stranger).await?;

    // Each is right at their own site.
    let page = keycloak::sign_in(&panel, &operator.email, &operator.password).await?;
    says(&page.ok()?, "Sign out")?;
    panel.open("/prospects").await?;
    shows_the_account(&portal.open("/").await?, &customer)?;
    // A cookie of the portal is nothing at the panel.
    let elsewhere = portal
        .get(&format!("{}/prospects", scene.usher.ready().admin_url))
        .await?;
    ensure!(
        elsewhere.url.path() == "/login",
        "a customer's window shows {} of the panel",
        elsewhere.url
    );
    Ok(())
}

pub async fn no_role(scene: Arc<KeycloakScene>) -> Result<()> {
    let realm = &scene.realms.internal;
    let nobody = realm
        .add_user(&fresh_email("no-role"), &Value::Null)
        .await?;
    let panel = scene.panel()?;
    let page = keycloak::sign_in(&panel, &nobody.email, &nobody.password).await?;
    let page = page.expect(403)?;
    says(&page, "No role in Usher")?;
    nobody_inside(&panel).await?;

    // They can leave, to come as somebody else.
    let out = panel.submit(&page.form("Sign out")?).await?.ok()?;
    says(&out, "You are signed out.")?;
    asks_who_it_is(&panel).await?;

    let disabled = realm
        .add_operator(&fresh_email("disabled"), "admin")
        .await?;
    realm
        .change_user(disabled.id, &json!({"enabled": false}))
        .await?;
    let page = keycloak::sign_in(&panel, &disabled.email, &disabled.password).await?;
    says(&page, DISABLED)?;
    nobody_inside(&panel).await
}

pub async fn no_customer(scene: Arc<KeycloakScene>) -> Result<()> {
    let realm = &scene.realms.customers;
    let unknown = json!({"attributes": {"customerId": [Uuid::now_v7()]}});
    let malformed = json!({"attributes": {"customerId": ["not a customer's id"]}});
    for (what, more) in [
        ("no-id", Value::Null),
        ("unknown-id", unknown),
        ("malformed-id", malformed),
    ] {
        let somebody = realm.add_user(&fresh_email(what), &more).await?;
        let portal = scene.portal()?;
        let page = keycloak::sign_in(&portal, &somebody.email, &somebody.password).await?;
        let page = page.expect(403)?;
        says(&page, NEUTRAL)?;
        says_nothing_of(&page, "DEP-")?;
        nobody_inside(&portal).await?;
        // They can leave, to come as somebody else.
        let out = portal.submit(&page.form("Sign out")?).await?.ok()?;
        says(&out, "You are signed out.")?;
        asks_who_it_is(&portal).await?;
    }
    Ok(())
}

/// Nobody is signed in here: the first page says nothing but how to sign in.
async fn nobody_inside(site: &Window) -> Result<()> {
    let page = site.open("/").await?;
    says_nothing_of(&page, "DEP-")?;
    page.form("Sign in").map(drop)
}

/// Keycloak doesn't know this browser either.
pub async fn asks_who_it_is(site: &Window) -> Result<Page> {
    let button = site.open("/login").await?.form("Sign in")?;
    let page = site.submit(&button).await?;
    page.form("Sign In")?;
    Ok(page)
}
