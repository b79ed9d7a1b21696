//! The look that nobody has to ask for: one line in the log when something turns red, one when it turns green again.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    Check, DATABASE, Health,
    clock::{Clocks, Skew},
    gauges, writes,
};

/// How often a process looks at itself.
const EVERY: Duration = Duration::from_secs(3);
/// How often rows of processes that ended long ago are looked for.
const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// Watches until `stop` is cancelled; what it looks at just then is of no use any more.
pub async fn run(health: Health, stop: CancellationToken) {
    stop.run_until_cancelled(watch(health, &stop)).await;
}

async fn watch(health: Health, stop: &CancellationToken) {
    let mut said = Said::default();
    let mut gauges = gauges::Gauges::default();
    let mut forgotten: Option<Instant> = None;
    loop {
        let look = health.look().await;
        let skew = look.skew.clone().ok();
        let checks = health.judge(Some(look));
        gauges.checks(&checks);
        gauges::clock(skew);
        if !health.0.stopping.is_cancelled() {
            said.checks(&checks);
            said.clock(&health, skew);
        }
        gauges.database(&health).await;
        gauges::process(&health);
        if skew.is_some() && forgotten.is_none_or(|at| at.elapsed() >= FORGET_EVERY) {
            forgotten = Some(Instant::now());
            if let Err(error) = writes::forget_others(&health.0.pool).await {
                tracing::debug!(%error, "rows of ended processes could not be deleted, it is tried again");
            }
        }
        if !vitals::rest(EVERY, stop).await {
            return;
        }
    }
}

/// What was said last.
#[derive(Default)]
struct Said {
    /// Which checks are red, and since when.
    red: BTreeMap<String, Instant>,
    clocks_differ: bool,
}

impl Said {
    fn checks(&mut self, checks: &[Check]) {
        for change in self.changes(checks) {
            match change {
                Change::Red(check, reason) => {
                    tracing::warn!(check, reason, "not ready: a check has turned red");
                }
                Change::Green(check, since) => {
                    let red_s = since.elapsed().as_secs();
                    tracing::info!(check, red_s, "a check is green again");
                }
            }
        }
    }

    /// What is unknown while the database is away is neither.
    fn changes<'a>(&mut self, checks: &'a [Check]) -> Vec<Change<'a>> {
        let mut changes = Vec::new();
        for check in checks {
            match &check.reason {
                Some(reason) if reason == super::UNKNOWN && check.name != DATABASE => {}
                Some(reason) => {
                    if !self.red.contains_key(&check.name) {
                        self.red.insert(check.name.clone(), Instant::now());
                        changes.push(Change::Red(&check.name, reason));
                    }
                }
                None => {
                    if let Some(since) = self.red.remove(&check.name) {
                        changes.push(Change::Green(&check.name, since));
                    }
                }
            }
        }
        changes
    }

    /// That they differ is worth a line long before it makes us unfit.
    fn clock(&mut self, health: &Health, skew: Option<Skew>) {
        let Some(skew) = skew else { return };
        let skew_s = (skew.ahead() * 10.0).round() / 10.0;
        match skew.judge(health.0.clock_limit) {
            Clocks::Agree if self.clocks_differ => {
                self.clocks_differ = false;
                tracing::info!(skew_s, "the clocks agree again");
            }
            Clocks::Differ(words) | Clocks::Wrong(words) if !self.clocks_differ => {
                self.clocks_differ = true;
                tracing::warn!(skew_s, "{words}");
            }
            _ => {}
        }
    }
}

enum Change<'a> {
    Red(&'a str, &'a str),
    Green(&'a str, Instant),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_said_once() {
        let mut said = Said::default();
        let mut told = |reason: Option<&str>| {
            let checks = [Check::new("writes", reason.map(str::to_owned))];
            said.changes(&checks)
                .iter()
                .map(|change| match change {
                    Change::Red(name, reason) => format!("{name} red: {reason}"),
                    Change::Green(name, _) => format!("{name} green"),
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(told(None), [""; 0]);
        assert_eq!(told(Some("read-only")), ["writes red: read-only"]);
        assert_eq!(told(Some("read-only")), [""; 0]);
        assert_eq!(told(Some(super::super::UNKNOWN)), [""; 0]);
        assert_eq!(told(None), ["writes green"]);
        assert_eq!(told(None), [""; 0]);
    }
}
