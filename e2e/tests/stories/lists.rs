//! The lists: more filters, columns, a view under a name, and all of it as a file.

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Chapter, Usher,
    admin::{NewProspect, fresh_email, fresh_handle},
    alone,
    browser::{Album, Chromium, Tab},
    until,
    wait::SOON,
};

pub fn chapter() -> Chapter {
    Chapter::alone(
        "lists",
        vec![alone("narrowed_down_kept_and_taken_away", kept)],
    )
}

async fn kept() -> Result<()> {
    let mut usher = Usher::start("lists").await?;
    let chromium = Chromium::start().await?;
    let elsewhere = Chromium::start().await?;
    let told = narrowed_down(&usher, &chromium, &elsewhere).await;
    chromium.close().await?;
    elsewhere.close().await?;
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

/// Unfolds what stands under these words.
async fn unfold(panel: &Tab, words: &str) -> Result<()> {
    panel.reads(words, SOON).await?;
    let script = format!(
        "([...document.querySelectorAll('summary')].find((it) => it.innerText.startsWith('{words}')).click(), true)"
    );
    panel.evaluate::<bool>(&script).await?;
    Ok(())
}

async fn looks_well(panel: &Tab, album: &Album, name: &str) -> Result<()> {
    for (width, scheme) in [(360, "dark"), (1280, "light")] {
        panel.wear(width, scheme).await?;
        album.shot(panel, &format!("{name}-{width}")).await?;
        let wrong = panel.violations().await?;
        ensure!(wrong.is_empty(), "{name} at {width}: {wrong:#?}");
        // A menu lies over the list.
        let menu: bool = panel
            .evaluate("document.querySelector('.list-bar details[open]') !== null")
            .await?;
        let crowded = panel.crowded().await?;
        ensure!(
            menu || crowded.is_empty(),
            "{name} at {width}: {crowded:#?}"
        );
    }
    Ok(())
}

async fn narrowed_down(usher: &Usher, chromium: &Chromium, elsewhere: &Chromium) -> Result<()> {
    let album = Album::new("lists")?;
    let admin = usher.admin()?;
    let mark = fresh_handle();
    let bank = admin
        .create(&NewProspect::individual(&fresh_email(&mark)).of_type("Bank"))
        .await?;
    let other = admin
        .create(&NewProspect::individual(&fresh_email(&mark)))
        .await?;
    let declined = admin
        .create(&NewProspect::individual(&fresh_email(&mark)))
        .await?;
    usher
        .sumsub()?
        .deliver(&e2e::Callback::created(declined.id))
        .await?;
    usher
        .sumsub()?
        .deliver(&e2e::Callback::red(declined.id, "RETRY"))
        .await?;

    let home = usher.ready().admin_url.trim_end_matches('/').to_owned();
    let panel = signed_in(usher, chromium, "onboarding-officer").await?;
    panel.wear(1280, "light").await?;
    panel.go(&format!("{home}/prospects")).await?;
    panel.reads("1–3 of 3", SOON).await?;
    looks_well(&panel, &album, "plain").await?;

    // More filters, while one chooses.
    unfold(&panel, "More filters").await?;
    looks_well(&panel, &album, "more-filters").await?;
    panel.field("Stage").await?.choose("Declined (1)").await?;
    panel.reads("1–1 of 1", SOON).await?;
    panel.reads("In stage since", SOON).await?;
    looks_well(&panel, &album, "declined").await?;

    // A day that can't be.
    panel
        .go(&format!(
            "{home}/prospects?created_from=2026-03-02&created_to=2026-03-01"
        ))
        .await?;
    panel
        .reads("This day is before the first one.", SOON)
        .await?;
    looks_well(&panel, &album, "wrong-days").await?;

    // Columns of one's own.
    panel.go(&format!("{home}/prospects")).await?;
    unfold(&panel, "Columns").await?;
    for column in ["KYC status", "In stage since"] {
        panel.find(&["checkbox"], column).await?.click().await?;
    }
    looks_well(&panel, &album, "columns").await?;
    panel.click("Show these").await?;
    until("the columns that were chosen", SOON, || async {
        let heads: String = panel
            .evaluate("[...document.querySelectorAll('thead th')].map((th) => th.innerText).join()")
            .await?;
        let chosen = "Public ID,Name,E-mail,Customer type,Stage,In stage since,Created";
        ensure!(
            heads.starts_with(chosen)
                || heads.starts_with("Public ID,E-mail,Customer type,Stage,In stage since,Created"),
            "{heads}"
        );
        Ok(())
    })
    .await?;
    looks_well(&panel, &album, "chosen-columns").await?;

    // A view under a name.
    panel.go(&format!("{home}/prospects?type=bank")).await?;
    unfold(&panel, "Save view").await?;
    panel.field("View name").await?.fill("Banks").await?;
    looks_well(&panel, &album, "save-view").await?;
    panel.click("Save").await?;
    panel.link("Banks").await?;
    let address = panel.url().await?;
    let shown = panel.text().await?;
    ensure!(
        shown.contains(&bank.email) && !shown.contains(&other.email),
        "{shown}"
    );
    unfold(&panel, "Change view").await?;
    looks_well(&panel, &album, "view").await?;
    panel.field("View name").await?.fill("Our banks").await?;
    panel.click("Rename").await?;
    panel.link("Our banks").await?;

    // Whoever is sent the address sees the same, in columns of their own.
    let colleague = signed_in(usher, elsewhere, "admin").await?;
    colleague.go(&address).await?;
    colleague.reads("1–1 of 1", SOON).await?;
    let seen = colleague.text().await?;
    ensure!(
        seen.contains(&bank.email) && !seen.contains(&other.email),
        "{seen}"
    );
    ensure!(
        seen.contains("KYC status") && !seen.contains("Our banks"),
        "{seen}"
    );

    // All of it as a file, in the columns that one sees.
    let file: String = panel
        .evaluate(
            "fetch(document.querySelector('a[download]').href).then((answer) => answer.text())",
        )
        .await?;
    let mut lines = file.lines();
    let head = lines.next().context("the file is empty")?;
    ensure!(
        head.ends_with("Public ID,Name,E-mail,Customer type,Stage,In stage since,Created"),
        "{head}"
    );
    let rows: Vec<&str> = lines.collect();
    ensure!(rows.len() == 1 && rows[0].contains(&bank.email), "{rows:?}");

    unfold(&panel, "Change view").await?;
    panel.click("Delete view").await?;
    until("the view is gone", SOON, || async {
        let left = panel.text().await?;
        ensure!(!left.contains("Our banks"), "{left}");
        Ok(())
    })
    .await?;
    ensure!(panel.thrown().is_empty(), "{:?}", panel.thrown());
    Ok(())
}
