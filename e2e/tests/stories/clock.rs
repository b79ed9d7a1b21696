//! The clock set forward: what only time brings about is seen at once.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Admin, Chapter, Usher,
    admin::{NewProspect, fresh_email},
    alone, until,
    wait::{LATER, SOON},
};
use serde_json::json;

pub fn chapter() -> Chapter {
    Chapter::alone(
        "clock",
        vec![alone(
            "a_link_a_password_a_sweep_and_a_retention_end_when_the_clock_is_set_forward",
            story,
        )],
    )
}

async fn story() -> Result<()> {
    let mut usher = Usher::start("clock").await?;
    let (admin, simulator) = (usher.admin()?, usher.simulator()?);
    let counts = usher.counts().await?;
    let unused = admin
        .create(&NewProspect::individual(&fresh_email("unused")))
        .await?;
    admin.generate_link(&unused.public_id).await?;
    let person = admin
        .create(&NewProspect::individual(&fresh_email("person")))
        .await?;
    let link = admin.generate_link(&person.public_id).await?;
    simulator.open(&link).await?;
    simulator.press(&link, "Submit documents").await?;
    simulator.press(&link, "Approve").await?;
    counts
        .all_active_once(std::slice::from_ref(&person), LATER)
        .await?;
    let mail = usher.mailbox()?.wait_for(&person.email).await?;
    let temporary = mail.temporary_password()?;
    let page = admin.prospect(&unused.public_id).await?.text();
    ensure!(!page.contains("has ended"), "{page}");

    // A link and a temporary password last 7 days, and the sweep asks about a customer once a day.
    simulator.switch(&json!({"dropped": true})).await?;
    // What Sumsub answers is dated in whole seconds, and a RED of the GREEN's second doesn't count.
    usher.set_forward("2s").await?;
    simulator.press(&link, "Reject").await?;
    usher.set_forward("8d").await?;
    let page = admin.prospect(&unused.public_id).await?.text();
    ensure!(page.contains("has ended"), "the link: {page}");
    let page = usher
        .portal()?
        .sign_in(&person.email, &temporary)
        .await?
        .text();
    let refused = page.contains("has ended") || page.contains("not open");
    ensure!(refused, "the temporary password: {page}");
    until("the sweep hears of the rejection", LATER, || async {
        let source: Option<String> = sqlx::query_scalar(
            "SELECT source FROM callbacks JOIN customers ON customers.id = callbacks.prospect_id
             WHERE customers.id = $1 AND activity = 'inactive' ORDER BY callbacks.id DESC LIMIT 1",
        )
        .bind(person.id)
        .fetch_optional(&counts.pool)
        .await?;
        ensure!(source.as_deref() == Some("refresh"), "{source:?}");
        Ok(())
    })
    .await?;

    // Personal data stays for 5 years.
    let path = format!("/prospects/{}", unused.public_id);
    admin
        .act(&path, "Close", Some(("Reason", "Changed their mind.")))
        .await?;
    let early = admin.act(&path, "Erase personal data", None).await;
    ensure!(early.is_err(), "nobody waits for the retention");
    usher.set_forward("6y").await?;
    let operator = usher.ready().operator("admin")?;
    let admin = Admin::sign_in(
        &usher.ready().admin_url,
        &operator.email,
        &operator.password,
    );
    let admin = admin.await?;
    admin
        .act(&path, "Erase personal data", None)
        .await
        .context("after the retention")?;
    let page = admin.prospect(&unused.public_id).await?.text();
    ensure!(!page.contains(&unused.email), "{page}");

    // It stays where it is, nobody calls that a fault, and it goes forward only.
    until("health", SOON, || async {
        let ready = reqwest::get(format!("{}/health/ready", usher.ready().ops_url)).await?;
        ensure!(ready.status().is_success(), "{}", ready.text().await?);
        Ok(())
    })
    .await?;
    for wrong in ["0s", "-1d", "yesterday", "900y"] {
        ensure!(usher.set_forward(wrong).await.is_err(), "{wrong}");
    }
    usher.stop().await?;
    usher.launch().await?;
    let ahead = usher.set_forward("1s").await?;
    let years = Duration::from_secs(6 * 365 * 24 * 60 * 60);
    ensure!(ahead > years, "after a new start: {ahead:?}");
    usher.stop().await
}
