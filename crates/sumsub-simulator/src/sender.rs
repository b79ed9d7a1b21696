//! Sends the webhooks that are due, one at a time for each applicant.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use reqwest::redirect;
use sqlx::PgPool;
use sumsub::{
    Secret,
    webhook::{Algorithm, DIGEST_ALG_HEADER, DIGEST_HEADER, signature},
};
use tokio::{task::JoinSet, time::sleep};
use url::Host;

use crate::{config::SimulatorConfig, simulator::Inner, store::Webhook};

/// How many go out at once.
const AT_ONCE: usize = 16;
/// How long the loop sleeps when nothing is due and nobody wakes it.
const NAP: Duration = Duration::from_secs(1);

/// A client for our own machine: no proxy, and a redirect is no 2xx.
pub(crate) fn http(config: &SimulatorConfig) -> reqwest::Result<reqwest::Client> {
    let client = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .timeout(config.webhook_timeout);
    let loopback = match config.webhook_url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if loopback { client.no_proxy() } else { client }.build()
}

/// What an earlier run was sending when it was killed is due at once.
pub(crate) async fn take_over(pool: &PgPool) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE dev_sumsub.webhooks SET state = 'waiting', next_try = $1 WHERE state = 'sending'",
        clock::now()
    )
    .execute(pool)
    .await
    .map(drop)
}

/// Runs until the simulator has to stop.
pub(crate) async fn run(inner: Arc<Inner>, http: reqwest::Client) {
    let mut under_way = JoinSet::new();
    loop {
        let room = AT_ONCE - under_way.len();
        let claimed = match claim(&inner, room).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, "the Sumsub simulator cannot read its webhooks, trying again");
                Vec::new()
            }
        };
        for webhook in claimed {
            under_way.spawn(deliver(Arc::clone(&inner), http.clone(), webhook));
        }
        tokio::select! {
            () = inner.shutdown.cancelled() => return,
            () = inner.wake.notified() => {}
            Some(_) = under_way.join_next() => {}
            () = sleep(nap(&inner).await) => {}
        }
    }
}

/// Until the next one is due, at most [`NAP`].
async fn nap(inner: &Inner) -> Duration {
    let next = sqlx::query_scalar!(
        "SELECT MIN(next_try) FROM dev_sumsub.webhooks WHERE state = 'waiting'"
    )
    .fetch_one(&inner.pool)
    .await
    .ok()
    .flatten();
    let wait = next.and_then(|next| (next - clock::now()).to_std().ok());
    // Something that is due but could not be claimed waits for its elder: no spinning.
    wait.unwrap_or(NAP).clamp(Duration::from_millis(10), NAP)
}

/// Takes due webhooks, of each applicant only the one whose turn it is. One taken by a process that died is due
/// again when its time is over.
async fn claim(inner: &Inner, room: usize) -> sqlx::Result<Vec<Webhook>> {
    if room == 0 {
        return Ok(Vec::new());
    }
    let now = clock::now();
    let over = now
        + TimeDelta::from_std(inner.config.webhook_timeout).unwrap_or(TimeDelta::seconds(5))
        + TimeDelta::seconds(5);
    sqlx::query_as!(
        Webhook,
        "UPDATE dev_sumsub.webhooks SET state = 'sending', attempts = attempts + 1, next_try = $2
         WHERE id IN (
             SELECT id FROM dev_sumsub.webhooks w
             WHERE state IN ('waiting', 'sending') AND next_try <= $1
               AND NOT EXISTS (
                   SELECT FROM dev_sumsub.webhooks o
                   WHERE o.applicant_id = w.applicant_id AND o.id <> w.id
                     AND (o.state = 'sending' AND o.next_try > $1
                       OR o.state IN ('waiting', 'sending') AND o.next_try <= $1
                         AND CASE WHEN o.shuffled THEN -o.id ELSE o.id END < CASE WHEN w.shuffled THEN -w.id ELSE w.id END))
             ORDER BY next_try, id LIMIT $3 FOR UPDATE SKIP LOCKED)
         RETURNING *",
        now,
        over,
        room as i64,
    )
    .fetch_all(&inner.pool)
    .await
}

/// Sends one and writes down how it went.
async fn deliver(inner: Arc<Inner>, http: reqwest::Client, webhook: Webhook) {
    let outcome = send(&inner.config, &http, &webhook).await;
    let failures = usize::try_from(webhook.attempts).unwrap_or(1);
    let (state, next_try, status, error) = match outcome {
        Ok(status) => ("sent", clock::now(), Some(status), None),
        Err((status, error)) => match inner.config.retries.get(failures.saturating_sub(1)) {
            Some(pause) => ("waiting", clock::now() + *pause, status, Some(error)),
            None => ("failed", clock::now(), status, Some(error)),
        },
    };
    tracing::info!(
        id = webhook.id,
        kind = webhook.kind,
        state,
        status,
        "Sumsub simulator's webhook"
    );
    let written = sqlx::query!(
        "UPDATE dev_sumsub.webhooks SET state = $2, next_try = $3, last_status = $4, last_error = $5, sent_at = CASE WHEN $2 = 'sent' THEN $6 ELSE sent_at END
         WHERE id = $1",
        webhook.id,
        state,
        next_try,
        status.map(i32::from),
        error,
        clock::now(),
    )
    .execute(&inner.pool)
    .await;
    if let Err(error) = written {
        // It stays "sending" and is sent once more when its time is over: a duplicate, which is Sumsub's way too.
        tracing::warn!(id = webhook.id, %error, "the Sumsub simulator cannot write down how a webhook went");
    }
}

async fn send(
    config: &SimulatorConfig,
    http: &reqwest::Client,
    webhook: &Webhook,
) -> Result<u16, (Option<u16>, String)> {
    let wrong = Secret::new("not the webhook's secret");
    let secret = if webhook.wrong_signature {
        &wrong
    } else {
        &config.webhook_secret
    };
    let algorithm: Algorithm = webhook.algorithm.parse().unwrap_or_default();
    let answer = http
        .post(config.webhook_url.clone())
        .header("content-type", "application/json")
        .header(DIGEST_ALG_HEADER, algorithm.name())
        .header(
            DIGEST_HEADER,
            signature(algorithm, secret, webhook.body.as_bytes()),
        )
        .body(webhook.body.clone())
        .send()
        .await;
    match answer {
        Ok(answer) if answer.status().is_success() => Ok(answer.status().as_u16()),
        Ok(answer) => Err((
            Some(answer.status().as_u16()),
            format!("answered {}", answer.status()),
        )),
        Err(error) if error.is_timeout() => Err((
            None,
            format!("no answer within {:?}", config.webhook_timeout),
        )),
        Err(error) if error.is_connect() => Err((None, "no connection".to_owned())),
        Err(_) => Err((None, "the connection broke".to_owned())),
    }
}
