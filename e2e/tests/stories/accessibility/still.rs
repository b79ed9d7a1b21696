//! Nothing moves under somebody's eyes: not when something happens elsewhere, and not when they act themselves.

use std::sync::Arc;

use anyhow::{Result, ensure};
use e2e::{
    Callback, Usher,
    browser::{Chromium, Tab},
    until,
    wait::SOON,
};

use super::{active, at_the_panel, made};

/// Chromium counts what moves by 3 pixels and more; this is a word on a page.
const NOTHING: f64 = 0.0005;

pub async fn live_updates(usher: Arc<Usher>) -> Result<()> {
    let chromium = Chromium::start().await?;
    let told = updates(&usher, &chromium).await;
    chromium.close().await?;
    told
}

/// Nothing has moved since it was watched.
async fn stands_still(tab: &Tab, what: &str) -> Result<()> {
    let (moved, which) = tab.shifts().await?;
    ensure!(moved < NOTHING, "{what} moved by {moved}: {which}");
    Ok(())
}

async fn updates(usher: &Usher, chromium: &Chromium) -> Result<()> {
    let sumsub = usher.sumsub()?;
    let url = usher.ready().admin_url.trim_end_matches('/').to_owned();
    let panel = at_the_panel(usher, chromium, "onboarding-officer").await?;

    // A record goes its whole way, and gets a region more.
    let prospect = made(usher, "still").await?;
    panel
        .go(&format!("{url}/prospects/{}", prospect.public_id))
        .await?;
    panel.watch_shifts().await?;
    let steps: [(Callback, &str); 4] = [
        (Callback::created(prospect.id), "applicant created"),
        (Callback::pending(prospect.id).in_ms(100), "review begins"),
        (Callback::on_hold(prospect.id).in_ms(200), "put on hold"),
        (
            Callback::red(prospect.id, "RETRY").in_ms(300),
            "Declined, may try again",
        ),
    ];
    for (callback, told) in steps {
        sumsub.deliver(&callback).await?;
        panel.region_reads("History", told, SOON).await?;
        stands_still(&panel, told).await?;
    }

    // Rows come on top of a list, one by one and scrolled.
    panel.go(&format!("{url}/callbacks")).await?;
    for _ in 0..30 {
        sumsub
            .deliver(&Callback::pending(uuid::Uuid::now_v7()))
            .await?;
    }
    panel.go(&format!("{url}/callbacks")).await?;
    panel.watch_shifts().await?;
    let before = newest(&panel).await?;
    sumsub
        .deliver(&Callback::pending(uuid::Uuid::now_v7()))
        .await?;
    a_newer_row(&panel, before).await?;
    stands_still(&panel, "the list").await?;
    let top = "(document.querySelectorAll('tbody tr')[10].scrollIntoView({ behavior: 'instant' }),
        document.querySelectorAll('tbody tr')[20].dataset.key)";
    let key: String = panel.evaluate(top).await?;
    let place =
        format!("document.querySelector('[data-key=\"{key}\"]').getBoundingClientRect().top");
    let stood: f64 = panel.evaluate(&place).await?;
    let before = newest(&panel).await?;
    sumsub
        .deliver(&Callback::pending(uuid::Uuid::now_v7()))
        .await?;
    a_newer_row(&panel, before).await?;
    stands_still(&panel, "the scrolled list").await?;
    let stands: f64 = panel.evaluate(&place).await?;
    ensure!(
        (stands - stood).abs() < 1.5,
        "the row went from {stood} to {stands}"
    );

    // A list in which somebody's state changes.
    let other = made(usher, "still-in-the-list").await?;
    panel.go(&format!("{url}/prospects")).await?;
    panel
        .row_reads("Prospects", &[&other.public_id, "New"], SOON)
        .await?;
    panel.watch_shifts().await?;
    sumsub.deliver(&Callback::created(other.id)).await?;
    panel
        .row_reads("Prospects", &[&other.public_id, "Started"], SOON)
        .await?;
    stands_still(&panel, "the list of prospects").await?;

    kept(usher, &panel).await
}

/// The number of the callback on top of the list. A full page has as many rows as before, whatever comes.
async fn newest(panel: &Tab) -> Result<i64> {
    panel
        .evaluate("Number(document.querySelector('tbody tr').dataset.key)")
        .await
}

async fn a_newer_row(panel: &Tab, than: i64) -> Result<()> {
    until("a newer row", SOON, || async {
        let now = newest(panel).await?;
        ensure!(now > than, "{now} is on top");
        Ok(())
    })
    .await
}

/// What somebody has opened, typed, marked and focused is still there after an update.
async fn kept(usher: &Usher, panel: &Tab) -> Result<()> {
    let sumsub = usher.sumsub()?;
    let url = usher.ready().admin_url.trim_end_matches('/').to_owned();
    let customer = active(usher, "kept").await?;
    panel
        .go(&format!("{url}/customers/{}", customer.public_id))
        .await?;
    panel.region_reads("Provisioning", "All done", SOON).await?;
    panel.click("Deactivate").await?;
    panel.dialog("Deactivate customer").await?;
    panel.field("Reason").await?.fill("half a rea").await?;
    panel.watch_shifts().await?;
    sumsub
        .deliver(&Callback::pending(customer.id).in_ms(500))
        .await?;
    panel.reads("Needs a person", SOON).await?;
    ensure!(panel.field("Reason").await?.value().await? == "half a rea");
    panel.focus_is_in("Reason").await?;
    stands_still(panel, "the page under the dialog").await?;
    panel.press_here("Escape").await?;
    until("the focus back on the button", SOON, || async {
        let open: bool = panel.evaluate("!!document.querySelector('dialog')").await?;
        let focused = panel.focused().await?;
        ensure!(!open && focused == "Deactivate", "it is on {focused:?}");
        Ok(())
    })
    .await?;

    // A marked line and the focus stay, and so does the line's place.
    let mark = "(() => {
        const uuid = document.querySelector('#uuid');
        getSelection().selectAllChildren(uuid);
        window.marked = uuid.getBoundingClientRect().top;
        window.linked = document.querySelector('#act-change-email');
        linked.focus({ preventScroll: true });
        return String(getSelection());
    })()";
    let marked: String = panel.evaluate(mark).await?;
    panel.watch_shifts().await?;
    sumsub
        .deliver(&Callback::red(customer.id, "FINAL").in_ms(900))
        .await?;
    panel.region_reads("Customer", "Rejected", SOON).await?;
    stands_still(panel, "the rejected customer's page").await?;
    let same = "[String(getSelection()), document.activeElement.id]";
    let (still_marked, focused): (String, String) = panel.evaluate(same).await?;
    ensure!(still_marked == marked, "{still_marked:?} is marked");
    ensure!(focused == "act-change-email", "the focus is on {focused:?}");
    ensure!(
        panel.thrown().is_empty(),
        "scripts threw: {:?}",
        panel.thrown()
    );
    Ok(())
}

pub async fn acts(usher: Arc<Usher>) -> Result<()> {
    let chromium = Chromium::start().await?;
    let told = acting(&usher, &chromium).await;
    chromium.close().await?;
    told
}

/// What has been said has the focus and is seen, not far from where the button was on the screen.
async fn said_here(panel: &Tab, words: &str, before: f64) -> Result<()> {
    panel.reads(words, SOON).await?;
    until("what was said in sight and focused", SOON, || async {
        let look = "(() => {
            const said = document.activeElement;
            const { top, bottom } = said.getBoundingClientRect();
            return [said.innerText, top, top >= 0 && bottom <= innerHeight];
        })()";
        let (focused, place, seen): (String, f64, bool) = panel.evaluate(look).await?;
        ensure!(
            focused.contains(words) && seen,
            "\"{focused}\" has the focus"
        );
        ensure!(
            (place - before).abs() < 250.0,
            "one acted at {before} and reads at {place}"
        );
        Ok(())
    })
    .await
}

async fn acting(usher: &Usher, chromium: &Chromium) -> Result<()> {
    let url = usher.ready().admin_url.trim_end_matches('/').to_owned();
    let customer = active(usher, "acts").await?;
    let prospect = made(usher, "acts").await?;
    let panel = at_the_panel(usher, chromium, "onboarding-officer").await?;
    panel.wear(360, "light").await?;
    let record = format!("{url}/customers/{}", customer.public_id);
    panel.go(&record).await?;
    let show = |button: &str| {
        let script = format!(
            "(() => {{
                const button = document.querySelector('#act-{button}');
                button.scrollIntoView({{ block: 'start', behavior: 'instant' }});
                scrollBy({{ top: -100, behavior: 'instant' }});
                return button.getBoundingClientRect().top;
            }})()"
        );
        let panel = &panel;
        async move { panel.evaluate::<f64>(&script).await }
    };
    let before = show("record-deposit").await?;
    let scrolled: f64 = panel.evaluate("scrollY").await?;
    ensure!(scrolled > 300.0, "the button is at the top: {scrolled}");
    panel.click("Record deposit").await?;
    panel.field("Amount").await?.fill("10").await?;
    panel.click("Confirm").await?;
    said_here(&panel, "The deposit was recorded.", before).await?;
    // An event followed: what was said stays.
    panel
        .region_reads("Deposit account", "$10.00", SOON)
        .await?;
    said_here(&panel, "The deposit was recorded.", before).await?;
    let before = show("change-email").await?;
    panel.click("Change e-mail").await?;
    let other = e2e::admin::fresh_email("other");
    panel.field("Email").await?.fill(&other).await?;
    panel.click("Confirm").await?;
    said_here(&panel, "The e-mail address was changed.", before).await?;

    // No dialog for the first link, nor for a refresh; one before another link.
    panel
        .go(&format!("{url}/prospects/{}", prospect.public_id))
        .await?;
    panel
        .reads("Generate the verification link and send it", SOON)
        .await?;
    let before = show("verification-link").await?;
    panel.click("Generate verification link").await?;
    said_here(&panel, "The verification link was made.", before).await?;
    panel.field("Verification link").await?;
    panel.reads("Send the verification link", SOON).await?;
    let before = show("refresh").await?;
    panel.click("Refresh from Sumsub").await?;
    said_here(
        &panel,
        "Sumsub has no applicant for this prospect yet",
        before,
    )
    .await?;
    panel.click("Generate verification link").await?;
    panel.dialog("Generate verification link").await?;
    Ok(())
}
