//! "Find anyone": from any page, by the keyboard alone, and without a script.

use anyhow::{Result, ensure};
use e2e::{
    Chapter, Usher,
    admin::{NewProspect, fresh_email, fresh_handle},
    alone,
    browser::{Album, Chromium},
    until,
    wait::SOON,
};

pub fn chapter() -> Chapter {
    Chapter::alone("find_anyone", vec![alone("by_the_keyboard_alone", found)])
}

async fn found() -> Result<()> {
    let mut usher = Usher::start("find_anyone").await?;
    let chromium = Chromium::start().await?;
    let told = by_keyboard(&usher, &chromium).await;
    chromium.close().await?;
    told?;
    usher.stop().await
}

async fn by_keyboard(usher: &Usher, chromium: &Chromium) -> Result<()> {
    let album = Album::new("find_anyone")?;
    let admin = usher.admin()?;
    let mark = fresh_handle();
    let mut made = Vec::new();
    for who in ["first", "second"] {
        let new = NewProspect::individual(&fresh_email(&format!("{who}.{mark}")));
        made.push(admin.create(&new).await?);
    }
    let (first, second) = (&made[0], &made[1]);

    // Without a script the form leads to a page.
    let page = admin.window().open(&format!("/search?q={mark}")).await?;
    for prospect in &made {
        page.link(&prospect.email)?;
    }

    let ready = usher.ready();
    let operator = ready.operator("onboarding-officer")?;
    let panel = chromium.tab(&ready.admin_url).await?;
    panel.field("Email").await?.fill(&operator.email).await?;
    let password = panel.field("Password").await?;
    password.fill(&operator.password).await?;
    panel.click("Sign in").await?;
    panel.path_where(|path| path != "/login").await?;
    let home = ready.admin_url.trim_end_matches('/');

    // A part of the address, an arrow and Enter: the newest stands first.
    for (width, scheme) in [(1280, "light"), (360, "dark")] {
        panel.wear(width, scheme).await?;
        panel.go(&format!("{home}/callbacks")).await?;
        panel.press("/").await?;
        panel.field("Find anyone").await?.fill(&mark).await?;
        panel.find(&["option"], &words(second)).await?;
        album.shot(&panel, &format!("open-{width}")).await?;
        let wrong = panel.violations().await?;
        ensure!(wrong.is_empty(), "{width}: {wrong:?}");
        panel.press_here("ArrowDown").await?;
        panel.press_here("ArrowDown").await?;
        album.shot(&panel, &format!("chosen-{width}")).await?;
        panel.press_here("Enter").await?;
        let record = format!("/prospects/{}", first.public_id);
        panel.path_where(|path| path == record).await?;
    }

    // Whoever is quicker than the answer opens the first of it.
    panel.wear(1280, "light").await?;
    panel.go(&format!("{home}/")).await?;
    panel.press("/").await?;
    panel
        .field("Find anyone")
        .await?
        .fill(&second.public_id)
        .await?;
    panel.press_here("Enter").await?;
    let record = format!("/prospects/{}", second.public_id);
    panel.path_where(|path| path == record).await?;
    album.shot(&panel, "opened").await?;

    // Ctrl+K from within another field; Esc gives the focus back.
    panel.go(&format!("{home}/prospects")).await?;
    panel
        .field("Search by email or public ID")
        .await?
        .fill(&mark)
        .await?;
    let control_k: bool = panel
        .evaluate(
            "!document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true, cancelable: true }))",
        )
        .await?;
    ensure!(control_k, "nobody hears Ctrl+K");
    panel.focus_is_in("Find anyone").await?;
    panel
        .field("Find anyone")
        .await?
        .fill("nobody at all")
        .await?;
    panel.reads("Nothing found", SOON).await?;
    panel.press_here("Escape").await?;
    panel.focus_is_in("Search by email or public ID").await?;
    until("nothing that is open", SOON, || async {
        let shut: bool = panel
            .evaluate("document.getElementById('found').hidden")
            .await?;
        ensure!(shut, "it is open");
        Ok(())
    })
    .await?;
    panel.go(&format!("{home}/search?q={mark}")).await?;
    panel.heading("People and companies").await?;
    for width in [360, 1280] {
        panel.wear(width, "light").await?;
        album.shot(&panel, &format!("page-{width}")).await?;
        let wrong = panel.violations().await?;
        ensure!(wrong.is_empty(), "{width}: {wrong:?}");
    }
    ensure!(panel.thrown().is_empty(), "{:?}", panel.thrown());
    Ok(())
}

/// How an option reads.
fn words(prospect: &e2e::admin::Prospect) -> String {
    format!("{} {} · Prospect, New", prospect.email, prospect.public_id)
}
