//! An operator onboards a person, who signs in at the portal; both at Keycloak's own pages, in real Chromium.
//! A screenshot of each step is left in `target/walkthrough-keycloak/`.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use e2e::{
    admin::fresh_email,
    browser::{Album, Tab},
    keycloak::fill_in,
    until,
    wait::{LATER, SOON},
};

use super::scene::KeycloakScene;

const CHOSEN: &str = "a long way to the harbour";

pub async fn walkthrough(scene: Arc<KeycloakScene>) -> Result<()> {
    let album = Album::new("walkthrough-keycloak")?;
    let email = fresh_email("ada");
    let (panel, account) = operator_onboards(&scene, &album, &email).await?;
    let portal = customer_comes_in(&scene, &album, &email, &account).await?;
    customer_leaves(&portal, &album, &email, &account).await?;
    operator_leaves(&panel, &album).await?;
    for tab in [&panel, &portal] {
        ensure!(tab.thrown().is_empty(), "scripts threw: {:?}", tab.thrown());
    }
    Ok(())
}

/// Until the customer is Active; gives the account's number.
async fn operator_onboards(
    scene: &KeycloakScene,
    album: &Album,
    email: &str,
) -> Result<(Tab, String)> {
    let ready = scene.usher.ready();
    let operator = ready.operator("onboarding-officer")?;
    let chromium = scene.chromium().await?;
    let panel = chromium.tab(&ready.admin_url).await?;
    panel.button("Sign in").await?;
    album.shot(&panel, "panel-login").await?;
    panel.click("Sign in").await?;
    fill_in(&panel, &operator.email, "not the password").await?;
    album.shot(&panel, "panel-keycloak").await?;
    panel.click("Sign In").await?;
    panel.reads("Invalid username or password.", SOON).await?;
    album.shot(&panel, "panel-keycloak-wrong-password").await?;
    fill_in(&panel, &operator.email, &operator.password).await?;
    panel.click("Sign In").await?;
    panel.link("Prospects").await?;
    panel.reads(&operator.email, SOON).await?;
    album.shot(&panel, "panel-first-page").await?;

    panel.click("Prospects").await?;
    panel.click("Create").await?;
    panel.field("Email").await?.fill(email).await?;
    panel.click("Review").await?;
    panel.dialog("Confirm prospect").await?;
    panel.click("Confirm").await?;
    let path = panel
        .path_where(|path| path.starts_with("/prospects/") && path != "/prospects/new")
        .await?;
    let public_id = path.trim_start_matches("/prospects/").to_owned();
    panel.click("Generate verification link").await?;
    let permalink = until("the verification link", SOON, || async {
        let link = panel.field("Verification link").await?.value().await?;
        ensure!(link.starts_with("http"), "it reads {link:?}");
        Ok(link)
    })
    .await?;
    album.shot(&panel, "prospect-with-link").await?;

    let applicant = chromium.tab(&permalink).await?;
    applicant.click("Submit documents").await?;
    panel
        .region_reads("Prospect", "Stage In review", SOON)
        .await?;
    applicant.click("Approve").await?;
    panel
        .region_reads("Prospect", "Stage Approved", SOON)
        .await?;
    panel.click("Customers").await?;
    panel
        .row_reads("Customers", &[email, "Active"], LATER)
        .await?;
    panel.click(&public_id).await?;
    panel
        .region_reads("Customer", "Status Active", LATER)
        .await?;
    album.shot(&panel, "customer-active").await?;
    Ok((panel, format!("DEP-{public_id}")))
}

/// With what the mail says.
async fn customer_comes_in(
    scene: &KeycloakScene,
    album: &Album,
    email: &str,
    account: &str,
) -> Result<Tab> {
    let ready = scene.usher.ready();
    let mail = scene.usher.mailbox()?.wait_for(email).await?;
    let temporary = mail.temporary_password()?;
    ensure!(
        mail.text.contains(&ready.public_url),
        "the mail does not say where: {}",
        mail.text
    );
    let chromium = scene.chromium().await?;
    // Others' mails come in beside it, under the same subject.
    let mailbox = chromium
        .tab(&format!("{}/mail/{}", ready.dev_url, mail.id))
        .await?;
    mailbox.reads(&temporary, SOON).await?;
    album.shot(&mailbox, "welcome-email").await?;

    let portal = chromium.tab(&ready.public_url).await?;
    portal.button("Sign in").await?;
    album.shot(&portal, "portal-login").await?;
    portal.click("Sign in").await?;
    fill_in(&portal, email, &temporary).await?;
    album.shot(&portal, "portal-keycloak").await?;
    portal.click("Sign In").await?;
    portal
        .field("New Password")
        .await?
        .fill("too short")
        .await?;
    // Keycloak looks at it when one goes on to the next field.
    portal
        .field("Confirm password")
        .await?
        .fill("too short")
        .await?;
    portal.reads("minimum length 12", SOON).await?;
    album.shot(&portal, "portal-keycloak-new-password").await?;
    portal.field("New Password").await?.fill(CHOSEN).await?;
    portal.field("Confirm password").await?.fill(CHOSEN).await?;
    portal.click("Submit").await?;
    // No other question, such as for a name.
    portal.reads(account, SOON).await?;
    album.shot(&portal, "portal-home").await?;
    Ok(portal)
}

/// Signing out ends at Keycloak too: it asks for the password again, and only the chosen one is right.
async fn customer_leaves(portal: &Tab, album: &Album, email: &str, account: &str) -> Result<()> {
    portal.click("Sign out").await?;
    portal.reads("You are signed out.", SOON).await?;
    album.shot(portal, "portal-signed-out").await?;
    portal.click("Sign in").await?;
    fill_in(portal, email, CHOSEN).await?;
    album.shot(portal, "portal-keycloak-again").await?;
    portal.click("Sign In").await?;
    portal.reads(account, SOON).await?;
    portal.click("Sign out").await?;
    portal.reads("You are signed out.", SOON).await
}

async fn operator_leaves(panel: &Tab, album: &Album) -> Result<()> {
    panel.click("Sign out").await?;
    panel.reads("You are signed out.", SOON).await?;
    album.shot(panel, "panel-signed-out").await?;
    panel.click("Sign in").await?;
    panel
        .field("Password")
        .await
        .context("Keycloak did not ask for the password again")?;
    album.shot(panel, "panel-keycloak-again").await
}
