//! Webhooks that never come: the sweep finds out by itself.

use anyhow::{Result, ensure};
use e2e::{Chapter, Usher, admin::NewProspect, admin::fresh_email, alone, until, wait::LATER};
use serde_json::json;

pub fn chapter() -> Chapter {
    Chapter::alone(
        "missed_webhooks",
        vec![alone(
            "with_every_webhook_dropped_a_link_still_ends_active_and_a_late_red_is_found",
            everything_dropped,
        )],
    )
}

async fn everything_dropped() -> Result<()> {
    let mut usher = Usher::prepare("missed", &[])?
        .with_setting("USHER_SUMSUB__SWEEP__PROSPECTS_AFTER", "1s")
        .with_setting("USHER_SUMSUB__SWEEP__PROSPECTS_AT_MOST", "2s")
        .with_setting("USHER_SUMSUB__SWEEP__CUSTOMERS_EVERY", "2s");
    usher.launch().await?;
    let (admin, simulator) = (usher.admin()?, usher.simulator()?);
    simulator.switch(&json!({"dropped": true})).await?;

    let prospect = admin
        .create(&NewProspect::individual(&fresh_email("missed")))
        .await?;
    let link = admin.generate_link(&prospect.public_id).await?;
    simulator.open(&link).await?;
    admin.stage_becomes(&prospect, "Started").await?;
    simulator.press(&link, "Submit documents").await?;
    admin.stage_becomes(&prospect, "In review").await?;
    simulator.press(&link, "Approve").await?;
    let counts = usher.counts().await?;
    counts
        .all_active_once(std::slice::from_ref(&prospect), LATER)
        .await?;

    // Found to be a fraud next month, and that webhook is lost, too. A refresh knows seconds only: the next one.
    usher.set_forward("2s").await?;
    simulator.press(&link, "Reject").await?;
    until("the rejection that never arrived", LATER, || async {
        let activity: String = sqlx::query_scalar("SELECT activity FROM customers WHERE id = $1")
            .bind(prospect.id)
            .fetch_one(&counts.pool)
            .await?;
        ensure!(activity == "inactive", "the customer is {activity}");
        Ok(())
    })
    .await?;
    let sources: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT source FROM callbacks WHERE external_user_id = $1")
            .bind(prospect.id.to_string())
            .fetch_all(&counts.pool)
            .await?;
    ensure!(sources == ["refresh"], "came by {sources:?}");
    usher.stop().await
}
