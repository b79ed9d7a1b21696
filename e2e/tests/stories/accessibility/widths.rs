//! Every list and table, from a telephone to a large screen and zoomed in, with amounts as large as a bank's.

use std::sync::Arc;

use anyhow::{Result, ensure};
use e2e::{
    Callback, Usher,
    admin::Prospect,
    browser::{Chromium, Tab},
    wait::SOON,
};

use super::{PASSWORD, active, at_the_panel, made};

/// Widths, and by how many per cent the page is zoomed in.
const VIEWS: [(i64, i64); 17] = [
    (360, 100),
    (480, 100),
    (640, 100),
    (768, 100),
    (900, 100),
    (960, 100),
    (1000, 100),
    (1024, 100),
    (1100, 100),
    (1150, 100),
    (1280, 100),
    (1920, 100),
    (2560, 100),
    (1280, 125),
    (1440, 125),
    (1280, 200),
    (1920, 200),
];

pub async fn every_width(usher: Arc<Usher>) -> Result<()> {
    let chromium = Chromium::start().await?;
    let told = widths(&usher, &chromium).await;
    chromium.close().await?;
    told
}

/// Looks at a page in all views; answers what doesn't fit.
async fn squeezed(tab: &Tab, url: &str) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    tab.go(url).await?;
    for (width, zoom) in VIEWS {
        tab.zoom(width, zoom).await?;
        let found = tab.crowded().await?;
        wrong.extend(
            found
                .into_iter()
                .map(|found| format!("{url} at {width} px and {zoom} %: {found}")),
        );
    }
    Ok(wrong)
}

/// Deposits and withdraws nearly a billion, by an officer; an admin confirms.
async fn with_a_billion(usher: &Usher, chromium: &Chromium, customer: &Prospect) -> Result<()> {
    let url = usher.ready().admin_url.trim_end_matches('/').to_owned();
    let record = format!("{url}/customers/{}", customer.public_id);
    let officer = at_the_panel(usher, chromium, "onboarding-officer").await?;
    officer.go(&record).await?;
    for (button, amount, told) in [
        (
            "Record deposit",
            "999,999,999.99",
            "The deposit was recorded.",
        ),
        (
            "Record deposit",
            "999,999,999.99",
            "The deposit was recorded.",
        ),
        (
            "Start withdrawal",
            "999,999,999.99",
            "The withdrawal was started; it waits to be confirmed.",
        ),
        (
            "Start withdrawal",
            "1,000,000.00",
            "The withdrawal was started; it waits to be confirmed.",
        ),
    ] {
        officer.go(&record).await?;
        officer.click(button).await?;
        officer.field("Amount").await?.fill(amount).await?;
        officer.click("Confirm").await?;
        officer.reads(told, SOON).await?;
    }
    officer.go(&record).await?;
    officer.click("Propose credit").await?;
    officer
        .field("Amount")
        .await?
        .fill("999,999,999.99")
        .await?;
    officer.field("Purpose").await?.fill("A dam").await?;
    officer.click("Confirm").await?;
    officer
        .reads("The proposal was made; it waits for the customer.", SOON)
        .await?;
    officer.click("Sign out").await?;
    officer.path_where(|path| path == "/login").await?;

    let admin = at_the_panel(usher, chromium, "admin").await?;
    admin.go(&record).await?;
    // The newest waits, the one before it leaves.
    let confirm =
        "document.querySelector('[id^=act-confirm-withdrawal]:not([disabled])').form.action";
    let dialog: String = admin.evaluate(confirm).await?;
    admin.go(&dialog).await?;
    let press = "document.querySelector('dialog[open] button.primary').click() ?? true";
    admin.evaluate::<bool>(press).await?;
    admin.reads("The withdrawal was confirmed.", SOON).await?;
    admin.click("Sign out").await?;
    admin.path_where(|path| path == "/login").await?;
    Ok(())
}

async fn widths(usher: &Usher, chromium: &Chromium) -> Result<()> {
    let sumsub = usher.sumsub()?;
    let new = made(usher, "maximiliane.von-der-schulenburg").await?;
    let declined = made(usher, "declined").await?;
    sumsub.deliver(&Callback::red(declined.id, "RETRY")).await?;
    sumsub
        .deliver(&Callback::red(declined.id, "FINAL").in_ms(500))
        .await?;
    sumsub
        .deliver(&Callback::new(
            "applicantPersonalInfoChanged",
            "completed",
            uuid::Uuid::now_v7(),
        ))
        .await?;
    let verified = active(usher, "verified").await?;
    let rejected = active(usher, "rejected").await?;
    sumsub
        .deliver(&Callback::red(rejected.id, "FINAL").in_ms(500))
        .await?;
    with_a_billion(usher, chromium, &verified).await?;

    let url = usher.ready().admin_url.trim_end_matches('/').to_owned();
    let panel = at_the_panel(usher, chromium, "admin").await?;
    let record = format!("{url}/customers/{}", verified.public_id);
    panel.go(&record).await?;
    panel.reads("$999,999,999.99", SOON).await?;
    let link = |kind: &str| {
        let script =
            format!("document.querySelector('a[href^=\"/ledger/{kind}/\"]').getAttribute('href')");
        let panel = &panel;
        async move { panel.evaluate::<String>(&script).await }
    };
    let (account, withdrawal) = (link("accounts").await?, link("withdrawals").await?);
    let mut wrong = Vec::new();
    for path in [
        "/",
        "/?days=90&type=individual",
        "/prospects",
        "/customers",
        &format!("/prospects/{}", new.public_id),
        &format!("/prospects/{}", declined.public_id),
        &format!("/customers/{}", verified.public_id),
        &format!("/customers/{}", rejected.public_id),
        &format!("/customers/{}/money", verified.public_id),
        &format!("/customers/{}/verification", rejected.public_id),
        &format!("/customers/{}/history", verified.public_id),
        "/withdrawals",
        "/deposits",
        "/credit-proposals",
        "/callbacks",
        "/callbacks/1",
        "/provisioning",
        "/ledger",
        "/ledger/sets/individual",
        "/ledger/omnibus",
        &account,
        &withdrawal,
        "/access",
        "/audit",
    ] {
        wrong.extend(squeezed(&panel, &format!("{url}{path}")).await?);
    }
    wrong.extend(in_the_portal(usher, chromium, &verified).await?);
    ensure!(
        wrong.is_empty(),
        "{} things don't fit:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    Ok(())
}

async fn in_the_portal(
    usher: &Usher,
    chromium: &Chromium,
    customer: &Prospect,
) -> Result<Vec<String>> {
    let url = usher.ready().public_url.trim_end_matches('/').to_owned();
    let portal = chromium.tab(&url).await?;
    let mail = usher.mailbox()?.wait_for(&customer.email).await?;
    portal.field("Email").await?.fill(&customer.email).await?;
    let password = mail.temporary_password()?;
    portal.field("Password").await?.fill(&password).await?;
    portal.click("Sign in").await?;
    portal.field("New password").await?.fill(PASSWORD).await?;
    portal
        .field("Repeat new password")
        .await?
        .fill(PASSWORD)
        .await?;
    portal.click("Save password").await?;
    portal.heading("Your account").await?;
    let today = chrono::Utc::now().format("%Y-%m-%d");
    let mut wrong = Vec::new();
    for path in [
        "/",
        "/entries",
        &format!("/statement?from={today}&to={today}"),
        "/proposals",
        "/security",
    ] {
        wrong.extend(squeezed(&portal, &format!("{url}{path}")).await?);
    }
    portal
        .go(&format!("{url}/statement?from={today}&to={today}"))
        .await?;
    portal.on_paper().await?;
    let found = portal.crowded().await?;
    wrong.extend(found.into_iter().map(|found| format!("on paper: {found}")));
    Ok(wrong)
}
