//! With the simulator in Sumsub's place: everything that Sumsub can do well or badly, played on its pages.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Admin, Chapter, Story, Usher,
    admin::{NewProspect, Prospect, fresh_email},
    until,
    wait::{LATER, SOON},
};
use serde_json::json;

pub fn chapter() -> Chapter {
    Chapter::sharing(
        "simulator",
        vec![
            Story::new(
                "the_customer_type_picks_the_level_and_both_end_active",
                levels,
            ),
            Story::new(
                "webhooks_twice_late_and_shuffled_make_each_customer_once",
                twice_late_shuffled,
            ),
            Story::new(
                "a_wrong_signature_is_401_and_moves_nothing_until_it_is_right",
                wrong_signature,
            ),
            Story::new("what_was_dropped_can_be_sent_by_hand", dropped),
            Story::new("a_rejected_applicant_tries_again_with_a_new_link", rejected),
            Story::new(
                "sumsub_out_of_order_is_said_in_words_and_nothing_is_half_done",
                sumsub_away,
            ),
        ],
    )
    .in_turn()
}

async fn with_link(usher: &Usher, kind: &str) -> Result<(Admin, Prospect, String)> {
    let admin = usher.admin()?;
    let new = NewProspect::individual(&fresh_email("played")).of_type(kind);
    let prospect = admin.create(&new).await?;
    let link = admin.generate_link(&prospect.public_id).await?;
    Ok((admin, prospect, link))
}

async fn levels(usher: Arc<Usher>) -> Result<()> {
    let simulator = usher.simulator()?;
    let mut made = Vec::new();
    for (kind, level) in [
        ("Individual", "basic-kyc-level"),
        ("Bank", "basic-kyb-level"),
    ] {
        let (admin, prospect, link) = with_link(&usher, kind).await?;
        let kyc = admin.prospect(&prospect.public_id).await?.region("KYC")?;
        ensure!(kyc.contains(level), "{kind}: {kyc}");
        // Opening the link is what makes an applicant.
        let page = simulator.open(&link).await?;
        ensure!(page.text().contains(level), "{kind}: {}", page.text());
        admin.stage_becomes(&prospect, "Started").await?;
        simulator.press(&link, "Submit documents").await?;
        admin.stage_becomes(&prospect, "In review").await?;
        simulator.press(&link, "Put on hold").await?;
        admin.stage_becomes(&prospect, "Review needed").await?;
        simulator.press(&link, "Approve").await?;
        made.push(prospect);
    }
    usher.counts().await?.all_active_once(&made, LATER).await
}

async fn twice_late_shuffled(usher: Arc<Usher>) -> Result<()> {
    let simulator = usher.simulator()?;
    simulator
        .switch(&json!({"twice": true, "shuffled": true, "lateSeconds": 1}))
        .await?;
    let mut made = Vec::new();
    for _ in 0..3 {
        let (_, prospect, link) = with_link(&usher, "Individual").await?;
        simulator.open(&link).await?;
        simulator.press(&link, "Submit documents").await?;
        simulator.press(&link, "Approve").await?;
        made.push(prospect);
    }
    let played = usher.counts().await?.all_active_once(&made, LATER).await;
    simulator.switch(&json!({})).await?;
    played?;
    for prospect in &made {
        let id = prospect.id.to_string();
        let sent = simulator.webhooks().await?;
        let sent = sent
            .iter()
            .filter(|webhook| webhook.external_user_id == id)
            .count();
        ensure!(sent >= 6, "three webhooks twice are six, not {sent}");
        let mails = usher.mailbox()?.to(&prospect.email).await?;
        ensure!(mails.len() == 1, "{} mails to one customer", mails.len());
    }
    Ok(())
}

/// Waits until the simulator's newest webhook about this prospect was answered like this, or stands like this.
async fn newest_webhook(
    usher: &Usher,
    prospect: &Prospect,
    state: &str,
    status: Option<i64>,
) -> Result<()> {
    let simulator = usher.simulator()?;
    let id = prospect.id.to_string();
    until("the simulator's webhook", SOON, || async {
        let sent = simulator.webhooks().await?;
        let newest = sent
            .iter()
            .find(|webhook| webhook.external_user_id == id)
            .context("none was made")?;
        ensure!(
            (state.is_empty() || newest.state == state) && newest.last_status == status,
            "it stands at {newest:?}"
        );
        Ok(())
    })
    .await
}

/// Presses "Send again" beside the newest webhook on the page behind the link.
async fn send_by_hand(usher: &Usher, link: &str) -> Result<()> {
    usher.simulator()?.press(link, "Send again").await.map(drop)
}

async fn wrong_signature(usher: Arc<Usher>) -> Result<()> {
    let simulator = usher.simulator()?;
    let (admin, prospect, link) = with_link(&usher, "Individual").await?;
    simulator.switch(&json!({"wrongSignature": true})).await?;
    let opened = simulator.press(&link, "Approve").await;
    simulator.switch(&json!({})).await?;
    opened?;
    newest_webhook(&usher, &prospect, "", Some(401)).await?;
    admin.stage_becomes(&prospect, "New").await?;
    let counts = usher.counts().await?;
    let stored: i64 =
        sqlx::query_scalar("SELECT count(*) FROM callbacks WHERE external_user_id = $1")
            .bind(prospect.id.to_string())
            .fetch_one(&counts.pool)
            .await?;
    ensure!(
        stored == 0,
        "{stored} callbacks with a wrong signature were stored"
    );
    send_by_hand(&usher, &link).await?;
    counts.all_active_once(&[prospect], LATER).await
}

async fn dropped(usher: Arc<Usher>) -> Result<()> {
    let simulator = usher.simulator()?;
    let (admin, prospect, link) = with_link(&usher, "Individual").await?;
    simulator.switch(&json!({"dropped": true})).await?;
    let played = simulator.press(&link, "Approve").await;
    simulator.switch(&json!({})).await?;
    played?;
    newest_webhook(&usher, &prospect, "dropped", None).await?;
    admin.stage_becomes(&prospect, "New").await?;
    send_by_hand(&usher, &link).await?;
    usher
        .counts()
        .await?
        .all_active_once(&[prospect], LATER)
        .await
}

async fn rejected(usher: Arc<Usher>) -> Result<()> {
    let simulator = usher.simulator()?;
    let (admin, prospect, link) = with_link(&usher, "Private Company").await?;
    simulator.press(&link, "Submit documents").await?;
    let form = simulator
        .open(&link)
        .await?
        .form("Reject")?
        .tick("BAD_PROOF_OF_ADDRESS")?
        .tick("FORGERY")?
        .tick("RETRY: may try again")?
        .fill(
            "Shown to the applicant",
            "A clearer photo, please. <b>Soon</b>.",
        )?
        .fill("For operators only", "Looks photoshopped & odd.")?;
    simulator.window().submit(&form).await?.ok()?;
    admin.stage_becomes(&prospect, "Declined").await?;
    let page = admin.prospect(&prospect.public_id).await?;
    let why = page.region("Why it was declined")?;
    for words in [
        "BAD_PROOF_OF_ADDRESS",
        "FORGERY",
        "RETRY",
        "A clearer photo, please. <b>Soon</b>.",
        "Looks photoshopped & odd.",
    ] {
        ensure!(
            why.contains(words),
            "\"{words}\" is not in the region: {why}"
        );
    }
    let again = admin.generate_link(&prospect.public_id).await?;
    ensure!(again != link, "the new link is the old one");
    simulator.open(&again).await?;
    simulator.press(&again, "Submit documents").await?;
    admin.stage_becomes(&prospect, "In review").await?;
    simulator.press(&again, "Approve").await?;
    usher
        .counts()
        .await?
        .all_active_once(&[prospect], LATER)
        .await
}

async fn sumsub_away(usher: Arc<Usher>) -> Result<()> {
    let counts = usher.counts().await?;
    let admin = usher.admin()?;
    let prospect = admin
        .create(&NewProspect::individual(&fresh_email("nolink")))
        .await?;
    let path = format!("/prospects/{}", prospect.public_id);
    let form = admin.asked(&path, "Generate verification link").await?;

    // Without its table the simulator answers 500, as Sumsub does in a bad hour.
    sqlx::query("ALTER TABLE dev_sumsub.links RENAME TO links_away")
        .execute(&counts.pool)
        .await?;
    let pressed = admin.window().submit(&form).await;
    sqlx::query("ALTER TABLE dev_sumsub.links_away RENAME TO links")
        .execute(&counts.pool)
        .await?;
    let page = pressed?;
    ensure!(
        page.status.is_server_error(),
        "the page says {}",
        page.status
    );
    let words = page.text();
    ensure!(
        words.contains("Sumsub is not available"),
        "no words about Sumsub: {words}"
    );
    page.form("Generate verification link")
        .context("no way to try again")?;

    let page = admin.prospect(&prospect.public_id).await?;
    ensure!(
        page.html.field("Verification link").is_none(),
        "a link after all: {}",
        page.text()
    );
    ensure!(page.text().contains("Stage New"), "{}", page.text());
    let told: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM outbox_events WHERE payload->>'type' = 'ProspectLinkCreated'
         AND payload->>'prospect_id' = $1",
    )
    .bind(prospect.id.to_string())
    .fetch_one(&counts.pool)
    .await?;
    ensure!(told == 0, "the outbox tells of a link that there is not");

    admin.generate_link(&prospect.public_id).await?;
    Ok(())
}
