//! Logs to stderr, metrics for the ops listener.

use std::io::IsTerminal as _;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::{config::LogFormat, failure::Failure, metrics_table};

/// The family and the HTTP stack are chatty at info; name one in `log.level` to hear it.
const QUIET: &[&str] = &[
    "sqlx",
    "job",
    "obix",
    "es_entity",
    "cala_ledger",
    "hyper",
    "reqwest",
    "rustls",
];

/// Lines that wait for a slow reader; what is more is lost rather than waited for.
const LINES_WAITING: usize = 10_000;

/// The running log. Dropped last, so that the last lines are written.
#[must_use]
pub struct Log {
    _writer: WorkerGuard,
}

/// Starts the log. Whoever reads it may go away, or stop reading: a thread of its own writes, so that no request ever waits
/// for the reader, nor fails with it.
///
/// # Errors
/// When the process has one already.
pub fn start_log(format: LogFormat, level: &str) -> Result<Log, Failure> {
    let mut directives = level.to_owned();
    for part in QUIET {
        if !level.contains(part) {
            directives.push_str(&format!(",{part}=warn"));
        }
    }
    // A sweeping `error` or `off` is meant for all of them.
    let filter = EnvFilter::new(if matches!(level, "off" | "error") {
        level
    } else {
        &directives
    });
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(LINES_WAITING)
        .thread_name("log")
        .finish(std::io::stderr());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // It would say on standard error that standard error can't be written to, and panic.
        .log_internal_errors(false)
        .with_writer(writer);
    let started = match format {
        LogFormat::Text => builder
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| Failure::other(format!("The log can't be started: {error}.")))?;
    Ok(Log { _writer: guard })
}

/// Starts the collection of metrics; the handle renders them.
///
/// # Errors
/// When the process has one already.
pub fn start_metrics() -> Result<PrometheusHandle, Failure> {
    let seconds = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
    ];
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|error| Failure::other(format!("Metrics can't be collected: {error}.")))?;
    metrics_table::describe();
    Ok(handle)
}
