//! What `/health/ready` and `/metrics` of each process say while something is broken.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::task::JoinSet;

use super::{deployment::Deployment, moved::Moved};

const LOOK: Duration = Duration::from_millis(250);
const PATIENCE: Duration = Duration::from_secs(3);

/// What one look saw.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ready {
    Green,
    /// The names of what isn't in order.
    Red(String),
    NoAnswer,
}

#[derive(Default)]
struct Seen {
    /// From when on it was so.
    ready: Vec<(Instant, Ready)>,
    metrics: Moved,
}

/// Looks at all processes until it is dropped.
pub struct Lights {
    seen: Vec<(&'static str, Arc<Mutex<Seen>>)>,
    _lookers: JoinSet<()>,
}

impl Lights {
    /// Begins to look.
    pub fn watch(deployment: &Deployment) -> Self {
        let mut lookers = JoinSet::new();
        let mut all = Vec::new();
        for member in &deployment.members {
            let seen = Arc::<Mutex<Seen>>::default();
            all.push((member.name, Arc::clone(&seen)));
            lookers.spawn(look(member.ports.ops, seen));
        }
        Self {
            seen: all,
            _lookers: lookers,
        }
    }

    /// Whether all of them are green now.
    pub fn green(&self) -> bool {
        self.seen.iter().all(|(_, seen)| {
            let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            matches!(seen.ready.last(), Some((_, Ready::Green)))
        })
    }

    /// What each readiness words from the fault's beginning on, in words.
    pub fn ready(&self, begun: Instant, ended: Instant) -> Vec<String> {
        let words = self.seen.iter().map(|(name, seen)| {
            let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            format!("{name} {}", in_words(&seen.ready, begun, ended))
        });
        words.collect()
    }

    /// Which metrics moved, by process.
    pub fn metrics(&self) -> Vec<(&'static str, Vec<String>)> {
        let moved = self.seen.iter().map(|(name, seen)| {
            let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            (*name, seen.metrics.in_words())
        });
        moved.collect()
    }
}

fn in_words(seen: &[(Instant, Ready)], begun: Instant, ended: Instant) -> String {
    let after = |moment: Instant| {
        if moment <= ended {
            format!(
                "{:.1} s",
                moment.saturating_duration_since(begun).as_secs_f64()
            )
        } else {
            format!("{:.1} s after the end", (moment - ended).as_secs_f64())
        }
    };
    let mut words = Vec::new();
    let mut dark = None;
    for (moment, ready) in seen.iter().filter(|(moment, _)| *moment >= begun) {
        match ready {
            Ready::Green => {
                if dark.take().is_some() {
                    words.push(format!("green at {}", after(*moment)));
                }
            }
            Ready::Red(why) => {
                if dark.as_ref() != Some(why) {
                    words.push(format!("red at {} ({why})", after(*moment)));
                }
                dark = Some(why.clone());
            }
            Ready::NoAnswer => {
                if dark.is_none() {
                    words.push(format!("no answer at {}", after(*moment)));
                }
                dark = Some(String::new());
            }
        }
    }
    if words.is_empty() {
        return "stayed as it was".to_owned();
    }
    // A light that flickers is told of once.
    if words.len() > 5 {
        let left = words.len() - 5;
        words.truncate(5);
        words.push(format!("and {left} more changes"));
    }
    words.join(", ")
}

async fn look(port: u16, seen: Arc<Mutex<Seen>>) {
    let Ok(client) = reqwest::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        .build()
    else {
        return;
    };
    let mut looks = 0_u32;
    loop {
        let asked = Instant::now();
        let ready = ready(&client, port).await;
        let metrics = if looks.is_multiple_of(4) {
            metrics(&client, port).await
        } else {
            None
        };
        looks += 1;
        {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.ready.last().is_none_or(|(_, last)| *last != ready) {
                // An answer that took long was so from when it was asked for.
                let since = if ready == Ready::Green {
                    Instant::now()
                } else {
                    asked
                };
                seen.ready.push((since, ready));
            }
            if let Some(text) = metrics {
                seen.metrics.take(&text);
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn ready(client: &reqwest::Client, port: u16) -> Ready {
    let Some(mut red) = red(client, port, "ready").await else {
        return Ready::NoAnswer;
    };
    // Whoever isn't alive is started anew by its supervisor: that is worse.
    let hangs = self::red(client, port, "live").await.unwrap_or_default();
    red.extend(hangs.iter().map(|name| format!("NOT ALIVE: {name}")));
    if red.is_empty() {
        Ready::Green
    } else {
        Ready::Red(red.join(", "))
    }
}

/// The names of what isn't in order there; `None` when nobody answers.
async fn red(client: &reqwest::Client, port: u16, what: &str) -> Option<Vec<String>> {
    let url = format!("http://127.0.0.1:{port}/health/{what}");
    let answer = client.get(url).send().await.ok()?;
    if answer.status().is_success() {
        return Some(Vec::new());
    }
    let body = answer.json::<Value>().await.unwrap_or_default();
    let checks = body["checks"].as_array().into_iter().flatten();
    let mut names: Vec<String> = checks
        .filter(|check| check["ok"] == false)
        .filter_map(|check| check["name"].as_str().map(str::to_owned))
        .collect();
    if names.is_empty() {
        names.push("without a reason".to_owned());
    }
    Some(names)
}

async fn metrics(client: &reqwest::Client, port: u16) -> Option<String> {
    let url = format!("http://127.0.0.1:{port}/metrics");
    client.get(url).send().await.ok()?.text().await.ok()
}
