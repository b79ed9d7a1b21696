//! A load that is not the bottleneck: bodies, signatures and whole requests are made beforehand, and sent over raw
//! keep-alive connections.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use e2e::{Callback, Usher, admin::Prospect, callback::Digest};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};
use url::Url;

/// Per second and client-level; more than any machine takes, so that the time ends the run and not the supply.
const SUPPLY_PER_SECOND: usize = 25_000;

/// What came of a load.
pub struct Outcome {
    /// Answers of 200.
    pub acknowledged: usize,
    /// Answers with another status than 200.
    pub refused: usize,
    /// From the first byte to the last.
    pub took: Duration,
    /// Half of the answers came within.
    pub p50: Duration,
    /// 99 of 100 came within.
    pub p99: Duration,
}

impl Outcome {
    /// Acknowledged per second.
    pub fn rate(&self) -> f64 {
        self.acknowledged as f64 / self.took.as_secs_f64()
    }
}

/// Requests as they go over the wire.
pub fn requests(usher: &Usher, callbacks: impl Iterator<Item = Callback>) -> Result<Vec<Vec<u8>>> {
    let ready = usher.ready();
    let url = Url::parse(&ready.webhook_url)?;
    let host = format!(
        "{}:{}",
        url.host_str().context("no host")?,
        url.port().context("no port")?
    );
    callbacks
        .map(|callback| {
            let body = callback.body();
            let digest = Digest::Sha256.sign(&ready.webhook_secret, &body)?;
            let mut request = format!(
                "POST {} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
                 X-Payload-Digest-Alg: HMAC_SHA256_HEX\r\nX-Payload-Digest: {digest}\r\nContent-Length: {}\r\n\r\n",
                url.path(),
                body.len()
            )
            .into_bytes();
            request.extend_from_slice(&body);
            Ok(request)
        })
        .collect()
}

/// Each of the `clients` sends callbacks for `time`, the next as soon as the last was answered.
pub async fn webhook(
    usher: &Usher,
    prospects: &[Prospect],
    clients: usize,
    time: Duration,
) -> Result<Outcome> {
    let supply =
        SUPPLY_PER_SECOND * usize::try_from(time.as_secs())? / if clients == 1 { 3 } else { 1 };
    // What Sumsub sends most of: news about prospects that we know, each a row of its own.
    let callbacks = prospects
        .iter()
        .cycle()
        .take(supply)
        .enumerate()
        .map(|(number, prospect)| match number % 3 {
            0 => Callback::created(prospect.id),
            1 => Callback::pending(prospect.id),
            _ => Callback::new("applicantPersonalInfoChanged", "pending", prospect.id),
        });
    send(usher, requests(usher, callbacks)?, clients, time).await
}

/// Sends webhooks over `clients` connections until they, or the time, run out.
pub async fn send(
    usher: &Usher,
    requests: Vec<Vec<u8>>,
    clients: usize,
    time: Duration,
) -> Result<Outcome> {
    let url = Url::parse(&usher.ready().webhook_url)?;
    over(&url, requests, Supply::Once, clients, time).await
}

/// What happens when all requests were sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Supply {
    /// That is the end.
    Once,
    /// They begin anew.
    Again,
}

/// Sends requests to the server of `url` over `clients` keep-alive connections, each the next as soon as the last was answered.
pub async fn over(
    url: &Url,
    requests: Vec<Vec<u8>>,
    supply: Supply,
    clients: usize,
    time: Duration,
) -> Result<Outcome> {
    let address = (
        url.host_str().context("no host")?.to_owned(),
        url.port().context("no port")?,
    );
    let requests = Arc::new(requests);
    let next = Arc::new(AtomicUsize::new(0));
    let mut connections = Vec::new();
    for _ in 0..clients {
        let stream = TcpStream::connect((address.0.as_str(), address.1)).await?;
        stream.set_nodelay(true)?;
        connections.push(stream);
    }
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for mut stream in connections {
        let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
        tasks.spawn(async move {
            let mut latencies = Vec::with_capacity(4096);
            let mut refused = 0;
            let mut buffer = Vec::with_capacity(4096);
            while start.elapsed() < time {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let number = match supply {
                    Supply::Once => number,
                    Supply::Again => number % requests.len(),
                };
                let Some(request) = requests.get(number) else {
                    break;
                };
                let sent = Instant::now();
                stream.write_all(request).await?;
                if answer(&mut stream, &mut buffer).await? == 200 {
                    latencies.push(sent.elapsed());
                } else {
                    refused += 1;
                }
            }
            anyhow::Ok((latencies, refused))
        });
    }
    let (mut latencies, mut refused) = (Vec::new(), 0);
    while let Some(task) = tasks.join_next().await {
        let (some, bad) = task??;
        latencies.extend(some);
        refused += bad;
    }
    let took = start.elapsed();
    latencies.sort_unstable();
    let at = |share: usize| {
        latencies.get((latencies.len() * share / 100).min(latencies.len().saturating_sub(1)))
    };
    Ok(Outcome {
        acknowledged: latencies.len(),
        refused,
        took,
        p50: at(50).copied().unwrap_or_default(),
        p99: at(99).copied().unwrap_or_default(),
    })
}

/// Whether GraphQL refuses what was asked, which it does with 200: quickly, and nothing would have been measured.
fn is_refusal(body: &[u8]) -> bool {
    body.len() < 2_000 && body.windows(10).any(|part| part == b"\"errors\":[")
}

/// Reads one answer to its end; gives the status, or 0 for what GraphQL refuses.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<u16> {
    buffer.clear();
    loop {
        if let Some(head) = buffer.windows(4).position(|end| end == b"\r\n\r\n") {
            let text = std::str::from_utf8(&buffer[..head])?;
            let status = text.get(9..12).context("no status line")?.parse()?;
            let length: usize = text
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(Ok(0), |(_, length)| length.trim().parse())?;
            while buffer.len() < head + 4 + length {
                more(stream, buffer).await?;
            }
            return Ok(if is_refusal(&buffer[head + 4..]) {
                0
            } else {
                status
            });
        }
        more(stream, buffer).await?;
    }
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    if stream.read_buf(buffer).await? == 0 {
        bail!("the server closed the connection");
    }
    Ok(())
}
