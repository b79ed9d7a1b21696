//! Which callbacks count, and what they do.

use std::sync::Arc;

use anyhow::{Result, ensure};
use e2e::{Callback, Usher, callback::applicant_of, wait::LATER};

use serde_json::json;
use uuid::Uuid;

use super::prospect;

pub async fn stale(usher: Arc<Usher>) -> Result<()> {
    let (admin, prospect) = prospect(&usher, "stale").await?;
    let (sumsub, counts) = (usher.sumsub()?, usher.counts().await?);
    let pending = Callback::pending(prospect.id);
    sumsub.deliver(&pending).await?;
    counts.judged(&pending.correlation()).await?;
    // Older by the clock, whatever it says: a GREEN from before the reviewers began anew counts for nothing.
    for old in [
        Callback::created(prospect.id),
        Callback::green(prospect.id),
        Callback::on_hold(prospect.id),
    ] {
        let old = old.in_ms(-60_000);
        sumsub.deliver(&old).await?;
        let row = counts.judged(&old.correlation()).await?;
        ensure!(row.outcome == "stale", "{row:?}");
    }
    admin.stage_becomes(&prospect, "In review").await?;
    ensure!(
        counts.standing(&[prospect]).await?.customers == 0,
        "a stale GREEN made a customer"
    );
    Ok(())
}

pub async fn incomplete(usher: Arc<Usher>) -> Result<()> {
    let (_, prospect) = prospect(&usher, "incomplete").await?;
    let (sumsub, counts) = (usher.sumsub()?, usher.counts().await?);
    // The applicant is known, so that one without externalUserId is still attributed.
    let created = Callback::created(prospect.id).in_ms(-5000);
    sumsub.deliver(&created).await?;
    counts.judged(&created.correlation()).await?;
    let green = || Callback::green(prospect.id);
    for (what, callback) in [
        ("no applicantId", green().without("applicantId")),
        ("no externalUserId", green().without("externalUserId")),
        ("no levelName", green().without("levelName")),
        ("no sandboxMode", green().without("sandboxMode")),
        (
            "a review that is not completed",
            green().set("reviewStatus", json!("pending")),
        ),
        ("no reviewStatus", green().without("reviewStatus")),
        (
            "no time",
            green().without("createdAt").without("createdAtMs"),
        ),
        (
            "a time that is none",
            green()
                .without("createdAt")
                .set("createdAtMs", json!("tomorrow")),
        ),
        ("an hour ahead of our clock", green().in_ms(3_600_000)),
    ] {
        let callback = callback.set("correlationId", json!(format!("req-{}", Uuid::new_v4())));
        sumsub.deliver(&callback).await?;
        let row = counts.judged(&callback.correlation()).await?;
        ensure!(
            row.outcome == "incomplete" && !row.reason.is_empty(),
            "{what}: {row:?}"
        );
    }
    ensure!(
        counts
            .standing(std::slice::from_ref(&prospect))
            .await?
            .customers
            == 0,
        "a half GREEN made a customer"
    );
    // None of them moved the mark, not even the one an hour ahead: a whole one converts.
    sumsub.deliver(&green()).await?;
    counts.all_active_once(&[prospect], LATER).await
}

pub async fn not_applying(usher: Arc<Usher>) -> Result<()> {
    let (admin, one) = prospect(&usher, "one").await?;
    let (_, other) = prospect(&usher, "other").await?;
    let (sumsub, counts) = (usher.sumsub()?, usher.counts().await?);
    let created = Callback::created(other.id).in_ms(-5000);
    sumsub.deliver(&created).await?;
    counts.judged(&created.correlation()).await?;
    for (callback, reason) in [
        (
            Callback::green(one.id).set("levelName", json!("another-level")),
            "wrong level",
        ),
        (
            Callback::green(one.id).set("applicantId", json!(applicant_of(other.id))),
            "another prospect's applicant",
        ),
        (
            Callback::green(other.id).set("applicantId", json!("0123456789abcdef01234567")),
            "another applicant",
        ),
        (Callback::green(Uuid::now_v7()), "unknown prospect"),
        (
            Callback::green(one.id).set("externalUserId", json!("no uuid at all")),
            "unknown prospect",
        ),
        (
            Callback::green(one.id).without("externalUserId"),
            "no externalUserId",
        ),
        (
            Callback::new("applicantFlewToTheMoon", "completed", one.id),
            "unknown type",
        ),
        (
            Callback::green(one.id).set("reviewResult", json!({"reviewAnswer": "YELLOW"})),
            "neither GREEN nor RED",
        ),
        (
            Callback::green(one.id).without("reviewResult"),
            "neither GREEN nor RED",
        ),
    ] {
        sumsub.deliver(&callback).await?;
        let row = counts.judged(&callback.correlation()).await?;
        ensure!(
            row.outcome == "ignored" && row.reason.contains(reason),
            "{reason}: {row:?}"
        );
    }
    admin.stage_becomes(&one, "New").await?;
    ensure!(
        counts.standing(&[one, other]).await?.customers == 0,
        "what doesn't apply made a customer"
    );
    Ok(())
}

pub async fn conflicting(usher: Arc<Usher>) -> Result<()> {
    let (_, prospect) = prospect(&usher, "conflict").await?;
    let (sumsub, counts) = (usher.sumsub()?, usher.counts().await?);
    let created = Callback::created(prospect.id);
    sumsub.deliver(&created).await?;
    counts.judged(&created.correlation()).await?;
    // Type, applicant, correlation id, time and answer are the same; what it says is not.
    let changed = created.clone().set("levelName", json!("another-level"));
    sumsub.deliver(&changed).await?;
    sumsub.deliver(&changed).await?;
    let rows = counts.logged(&created.correlation()).await?;
    let outcomes: Vec<_> = rows
        .iter()
        .map(|row| (row.outcome.as_str(), row.receipts))
        .collect();
    ensure!(outcomes == [("applied", 1), ("conflicting", 2)], "{rows:?}");
    Ok(())
}

pub async fn sandbox(usher: Arc<Usher>) -> Result<()> {
    let (_, prospect) = prospect(&usher, "sandbox").await?;
    let green = Callback::green(prospect.id).set("sandboxMode", json!(true));
    usher.sumsub()?.deliver(&green).await?;
    usher
        .counts()
        .await?
        .all_active_once(&[prospect], LATER)
        .await
}

pub async fn red_then_green(usher: Arc<Usher>) -> Result<()> {
    let (admin, prospect) = prospect(&usher, "red").await?;
    let (sumsub, counts) = (usher.sumsub()?, usher.counts().await?);
    sumsub
        .deliver(&Callback::pending(prospect.id).in_ms(-4000))
        .await?;
    admin.stage_becomes(&prospect, "In review").await?;
    sumsub
        .deliver(&Callback::on_hold(prospect.id).in_ms(-3000))
        .await?;
    admin.stage_becomes(&prospect, "Review needed").await?;
    sumsub
        .deliver(&Callback::red(prospect.id, "RETRY").in_ms(-2000))
        .await?;
    admin.stage_becomes(&prospect, "Declined").await?;
    let page = admin.prospect(&prospect.public_id).await?;
    let applicant = applicant_of(prospect.id);
    ensure!(page.region("KYC")?.contains(&applicant), "{}", page.text());
    let why = page.region("Why it was declined")?;
    for words in [
        "May try again",
        "The photos can't be read",
        "UNSATISFACTORY_PHOTOS",
        "FORGERY",
        "RETRY",
        "Please upload a clearer photo.",
        "Suspected fraudulent account.",
    ] {
        ensure!(
            why.contains(words),
            "\"{words}\" is not in the region: {why}"
        );
    }
    sumsub.deliver(&Callback::green(prospect.id)).await?;
    counts
        .all_active_once(std::slice::from_ref(&prospect), LATER)
        .await?;
    admin.stage_becomes(&prospect, "Approved").await?;
    let customer = admin.customer(&prospect.public_id).await?.text();
    for words in [
        "Status Active",
        "Verification Verified",
        "KYC level Basic",
        &format!("DEP-{}", prospect.public_id),
    ] {
        ensure!(
            customer.contains(words),
            "\"{words}\" is not on the customer's page: {customer}"
        );
    }
    // The comment that may hold private facts is nowhere in the log of the server.
    ensure!(
        !usher.logged()?.contains("Suspected fraudulent"),
        "a comment is in the log"
    );
    ensure!(
        !usher.logged()?.contains(&prospect.email),
        "an e-mail address is in the log"
    );
    Ok(())
}
