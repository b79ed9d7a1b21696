//! Every page for everybody: whether it fits at every width, how large its targets are for a finger, what axe-core finds on it, light
//! and dark; what moves on it; and the panel used by keyboard alone.

mod everywhere;
mod furnished;
mod pages;
mod still;
mod times;

use std::sync::Arc;

use anyhow::{Result, ensure};
use e2e::{
    Callback, Chapter, Story, Usher,
    admin::{NewProspect, Prospect, fresh_email},
    browser::{Chromium, Tab},
    until,
    wait::{LATER, SOON},
};

const PASSWORD: &str = "a long way to the harbour";

pub fn chapter() -> Chapter {
    Chapter::sharing(
        "accessibility",
        vec![
            Story::new(
                "every_page_fits_at_every_width_and_axe_core_finds_nothing",
                everywhere::every_page,
            ),
            Story::new("the_panel_is_used_by_keyboard_alone", by_keyboard),
            Story::new("what_happens_appears_without_a_reload", live),
            Story::new("times_are_told_in_the_viewers_zone", times::of_the_viewer),
            Story::new("a_live_update_moves_nothing", still::live_updates),
            Story::new("an_act_leaves_the_page_where_it_was", still::acts),
        ],
    )
}

/// Signs in at the panel.
async fn at_the_panel(usher: &Usher, chromium: &Chromium, role: &str) -> Result<Tab> {
    let ready = usher.ready();
    let operator = ready.operator(role)?;
    let tab = chromium.tab(&ready.admin_url).await?;
    tab.field("Email").await?.fill(&operator.email).await?;
    tab.field("Password")
        .await?
        .fill(&operator.password)
        .await?;
    tab.click("Sign in").await?;
    tab.path_where(|path| path != "/login").await?;
    Ok(tab)
}

async fn made(usher: &Usher, who: &str) -> Result<Prospect> {
    let new = NewProspect::individual(&fresh_email(who));
    usher.admin()?.create(&new).await
}

/// A customer whose provisioning is done.
async fn active(usher: &Usher, who: &str) -> Result<Prospect> {
    let prospect = made(usher, who).await?;
    usher
        .sumsub()?
        .deliver(&Callback::green(prospect.id))
        .await?;
    let admin = usher.admin()?;
    until("an active customer", LATER, || async {
        let text = admin.customer(&prospect.public_id).await?.text();
        ensure!(text.contains("Status Active"), "{text}");
        Ok(())
    })
    .await?;
    Ok(prospect)
}

async fn by_keyboard(usher: Arc<Usher>) -> Result<()> {
    let chromium = Chromium::start().await?;
    let told = keys(&usher, &chromium).await;
    chromium.close().await?;
    told
}

/// Tabs on until the focus is on what has these words.
async fn tab_to(tab: &Tab, words: &str) -> Result<()> {
    let mut seen = Vec::new();
    for _ in 0..60 {
        let focused = tab.focused().await?;
        if focused == words {
            return Ok(());
        }
        seen.push(focused);
        tab.press_here("Tab").await?;
    }
    anyhow::bail!("the focus never comes to \"{words}\", only to {seen:?}")
}

async fn keys(usher: &Usher, chromium: &Chromium) -> Result<()> {
    let prospect = made(usher, "keys").await?;
    let panel = at_the_panel(usher, chromium, "onboarding-officer").await?;
    let url = usher.ready().admin_url.trim_end_matches('/').to_owned();

    panel.go(&format!("{url}/callbacks")).await?;
    panel.press("/").await?;
    panel.focus_is_in("Find anyone").await?;
    panel.press_here("Escape").await?;
    // The first of what is found, by Enter alone.
    panel.press("/").await?;
    panel
        .field("Find anyone")
        .await?
        .fill(&prospect.public_id)
        .await?;
    panel.press_here("Enter").await?;
    let record = format!("/prospects/{}", prospect.public_id);
    panel.path_where(|path| path == record).await?;

    panel
        .go(&format!("{url}/prospects/{}", prospect.public_id))
        .await?;
    panel.press("Tab").await?;
    tab_to(&panel, "More").await?;
    panel.press_here("Enter").await?;
    tab_to(&panel, "Close").await?;
    // Esc shuts the menu and the focus comes back to it.
    panel.press_here("Escape").await?;
    until("the focus on \"More\"", SOON, || async {
        let focused = panel.focused().await?;
        ensure!(focused == "More", "it is on {focused:?}");
        Ok(())
    })
    .await?;
    panel.press_here("Enter").await?;
    tab_to(&panel, "Close").await?;
    panel.press_here("Enter").await?;
    panel.dialog("Close prospect").await?;
    panel.focus_is_in("Reason").await?;
    // Esc shuts it and the focus comes back to where it was.
    panel.press_here("Escape").await?;
    until("the focus on \"Close\"", SOON, || async {
        let focused = panel.focused().await?;
        ensure!(focused == "Close", "it is on {focused:?}");
        Ok(())
    })
    .await?;
    // Without a reason the field says so and keeps the focus.
    panel.press_here("Enter").await?;
    panel.focus_is_in("Reason").await?;
    tab_to(&panel, "Confirm").await?;
    panel.press_here("Enter").await?;
    panel.reads("Enter the reason", SOON).await?;
    panel.focus_is_in("Reason").await?;
    panel.field("Reason").await?.fill("A double").await?;
    tab_to(&panel, "Confirm").await?;
    panel.press_here("Enter").await?;
    panel.reads("The prospect was closed.", SOON).await?;
    panel
        .region_reads("Prospect", "Status Closed", SOON)
        .await?;
    ensure!(
        panel.thrown().is_empty(),
        "scripts threw: {:?}",
        panel.thrown()
    );
    Ok(())
}

async fn live(usher: Arc<Usher>) -> Result<()> {
    let chromium = Chromium::start().await?;
    let told = appearing(&usher, &chromium).await;
    chromium.close().await?;
    told
}

async fn appearing(usher: &Usher, chromium: &Chromium) -> Result<()> {
    let customer = active(usher, "live").await?;
    let url = usher.ready().admin_url.trim_end_matches('/').to_owned();
    let overview = at_the_panel(usher, chromium, "auditor").await?;
    overview.go(&format!("{url}/")).await?;
    overview.region("Needs a person").await?;
    let callbacks = chromium.tab(&format!("{url}/callbacks")).await?;
    callbacks.heading("Callbacks").await?;

    let sumsub = usher.sumsub()?;
    // One that no event tells of: nobody has this id.
    sumsub
        .deliver(&Callback::pending(uuid::Uuid::now_v7()))
        .await?;
    callbacks
        .row_reads("Callbacks", &["applicantPending", "Ignored"], SOON)
        .await?;
    sumsub
        .deliver(&Callback::red(customer.id, "FINAL").in_ms(500))
        .await?;
    overview
        .region_reads("Needs a person", &customer.email, SOON)
        .await?;
    Ok(())
}
