//! Who is let in, and what is answered.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use e2e::{Callback, Usher, callback::Digest};

use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;

pub async fn digests(usher: Arc<Usher>) -> Result<()> {
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

pub async fn algorithms(usher: Arc<Usher>) -> Result<()> {
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

pub async fn other_requests(usher: Arc<Usher>) -> Result<()> {
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

/// Signed, and hard to read or to store: kept as received, judged as far as it goes, and never refused for ever.
pub async fn hard_to_read(usher: Arc<Usher>) -> Result<()> {
    let (sumsub, counts) = (usher.sumsub()?, usher.counts().await?);
    let pool = sqlx::PgPool::connect(&usher.ready().database_url).await?;
    let unseen = |id: Uuid| Callback::red(id, "FINAL");
    let with_mark = {
        let callback = unseen(Uuid::now_v7());
        let body = [b"\xef\xbb\xbf".as_slice(), &callback.body()].concat();
        (callback, body)
    };
    let latin = {
        let callback = unseen(Uuid::now_v7()).set("note", json!("LATIN"));
        let body = String::from_utf8(callback.body())?;
        let (before, after) = body.split_once("LATIN").context("the note")?;
        let body = [before.as_bytes(), b"Gr\xfc\xdfe", after.as_bytes()].concat();
        (callback, body)
    };
    let long = "x".repeat(9000);
    let ids = ["applicantId", "externalUserId", "inspectionId", "levelName"];
    let too_long = ids.map(|id| {
        let callback = unseen(Uuid::now_v7()).set(id, json!(long));
        let body = callback.body();
        (callback, body)
    });
    for (callback, body) in [with_mark, latin].into_iter().chain(too_long) {
        let status = sumsub.send_signed(body.clone(), Digest::Sha256).await?;
        ensure!(status == StatusCode::OK, "{status}");
        let row = counts.judged(&callback.correlation()).await?;
        ensure!(
            !row.reason.is_empty(),
            "what could not be read is said: {row:?}"
        );
        let kept: Vec<u8> = sqlx::query_scalar(
            "SELECT coalesce(raw, convert_to(body, 'UTF8')) FROM callbacks WHERE position($1 IN body) > 0",
        )
        .bind(callback.correlation())
        .fetch_one(&pool)
        .await?;
        ensure!(kept == body, "the bytes are kept as they came");
    }
    // Whatever is too long for a key is no key.
    for field in ["correlationId", "createdAtMs", "type"] {
        let body = unseen(Uuid::now_v7()).set(field, json!(long)).body();
        let status = sumsub.send_signed(body, Digest::Sha256).await?;
        ensure!(status == StatusCode::OK, "{field}: {status}");
    }
    Ok(())
}
