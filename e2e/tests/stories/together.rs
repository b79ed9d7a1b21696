//! Working together: two operators and one prospect, each in a window of their own.

use anyhow::{Result, ensure};
use e2e::{
    Chapter, Usher,
    admin::{NewProspect, fresh_email},
    alone,
    browser::{Album, Chromium, Tab},
    wait::{LATER, SOON},
};

pub fn chapter() -> Chapter {
    Chapter::alone(
        "together",
        vec![alone("two_operators_and_one_prospect", two_operators)],
    )
}

async fn two_operators() -> Result<()> {
    let mut usher = Usher::start("together").await?;
    let [annas, bens] = [Chromium::start().await?, Chromium::start().await?];
    let told = told(&usher, &annas, &bens).await;
    annas.close().await?;
    bens.close().await?;
    told?;
    usher.stop().await
}

async fn signed_in(usher: &Usher, chromium: &Chromium, role: &str) -> Result<Tab> {
    let ready = usher.ready();
    let operator = ready.operator(role)?;
    let panel = chromium.tab(&ready.admin_url).await?;
    panel.field("Email").await?.fill(&operator.email).await?;
    let password = panel.field("Password").await?;
    password.fill(&operator.password).await?;
    panel.click("Sign in").await?;
    panel.path_where(|path| path != "/login").await?;
    Ok(panel)
}

async fn told(usher: &Usher, annas: &Chromium, bens: &Chromium) -> Result<()> {
    let album = Album::new("together")?;
    let admin = usher.admin()?;
    let prospect = admin
        .create(&NewProspect::individual(&fresh_email("ada")))
        .await?;
    let ready = usher.ready();
    let home = ready.admin_url.trim_end_matches('/');
    let record = format!("{home}/prospects/{}", prospect.public_id);
    let officer = &ready.operator("onboarding-officer")?.email;
    let (anna, ben) = (
        signed_in(usher, annas, "onboarding-officer").await?,
        signed_in(usher, bens, "admin").await?,
    );

    // Anna waits on another page; Ben assigns to her, and writes a note. Her bell says so by itself.
    anna.go(&format!("{home}/customers")).await?;
    ben.go(&record).await?;
    ben.click("Assign").await?;
    ben.dialog("Assign").await?;
    ben.field("Assigned to").await?.choose(officer).await?;
    album.shot(&ben, "assign").await?;
    ben.click("Confirm").await?;
    ben.reads("It was assigned.", SOON).await?;
    ben.field("Add a note")
        .await?
        .fill("Rings back on Monday.")
        .await?;
    ben.click("Add").await?;
    ben.reads("The note was added.", SOON).await?;
    let typed = ben.field("Add a note").await?.value().await?;
    ensure!(typed.is_empty(), "what was added is typed still: {typed}");
    anna.link("For me 2").await?;

    anna.click("For me 2").await?;
    anna.path_where(|path| path == "/for-me").await?;
    for words in ["Assigned to you by", "Note added by", &prospect.email] {
        anna.reads(words, SOON).await?;
    }
    album.look_at(&anna, "for-me").await?;
    anna.click("Mark all as read").await?;
    anna.reads("All is marked as read.", SOON).await?;

    // On the record: the note, who sees to it, and a rest.
    anna.go(&record).await?;
    anna.reads("Assigned to you", SOON).await?;
    anna.region_reads("Notes", "Rings back on Monday.", SOON)
        .await?;
    album.look_at(&anna, "record").await?;
    // What somebody types is not overtaken by what comes in.
    anna.field("Add a note").await?.fill("Half a sent").await?;
    ben.field("Add a note")
        .await?
        .fill("And on Tuesday.")
        .await?;
    ben.click("Add").await?;
    anna.region_reads("Notes", "And on Tuesday.", LATER).await?;
    let typed = anna.field("Add a note").await?.value().await?;
    ensure!(typed == "Half a sent", "a live update left: {typed}");
    anna.click("Snooze").await?;
    anna.dialog("Snooze").await?;
    anna.field("Until").await?.choose("In a week").await?;
    album.look_at(&anna, "snooze").await?;
    anna.click("Confirm").await?;
    anna.reads("Snoozed until", SOON).await?;
    let typed = anna.field("Add a note").await?.value().await?;
    ensure!(typed == "Half a sent", "another act left: {typed}");
    album.shot(&anna, "snoozed").await?;
    anna.click("Wake").await?;
    anna.reads("It is awake again.", SOON).await?;
    for panel in [&anna, &ben] {
        ensure!(panel.thrown().is_empty(), "{:?}", panel.thrown());
    }
    mine(&anna, &album, home, &prospect.email).await?;
    several(usher, &anna, &album, home).await
}

/// One's own records, by way of *For me*, and nobody's.
async fn mine(panel: &Tab, album: &Album, home: &str, email: &str) -> Result<()> {
    panel.go(&format!("{home}/for-me")).await?;
    panel.click("Prospects assigned to me").await?;
    panel.path_where(|path| path == "/prospects").await?;
    panel.reads("1–1 of 1", SOON).await?;
    panel.reads(email, SOON).await?;
    album.look_at(panel, "mine").await?;
    panel.field("Assigned to").await?.choose("Nobody").await?;
    panel.reads("Nothing matches", SOON).await?;
    panel.field("Assigned to").await?.choose("Me").await?;
    panel.reads(email, SOON).await?;
    panel.field("Snoozed").await?.choose("Only snoozed").await?;
    panel.reads("Nothing matches", SOON).await?;
    ensure!(panel.thrown().is_empty(), "{:?}", panel.thrown());
    Ok(())
}

/// Several items with one reason.
async fn several(usher: &Usher, panel: &Tab, album: &Album, home: &str) -> Result<()> {
    let counts = usher.counts().await?;
    sqlx::query(
        "INSERT INTO raised (cause, cause_name, prospect_id)
         SELECT 'Sumsub put a customer on hold', 'customer_on_hold', id FROM prospects, generate_series(1, 3)",
    )
    .execute(&counts.pool)
    .await?;
    // The number in the menu comes by itself.
    panel.link("Needs a person 3").await?;
    panel.go(&format!("{home}/needs-a-person")).await?;
    album.look_at(panel, "several").await?;
    let _: usize = panel
        .evaluate("[...document.querySelectorAll('.choose input')].slice(0, 2).map((box) => box.click()).length")
        .await?;
    panel.click("Resolve the chosen ones").await?;
    panel.dialog("Resolve 2 items").await?;
    panel
        .field("Reason")
        .await?
        .fill("Sumsub says so, too")
        .await?;
    panel.click("Confirm").await?;
    panel.reads("2 of 2 resolved", SOON).await?;
    album.shot(panel, "resolved").await?;
    panel.link("Needs a person 1").await?;
    ensure!(panel.thrown().is_empty(), "{:?}", panel.thrown());
    Ok(())
}
