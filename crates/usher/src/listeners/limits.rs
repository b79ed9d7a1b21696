//! What a listener puts up with.

use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use web::TrustedProxies;

use crate::{config::Config, failure::Failure};

/// Files that a process opens beside its listeners' connections: to the database, Sumsub, the mail server, logs.
const OTHER_FILES: u64 = 256;

/// How slow and how many the clients of one listener may be.
#[derive(Clone, Debug)]
pub struct Limits {
    /// For the head of a request.
    pub head: Duration,
    /// For the body of a request.
    pub body: Duration,
    /// For a connection on which nothing moves.
    pub idle: Duration,
    /// Connections at the same time.
    pub connections: usize,
    /// Of them from one address.
    pub per_address: usize,
    /// Any number of connections may come from these.
    pub proxies: TrustedProxies,
}

impl Limits {
    /// Those that are configured, for each of so many listeners of this process, as far as it may open files.
    ///
    /// # Errors
    /// When `trusted_proxies` holds what is no address.
    pub fn of(config: &Config, listeners: u64) -> Result<Self, Failure> {
        let http = &config.http;
        let proxies = TrustedProxies::parse(&config.trusted_proxies)
            .map_err(|error| Failure::configuration(format!("trusted_proxies: {error}.")))?;
        let wanted = u64::from(http.max_connections.get());
        let files = most_open_files();
        let room = files.saturating_sub(OTHER_FILES) / listeners.max(1);
        if room < wanted {
            tracing::warn!(
                wanted,
                room,
                files,
                "this process may open too few files for http.max_connections: raise the limit (ulimit -n, LimitNOFILE=) or lower that key"
            );
        }
        let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        Ok(Self {
            head: http.header_timeout,
            body: http.body_timeout,
            idle: http.idle_timeout,
            connections: count(wanted.min(room).max(1)),
            per_address: count(http.max_connections_per_address.get().into()),
            proxies,
        })
    }
}

/// How many files this process may open. The soft limit is often 1,024, which is meant for programs that can't do with more:
/// it is raised to the hard one.
fn most_open_files() -> u64 {
    match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((_, hard)) if setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok() => hard,
        Ok((soft, _)) => soft,
        Err(_) => 1024,
    }
}
