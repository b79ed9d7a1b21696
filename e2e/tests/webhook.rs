//! Sumsub's webhook: what is let in, what is answered, and what comes of it.

use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Admin, Callback, Story, Usher,
    admin::{NewProspect, Prospect, fresh_email},
    callback::{Digest, applicant_of},
    processes, tell, until,
    wait::{LATER, SOON},
};
use futures::future::join_all;
use nix::sys::signal::{Signal, kill};
use rand::seq::SliceRandom as _;
use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;

fn main() -> ExitCode {
    tell(
        "webhook",
        vec![
            Story::new(
                "without_the_right_digest_it_is_401_and_nothing_is_stored",
                digests,
            ),
            Story::new("sha512_is_taken_and_sha1_is_not_by_default", algorithms),
            Story::new(
                "other_requests_are_400_405_413_and_unknown_types_200",
                other_requests,
            ),
            Story::new(
                "one_callback_20_times_at_once_makes_one_customer",
                twenty_at_once,
            ),
            Story::new("ten_customers_callbacks_shuffled_all_end_active", shuffled),
            Story::new("a_stale_callback_moves_nothing", stale),
            Story::new("a_green_that_is_not_whole_converts_nobody", incomplete),
            Story::new(
                "a_callback_that_does_not_apply_is_recorded_with_its_reason",
                not_applying,
            ),
            Story::new("the_same_key_with_another_body_is_conflicting", conflicting),
            Story::new(
                "a_long_backlog_of_strangers_is_worked_off_without_a_hitch",
                backlog,
            ),
            Story::new("dev_takes_sandbox_results", sandbox),
            Story::new(
                "pending_on_hold_and_red_are_shown_and_green_still_converts",
                red_then_green,
            ),
            Story::new("a_hung_database_is_503_in_time_and_heals", hung_database),
            Story::new(
                "a_database_that_is_away_is_503_and_the_next_start_takes_it",
                database_away,
            ),
        ],
    )
}

async fn prospect(usher: &Usher, who: &str) -> Result<(Admin, Prospect)> {
    let admin = usher.admin()?;
    let prospect = admin
        .create(&NewProspect::individual(&fresh_email(who)))
        .await?;
    Ok((admin, prospect))
}

async fn stage_is(admin: &Admin, prospect: &Prospect, stage: &str) -> Result<()> {
    until(&format!("the stage {stage}"), SOON, || async {
        let text = admin.prospect(&prospect.public_id).await?.text();
        ensure!(text.contains(&format!("Stage {stage}")), "{text}");
        Ok(())
    })
    .await
}

async fn digests(usher: Arc<Usher>) -> Result<()> {
    let sumsub = usher.sumsub()?;
    let counts = usher.counts().await?;
    let callback = Callback::created(Uuid::now_v7());
    let body = callback.body();
    let right = Digest::Sha256.sign(sumsub.secret(), &body)?;
    let foreign = Digest::Sha256.sign("another secret", &body)?;
    let mut tampered = body.clone();
    *tampered.last_mut().context("an empty body")? = b' ';
    let sha256 = ("X-Payload-Digest-Alg", "HMAC_SHA256_HEX");
    for (what, body, headers) in [
        ("no headers", &body, vec![]),
        ("no digest", &body, vec![sha256]),
        (
            "an empty digest",
            &body,
            vec![sha256, ("X-Payload-Digest", "")],
        ),
        ("no hex", &body, vec![sha256, ("X-Payload-Digest", "zz")]),
        (
            "another secret",
            &body,
            vec![sha256, ("X-Payload-Digest", foreign.as_str())],
        ),
        (
            "half a digest",
            &body,
            vec![sha256, ("X-Payload-Digest", &right[..32])],
        ),
        (
            "another algorithm",
            &body,
            vec![
                ("X-Payload-Digest-Alg", "HMAC_SHA512_HEX"),
                ("X-Payload-Digest", &right),
            ],
        ),
        (
            "an unknown algorithm",
            &body,
            vec![
                ("X-Payload-Digest-Alg", "NONE"),
                ("X-Payload-Digest", &right),
            ],
        ),
        (
            "a changed body",
            &tampered,
            vec![sha256, ("X-Payload-Digest", &right)],
        ),
    ] {
        let status = sumsub.send_raw(body.clone(), &headers).await?;
        ensure!(status == StatusCode::UNAUTHORIZED, "{what}: {status}");
    }
    ensure!(
        counts.logged(&callback.correlation()).await?.is_empty(),
        "something unsigned was stored"
    );
    let status = sumsub
        .send_raw(body, &[sha256, ("X-Payload-Digest", &right)])
        .await?;
    ensure!(status == StatusCode::OK, "the right digest: {status}");
    Ok(())
}

async fn algorithms(usher: Arc<Usher>) -> Result<()> {
    let sumsub = usher.sumsub()?;
    for (digest, due) in [
        (Digest::Sha256, 200),
        (Digest::Sha512, 200),
        (Digest::Sha1, 401),
    ] {
        let status = sumsub
            .send_signed(Callback::created(Uuid::now_v7()).body(), digest)
            .await?;
        ensure!(status.as_u16() == due, "{digest:?}: {status}");
    }
    Ok(())
}

async fn other_requests(usher: Arc<Usher>) -> Result<()> {
    let sumsub = usher.sumsub()?;
    for bad in [
        "",
        "not json",
        "{\"type\":",
        "[]",
        "\"text\"",
        "null",
        "\u{0}",
    ] {
        let status = sumsub
            .send_signed(bad.as_bytes().to_vec(), Digest::Sha256)
            .await?;
        ensure!(status == StatusCode::BAD_REQUEST, "{bad:?}: {status}");
    }
    let status = sumsub.send_signed(vec![0xff, 0xfe], Digest::Sha256).await?;
    ensure!(status == StatusCode::BAD_REQUEST, "not UTF-8: {status}");

    let filler = |size: usize| {
        Callback::created(Uuid::now_v7())
            .set("filler", json!("x".repeat(size)))
            .body()
    };
    let status = sumsub
        .send_signed(filler(1024 * 1024), Digest::Sha256)
        .await?;
    ensure!(
        status == StatusCode::PAYLOAD_TOO_LARGE,
        "more than 1 MiB: {status}"
    );
    let status = sumsub
        .send_signed(filler(1000 * 1024), Digest::Sha256)
        .await?;
    ensure!(status == StatusCode::OK, "just under 1 MiB: {status}");

    let client = reqwest::Client::builder().no_proxy().build()?;
    for method in [
        reqwest::Method::GET,
        reqwest::Method::PUT,
        reqwest::Method::DELETE,
    ] {
        let status = client
            .request(method.clone(), sumsub.url())
            .send()
            .await?
            .status();
        ensure!(
            status == StatusCode::METHOD_NOT_ALLOWED,
            "{method}: {status}"
        );
    }

    // Odd, and still Sumsub's word: taken and recorded.
    let odd = Callback::new("applicantTagsChanged", "init", Uuid::now_v7())
        .set("sandboxMode", json!("perhaps"))
        .set("reviewResult", json!(7))
        .set("neverSeenBefore", json!({"deep": [1, {"er": null}]}));
    sumsub.deliver(&odd).await?;
    let unknown = Callback::new("applicantFlewToTheMoon", "init", Uuid::now_v7());
    sumsub.deliver(&unknown).await?;
    sumsub.send_signed(b"{}".to_vec(), Digest::Sha256).await?;
    let counts = usher.counts().await?;
    for callback in [odd, unknown] {
        let row = counts.judged(&callback.correlation()).await?;
        ensure!(
            row.outcome == "ignored" && !row.reason.is_empty(),
            "{row:?}"
        );
    }
    Ok(())
}

async fn twenty_at_once(usher: Arc<Usher>) -> Result<()> {
    let (_, prospect) = prospect(&usher, "twenty").await?;
    let sumsub = usher.sumsub()?;
    let green = Callback::green(prospect.id);
    let statuses = join_all((0..20).map(|_| sumsub.send(&green))).await;
    for status in statuses {
        ensure!(status? == StatusCode::OK, "one of twenty was refused");
    }
    let counts = usher.counts().await?;
    counts
        .all_active_once(std::slice::from_ref(&prospect), LATER)
        .await?;
    let rows = counts.logged(&green.correlation()).await?;
    ensure!(
        rows.len() == 1 && rows[0].receipts == 20 && rows[0].outcome == "applied",
        "{rows:?}"
    );
    let mails = usher.mailbox()?.to(&prospect.email).await?;
    ensure!(mails.len() == 1, "{} mails to one customer", mails.len());
    Ok(())
}

async fn shuffled(usher: Arc<Usher>) -> Result<()> {
    let prospects = usher.admin()?.create_many("shuffled", 10).await?;
    let sumsub = usher.sumsub()?;
    let mut callbacks: Vec<Callback> = prospects
        .iter()
        .flat_map(|prospect| {
            [
                Callback::created(prospect.id).in_ms(-3000),
                Callback::pending(prospect.id).in_ms(-2000),
                Callback::green(prospect.id).in_ms(-1000),
            ]
        })
        .collect();
    callbacks.shuffle(&mut rand::rng());
    for status in join_all(callbacks.iter().map(|callback| sumsub.send(callback))).await {
        ensure!(status? == StatusCode::OK, "a callback was refused");
    }
    let counts = usher.counts().await?;
    counts.all_active_once(&prospects, LATER).await?;
    for callback in &callbacks {
        let row = counts.judged(&callback.correlation()).await?;
        ensure!(
            ["applied", "no_change", "stale"].contains(&row.outcome.as_str()),
            "{row:?}"
        );
    }
    let mailbox = usher.mailbox()?;
    for prospect in &prospects {
        let mails = mailbox.to(&prospect.email).await?;
        ensure!(mails.len() == 1, "{} mails to one customer", mails.len());
    }
    Ok(())
}

async fn stale(usher: Arc<Usher>) -> Result<()> {
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
    stage_is(&admin, &prospect, "KycPending").await?;
    ensure!(
        counts.standing(&[prospect]).await?.customers == 0,
        "a stale GREEN made a customer"
    );
    Ok(())
}

async fn incomplete(usher: Arc<Usher>) -> Result<()> {
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

async fn not_applying(usher: Arc<Usher>) -> Result<()> {
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
    stage_is(&admin, &one, "New").await?;
    ensure!(
        counts.standing(&[one, other]).await?.customers == 0,
        "what doesn't apply made a customer"
    );
    Ok(())
}

async fn conflicting(usher: Arc<Usher>) -> Result<()> {
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

/// What a long outage of the processing leaves: more waiting callbacks than PostgreSQL has locks for.
async fn backlog(_: Arc<Usher>) -> Result<()> {
    let (mut usher, prospect) = own_usher("webhook-backlog").await?;
    let counts = usher.counts().await?;
    sqlx::query(
        "INSERT INTO callbacks (idempotency_key, body_sha256, body, callback_type, applicant_id, subject)
         SELECT 'backlog:' || n, sha256(n::text::bytea),
                json_build_object('type', 'applicantCreated', 'applicantId', 'stranger' || n)::text,
                'applicantCreated', 'stranger' || n, 'stranger' || n
         FROM generate_series(1, 30000) n",
    )
    .execute(&counts.pool)
    .await?;
    usher
        .sumsub()?
        .deliver(&Callback::green(prospect.id))
        .await?;
    counts.all_active_once(&[prospect], LATER).await?;
    until("the backlog worked off", LATER, || async {
        let left = counts
            .number("SELECT count(*) FROM callbacks WHERE outcome = 'received'")
            .await?;
        ensure!(left == 0, "{left} still wait");
        Ok(())
    })
    .await?;
    let log = usher.logged()?;
    ensure!(
        !log.contains("a batch failed"),
        "a batch failed: see {}",
        usher.log().display()
    );
    usher.stop().await
}

async fn sandbox(usher: Arc<Usher>) -> Result<()> {
    let (_, prospect) = prospect(&usher, "sandbox").await?;
    let green = Callback::green(prospect.id).set("sandboxMode", json!(true));
    usher.sumsub()?.deliver(&green).await?;
    usher
        .counts()
        .await?
        .all_active_once(&[prospect], LATER)
        .await
}

async fn red_then_green(usher: Arc<Usher>) -> Result<()> {
    let (admin, prospect) = prospect(&usher, "red").await?;
    let (sumsub, counts) = (usher.sumsub()?, usher.counts().await?);
    sumsub
        .deliver(&Callback::pending(prospect.id).in_ms(-4000))
        .await?;
    stage_is(&admin, &prospect, "KycPending").await?;
    sumsub
        .deliver(&Callback::on_hold(prospect.id).in_ms(-3000))
        .await?;
    stage_is(&admin, &prospect, "Review Needed").await?;
    sumsub
        .deliver(&Callback::red(prospect.id, "RETRY").in_ms(-2000))
        .await?;
    stage_is(&admin, &prospect, "KycDeclined").await?;
    let kyc = admin.prospect(&prospect.public_id).await?.region("KYC")?;
    for words in [
        "UNSATISFACTORY_PHOTOS",
        "FORGERY",
        "RETRY",
        "Please upload a clearer photo.",
        "Suspected fraudulent account.",
        &applicant_of(prospect.id),
    ] {
        ensure!(
            kyc.contains(words),
            "\"{words}\" is not in the region: {kyc}"
        );
    }
    sumsub.deliver(&Callback::green(prospect.id)).await?;
    counts
        .all_active_once(std::slice::from_ref(&prospect), LATER)
        .await?;
    stage_is(&admin, &prospect, "Converted").await?;
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

/// An Usher of its own: what these stories do to the database would trouble the others.
async fn own_usher(name: &str) -> Result<(Usher, Prospect)> {
    let usher = Usher::start(name).await?;
    let (_, prospect) = prospect(&usher, "outage").await?;
    Ok((usher, prospect))
}

async fn hung_database(_: Arc<Usher>) -> Result<()> {
    let (mut usher, prospect) = own_usher("webhook-hung").await?;
    let sumsub = usher.sumsub()?;
    let green = Callback::green(prospect.id);
    let database: Vec<_> = processes::using(&usher.data())
        .into_iter()
        .filter(|process| {
            nix::unistd::Pid::from_raw(process.pid)
                != usher.pid().unwrap_or(nix::unistd::Pid::this())
        })
        .collect();
    let signal = |what| {
        for process in &database {
            let _ = kill(nix::unistd::Pid::from_raw(process.pid), what);
        }
    };
    signal(Signal::SIGSTOP);
    let start = Instant::now();
    let status = sumsub.send(&green).await;
    let took = start.elapsed();
    signal(Signal::SIGCONT);
    ensure!(
        status? == StatusCode::SERVICE_UNAVAILABLE,
        "a hung database"
    );
    // Sumsub counts no answer within 5 seconds as a failure: ours should come before.
    ensure!(took < Duration::from_secs(5), "the 503 took {took:?}");
    until("the webhook healed", SOON, || async {
        let status = sumsub.send(&green).await?;
        ensure!(status == StatusCode::OK, "{status}");
        Ok(())
    })
    .await?;
    usher
        .counts()
        .await?
        .all_active_once(&[prospect], LATER)
        .await?;
    usher.stop().await
}

async fn database_away(_: Arc<Usher>) -> Result<()> {
    let (mut usher, prospect) = own_usher("webhook-away").await?;
    let sumsub = usher.sumsub()?;
    let green = Callback::green(prospect.id);
    // SIGINT: PostgreSQL's fast shutdown.
    let postmaster =
        processes::postmaster(&usher.data()).context("no postmaster in the data folder")?;
    kill(postmaster, Signal::SIGINT)?;
    until("the database gone", SOON, || async {
        ensure!(
            processes::postmaster(&usher.data()) != Some(postmaster),
            "the postmaster still lives"
        );
        Ok(())
    })
    .await?;
    // Whether the server brings its database back, waits for it or stops with it is its own business; a 200 is not,
    // unless the callback is kept.
    let answer = sumsub.send(&green).await;
    let taken = matches!(answer, Ok(StatusCode::OK));
    ensure!(
        taken || answer.is_err() || matches!(answer, Ok(StatusCode::SERVICE_UNAVAILABLE)),
        "a database that is away: {answer:?}"
    );
    let _ = usher.stop().await;
    if usher.pid().is_ok() {
        usher.kill().await?;
    }
    usher.launch().await?;
    if !taken {
        usher.sumsub()?.deliver(&green).await?;
    }
    usher
        .counts()
        .await?
        .all_active_once(&[prospect], LATER)
        .await?;
    usher.stop().await
}
