//! Every metric there is. `docs/OPERATIONS.md` has the same table for people; tests hold both against the code.

/// How a metric moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only goes up.
    Counter,
    /// It is what it is now.
    Gauge,
    /// How often, and how long.
    Histogram,
}

use Kind::{Counter, Gauge, Histogram};

/// Name, kind, and what it says.
pub const METRICS: &[(&str, Kind, &str)] = &[
    ("usher_ready", Gauge, "1 when /health/ready is green."),
    (
        "usher_check_ok",
        Gauge,
        "1 when this check of /health/ready is green.",
    ),
    (
        "usher_loop_beat_age_seconds",
        Gauge,
        "How long ago a background loop got on.",
    ),
    (
        "usher_clock_skew_seconds",
        Gauge,
        "The database's clock minus this machine's.",
    ),
    (
        "usher_queue_depth",
        Gauge,
        "How many are due in a queue, 100,000 at most.",
    ),
    (
        "usher_queue_oldest_seconds",
        Gauge,
        "For how long the oldest in a queue is due.",
    ),
    (
        "usher_seal_age_seconds",
        Gauge,
        "How long the oldest audit entry that isn't sealed waits.",
    ),
    (
        "usher_needs_a_person",
        Gauge,
        "What waits for a person: raised items, and steps that no retry mends.",
    ),
    (
        "usher_steps_retrying",
        Gauge,
        "Steps that failed and are tried again later.",
    ),
    (
        "usher_step_attempts_total",
        Counter,
        "Attempts of provisioning steps, by what came of them.",
    ),
    (
        "usher_refresh_attempts_total",
        Counter,
        "Questions to Sumsub about somebody, by what came of them.",
    ),
    (
        "usher_dependency_up",
        Gauge,
        "1 when it answered when it was asked last.",
    ),
    (
        "usher_dependency_seconds",
        Histogram,
        "How long calls to it took.",
    ),
    (
        "usher_dependency_errors_total",
        Counter,
        "Calls to it that got no answer.",
    ),
    (
        "usher_pool_connections",
        Gauge,
        "Connections to the database, idle and in use.",
    ),
    (
        "usher_pool_connections_max",
        Gauge,
        "How many there may be.",
    ),
    (
        "usher_pool_acquire_seconds",
        Histogram,
        "How long whoever needs a connection waits, by a sample every few seconds.",
    ),
    (
        "usher_http_requests_total",
        Counter,
        "Requests, by route and status.",
    ),
    (
        "usher_http_request_seconds",
        Histogram,
        "How long answers took, by route.",
    ),
    (
        "usher_http_connections",
        Gauge,
        "Open connections of a listener.",
    ),
    (
        "usher_http_connections_cut_total",
        Counter,
        "Connections that were ended from our side.",
    ),
    (
        "usher_webhook_stored_total",
        Counter,
        "Webhooks that were stored and acknowledged.",
    ),
    (
        "usher_webhook_refused_total",
        Counter,
        "Webhooks with a wrong signature, or none.",
    ),
    (
        "usher_webhook_unreadable_total",
        Counter,
        "Webhooks that are signed and can't be read.",
    ),
    (
        "usher_webhook_unavailable_total",
        Counter,
        "Webhooks that could not be stored; Sumsub sends them again.",
    ),
];

/// Tells whoever scrapes them what they say.
pub fn describe() {
    for &(name, kind, words) in METRICS {
        match kind {
            Counter => metrics::describe_counter!(name, words),
            Gauge => metrics::describe_gauge!(name, words),
            Histogram => metrics::describe_histogram!(name, words),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    fn all() -> BTreeSet<String> {
        METRICS
            .iter()
            .map(|(name, ..)| (*name).to_owned())
            .collect()
    }

    /// The names that begin after `before`.
    fn named(text: &str, before: &str) -> BTreeSet<String> {
        text.match_indices(before)
            .filter_map(|(at, _)| {
                let rest = text[at + before.len()..].trim_start().strip_prefix('"');
                let rest = rest.unwrap_or(&text[at + before.len()..]);
                let name: String = rest
                    .chars()
                    .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                    .collect();
                name.starts_with("usher_").then_some(name)
            })
            .collect()
    }

    fn collect(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                for before in ["counter!(", "gauge!(", "histogram!("] {
                    found.extend(named(&text, before));
                }
            }
        }
    }

    #[test]
    fn the_table_is_what_the_code_counts() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut found = BTreeSet::new();
        for member in fs::read_dir(crates).unwrap() {
            let source = member.unwrap().path().join("src");
            if source.is_dir() {
                collect(&source, &mut found);
            }
        }
        assert_eq!(found, all());
    }

    #[test]
    fn the_table_is_what_people_read() {
        let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/OPERATIONS.md");
        let text = fs::read_to_string(document).unwrap();
        assert_eq!(named(&text, "\n| `"), all());
    }

    #[test]
    fn every_name_says_its_unit() {
        for (name, kind, _) in METRICS {
            assert_eq!(
                name.ends_with("_total"),
                *kind == Counter,
                "{name}: counters, and only they, end with _total"
            );
            assert!(*kind != Histogram || name.ends_with("_seconds"), "{name}");
        }
    }
}
