//! Times in the viewer's zone, the help for a page, and the onboarding file on paper.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Usher,
    browser::{Album, Chromium, Tab},
    wait::SOON,
};

use super::{at_the_panel, made};

/// A quarter of an hour beside all others.
const ZONE: &str = "Asia/Kathmandu";
const OFFSET: &str = " UTC+05:45";

pub async fn of_the_viewer(usher: Arc<Usher>) -> Result<()> {
    let chromium = Chromium::start().await?;
    let told = told(&usher, &chromium).await;
    chromium.close().await?;
    told
}

/// The exact time behind the first one on the page.
async fn exact(tab: &Tab) -> Result<String> {
    tab.evaluate("document.querySelector('time[title]').title")
        .await
}

async fn told(usher: &Usher, chromium: &Chromium) -> Result<()> {
    let prospect = made(usher, "times").await?;
    let record = format!("/prospects/{}", prospect.public_id);
    let admin = usher.admin()?;
    admin.generate_link(&prospect.public_id).await?;
    admin.act(&record, "Send link", None).await?;
    let mail = usher.mailbox()?.wait_for(&prospect.email).await?;
    let mut words = mail.text.split_whitespace();
    let link = words
        .find(|word| word.contains("/verify/"))
        .context("the mail has no link")?;

    let url = usher.ready().admin_url.trim_end_matches('/').to_owned();
    let panel = at_the_panel(usher, chromium, "auditor").await?;
    panel.in_zone(ZONE).await?;
    panel.go(&format!("{url}{record}")).await?;
    let before = exact(&panel).await?;
    ensure!(before.ends_with(" UTC"), "nobody has chosen yet: {before}");
    panel.go(&format!("{url}/me")).await?;
    panel.click("Take this browser's").await?;
    panel.click("Save time zone").await?;
    panel
        .reads("Times are told in this time zone.", SOON)
        .await?;
    panel.go(&format!("{url}{record}")).await?;
    let chosen = exact(&panel).await?;
    ensure!(chosen.ends_with(OFFSET), "{chosen}");
    // Chromium says the older name of the same.
    panel.reads("Times in Asia/Kat", SOON).await?;

    panel.press("?").await?;
    panel.path_where(|path| path == "/help/prospects").await?;
    panel.heading("Help: Prospects").await?;

    // Exact on paper, and with the number of the page.
    let album = Album::new("onboarding_file")?;
    panel.go(&format!("{url}{record}")).await?;
    panel.click("Onboarding file").await?;
    panel.heading("Onboarding file").await?;
    album.shot(&panel, "screen").await?;
    let sheets = album.print(&panel, "paper").await?;
    ensure!((1..=3).contains(&sheets), "{sheets} sheets");

    // Somebody without an account is told in the zone of the browser.
    let applicant = chromium.tab(link).await?;
    applicant.in_zone(ZONE).await?;
    applicant.go(link).await?;
    let told = exact(&applicant).await?;
    ensure!(told.ends_with(OFFSET), "{told}");
    Ok(())
}
