//! Lengths of time that don't go together.

use std::time::Duration;

use super::{Findings, Weight};
use crate::config::Loaded;

/// A shorter time-out ends calls that are well.
const SHORTEST: Duration = Duration::from_secs(1);
/// As `drop_old_outbox_events` has it.
const SHORTEST_EVENTS: Duration = Duration::from_secs(7 * 24 * 3600);
/// A loop that got on with nothing for a minute makes the process unready (`loops.rs`).
const LONGEST: Duration = Duration::from_secs(50);

/// Time-outs that can't work, and a sweep that contradicts itself.
pub fn look(loaded: &Loaded, findings: &mut Findings) {
    let config = &loaded.config;
    let sweep = &config.sumsub.sweep;
    let mut wrong = Vec::new();
    if sweep.prospects_after > sweep.prospects_at_most {
        wrong.push(format!(
            "sumsub.sweep.prospects_after ({}) is longer than sumsub.sweep.prospects_at_most ({}): the second is the longest pause, \
             raise it or lower the first",
            humantime::format_duration(sweep.prospects_after),
            humantime::format_duration(sweep.prospects_at_most),
        ));
    }
    let shutdown = &config.shutdown;
    if shutdown.delay >= shutdown.limit {
        wrong.push(format!(
            "shutdown.delay ({}) leaves nothing of shutdown.limit ({}) for what is to end: raise the limit or lower the delay",
            humantime::format_duration(shutdown.delay),
            humantime::format_duration(shutdown.limit),
        ));
    }
    findings.all("lengths of time go together", Weight::Wrong, wrong);
    if config.retention.years == 0 {
        findings.add(
            "retention.years",
            Weight::Warning,
            "retention.years is 0: personal data may be erased the moment a record is closed; the law asks to keep it for some years",
        );
    }
    if config.retention.events < SHORTEST_EVENTS {
        findings.add(
            "retention.events",
            Weight::Warning,
            format!(
                "retention.events is {}: events are kept for a week whatever it says; use 7d or more",
                humantime::format_duration(config.retention.events),
            ),
        );
    }
    for (name, length) in [
        ("sumsub.timeout", config.sumsub.timeout),
        ("smtp.timeout", config.smtp.timeout),
        (
            "identity.keycloak.timeout",
            config.identity.keycloak.timeout,
        ),
    ] {
        let shown = humantime::format_duration(length);
        if length < SHORTEST {
            findings.add(
                name,
                Weight::Warning,
                format!(
                    "{name} is {shown}: calls that are well would be given up; use a second or more"
                ),
            );
        } else if length > LONGEST {
            findings.add(
                name,
                Weight::Warning,
                format!("{name} is {shown}: work that waits so long counts as stuck; use 50 seconds at most"),
            );
        }
    }
}
