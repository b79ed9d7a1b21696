//! Several prospects at once: ticked in the list, sent the link, reminded, assigned, closed with one reason; each with its own outcome.

use anyhow::{Result, ensure};
use e2e::{
    Admin, Chapter, Usher,
    admin::{NewProspect, Prospect, fresh_email},
    alone,
    browser::{Album, Chromium, Tab},
    until,
    wait::LATER,
};

pub fn chapter() -> Chapter {
    Chapter::alone(
        "selecting",
        vec![alone(
            "several_are_sent_the_link_reminded_assigned_and_closed",
            several,
        )],
    )
}

async fn several() -> Result<()> {
    let mut usher = Usher::start("selecting").await?;
    let chromium = Chromium::start().await?;
    let album = Album::new("selecting")?;
    let told = selected(&usher, &chromium, &album).await;
    chromium.close().await?;
    told?;
    usher.stop().await
}

async fn signed_in(usher: &Usher, chromium: &Chromium) -> Result<Tab> {
    let ready = usher.ready();
    let operator = ready.operator("onboarding-officer")?;
    let panel = chromium.tab(&ready.admin_url).await?;
    panel.field("Email").await?.fill(&operator.email).await?;
    let password = panel.field("Password").await?;
    password.fill(&operator.password).await?;
    panel.click("Sign in").await?;
    panel.path_where(|path| path != "/login").await?;
    Ok(panel)
}

/// Ticks these in the list, and presses a button of the bar.
async fn press(panel: &Tab, list: &str, who: &[&Prospect], button: &str) -> Result<()> {
    panel.go(list).await?;
    for prospect in who {
        let name = format!("Select {}", prospect.email);
        panel.find(&["checkbox"], &name).await?.click().await?;
    }
    panel.click(button).await
}

async fn selected(usher: &Usher, chromium: &Chromium, album: &Album) -> Result<()> {
    let admin = usher.admin()?;
    let mut all = Vec::new();
    for who in ["ada", "bob", "eve"] {
        let new = NewProspect::individual(&fresh_email(who));
        all.push(admin.create(&new).await?);
    }
    let [ada, bob, eve] = all.as_slice() else {
        anyhow::bail!("three prospects");
    };
    let panel = signed_in(usher, chromium).await?;
    let list = format!(
        "{}/prospects",
        usher.ready().admin_url.trim_end_matches('/')
    );

    press(&panel, &list, &[ada, bob], "Send link").await?;
    panel.reads("Send link to 2 prospects", LATER).await?;
    album.look_at(&panel, "send-asked").await?;
    panel.click("Send link to 2 prospects").await?;
    panel.reads("Send link: 2 of 2 done", LATER).await?;
    let counts = usher.counts().await?;
    let sent = async |count: &'static str, expected: i64| {
        until("the mails are sent", LATER, || async {
            let found = counts.number(count).await?;
            ensure!(found == expected, "{count}: {found}");
            Ok(())
        })
        .await
    };
    let first = "SELECT count(*) FROM link_mails WHERE kind = 'first' AND sent_at IS NOT NULL";
    sent(first, 2).await?;

    press(&panel, &list, &[ada, eve], "Remind").await?;
    panel.click("Remind 2 prospects").await?;
    panel.reads("Remind: 1 of 2 done", LATER).await?;
    panel
        .reads(
            "This prospect was not sent the link yet: send it first.",
            LATER,
        )
        .await?;
    album.look_at(&panel, "reminded").await?;
    let reminders =
        "SELECT count(*) FROM link_mails WHERE kind = 'reminder' AND sent_at IS NOT NULL";
    sent(reminders, 1).await?;

    press(&panel, &list, &[ada, eve], "Assign").await?;
    panel.reads("Whose they were until now", LATER).await?;
    album.look_at(&panel, "assign-asked").await?;
    panel.click("Assign 2 prospects").await?;
    panel.reads("Assign: 2 of 2 done", LATER).await?;
    let mine = "SELECT count(*) FROM prospects WHERE assignee IS NOT NULL";
    ensure!(counts.number(mine).await? == 2, "Me stands first");

    press(&panel, &list, &[ada, bob, eve], "Close").await?;
    panel.reads("One for all of them", LATER).await?;
    panel.click("Close 3 prospects").await?;
    panel.reads("Enter the reason", LATER).await?;
    panel
        .field("Reason")
        .await?
        .fill("They asked for it")
        .await?;
    album.shot(&panel, "close-asked").await?;
    panel.click("Close 3 prospects").await?;
    panel.reads("Close: 3 of 3 done", LATER).await?;
    panel.reads("They asked for it", LATER).await?;
    ensure!(
        counts
            .number("SELECT count(*) FROM prospects WHERE stage = 'closed'")
            .await?
            >= 3
    );
    panel.go(&list).await?;
    album.look_at(&panel, "list").await?;

    panel.click("Close").await?;
    panel
        .reads("Tick at least one prospect first.", LATER)
        .await?;
    all_that_match(&panel, &admin, album, &list).await
}

/// More than a page of them, and so many that it is done in the background: the page follows by itself.
async fn all_that_match(panel: &Tab, admin: &Admin, album: &Album, list: &str) -> Result<()> {
    admin.create_many("many", 101).await?;
    panel.go(&format!("{list}?q=many")).await?;
    let all = panel.find(&["checkbox"], "All 101 that match").await?;
    all.click().await?;
    album.look_at(panel, "all-that-match").await?;
    panel.click("Assign").await?;
    panel.reads("and 51 more", LATER).await?;
    album.look_at(panel, "all-asked").await?;
    panel.click("Assign 101 prospects").await?;
    panel.reads("Assign: ", LATER).await?;
    album.shot(panel, "all-under-way").await?;
    panel.reads("Assign: 101 of 101 done", LATER).await?;
    panel.reads("and 51 more: all done", LATER).await?;
    album.look_at(panel, "all-done").await
}
