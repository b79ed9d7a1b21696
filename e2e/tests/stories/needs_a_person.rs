//! *Needs a person*: two prospects turn out to be one person by what they tell Sumsub, an operator looks at both side by side and decides.

use anyhow::{Result, ensure};
use e2e::{
    Chapter, Usher,
    admin::{NewProspect, Prospect, fresh_email},
    alone,
    browser::{Album, Chromium, Tab},
    until,
    wait::LATER,
};

pub fn chapter() -> Chapter {
    Chapter::alone(
        "needs_a_person",
        vec![alone(
            "two_who_look_alike_side_by_side_and_decided",
            side_by_side,
        )],
    )
}

async fn side_by_side() -> Result<()> {
    let mut usher = Usher::start("needs-a-person").await?;
    let chromium = Chromium::start().await?;
    let album = Album::new("needs-a-person")?;
    let told = decided(&usher, &chromium, &album).await;
    chromium.close().await?;
    told?;
    usher.stop().await
}

/// A prospect who tells Sumsub that it is Ada Lovelace.
async fn ada(usher: &Usher, who: &str) -> Result<Prospect> {
    let (admin, simulator) = (usher.admin()?, usher.simulator()?);
    let prospect = admin
        .create(&NewProspect::individual(&fresh_email(who)))
        .await?;
    let link = admin.generate_link(&prospect.public_id).await?;
    let form = simulator.open(&link).await?.form("Change personal data")?;
    let form = form
        .fill("First name", "Ada")?
        .fill("Last name", "Lovelace")?
        .fill("Date of birth", "1990-12-10")?
        .fill("Country", "GBR")?;
    simulator.window().submit(&form).await?.ok()?;
    Ok(prospect)
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

async fn decided(usher: &Usher, chromium: &Chromium, album: &Album) -> Result<()> {
    let (one, two) = (ada(usher, "ada").await?, ada(usher, "countess").await?);
    let counts = usher.counts().await?;
    until("the pair is raised", LATER, || async {
        let raised: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM raised WHERE cause_name = 'possible_duplicate' AND resolved_at IS NULL",
        )
        .fetch_one(&counts.pool)
        .await?;
        ensure!(raised == 1, "{raised}");
        Ok(())
    })
    .await?;

    let panel = signed_in(usher, chromium).await?;
    let list = format!(
        "{}/needs-a-person",
        usher.ready().admin_url.trim_end_matches('/')
    );
    for (width, scheme) in [(360, "light"), (1280, "dark"), (1280, "light")] {
        panel.wear(width, scheme).await?;
        panel.go(&list).await?;
        panel.reads("Possible duplicate", LATER).await?;
        let found = panel.violations().await?;
        ensure!(found.is_empty(), "axe at {width} {scheme}: {found:#?}");
        let crowded = panel.crowded().await?;
        ensure!(crowded.is_empty(), "at {width}: {crowded:#?}");
        album
            .shot(&panel, &format!("side-by-side-{width}-{scheme}"))
            .await?;
    }
    let words = panel.text().await?;
    for said in [
        "Ada Lovelace",
        "1990-12-10",
        &one.email,
        &two.email,
        "differs",
    ] {
        ensure!(words.contains(said), "\"{said}\": {words}");
    }
    panel.click("Different people").await?;
    panel.dialog("Different people").await?;
    album.shot(&panel, "different-people").await?;
    panel.click("Confirm").await?;
    panel
        .reads("It is written down that they are different people.", LATER)
        .await?;
    panel.reads("Nothing at the moment.", LATER).await?;
    album.shot(&panel, "decided").await?;

    // It is gone on both, and stays away when both are told again.
    for prospect in [&one, &two] {
        panel
            .go(&format!(
                "{}/prospects/{}",
                usher.ready().admin_url.trim_end_matches('/'),
                prospect.public_id
            ))
            .await?;
        panel.click("Refresh from Sumsub").await?;
        panel.reads("Sumsub was asked", LATER).await?;
        let words = panel.text().await?;
        ensure!(!words.contains("Same person"), "{words}");
    }
    panel.go(&format!("{list}?show=resolved")).await?;
    panel.reads("different people", LATER).await?;
    let found = panel.violations().await?;
    ensure!(found.is_empty(), "axe: {found:#?}");
    album.shot(&panel, "resolved").await?;
    ensure!(
        panel.thrown().is_empty(),
        "scripts threw: {:?}",
        panel.thrown()
    );
    Ok(())
}
