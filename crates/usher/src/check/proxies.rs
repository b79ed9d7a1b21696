//! Whose forwarded headers count.

use ipnet::IpNet;

use super::{Findings, Weight};
use crate::config::Loaded;

const WHAT: &str = "trusted proxies";

/// Nobody may be trusted who could be anybody; and who has a proxy has to name it.
pub fn look(loaded: &Loaded, findings: &mut Findings) {
    let config = &loaded.config;
    if loaded.problems.concern(&["trusted_proxies"]) {
        return;
    }
    let networks = config
        .trusted_proxies
        .iter()
        .filter_map(|entry| Some((entry, entry.parse::<IpNet>().ok()?)));
    let mut fine = true;
    for (entry, network) in networks {
        let (shortest, usual) = match network {
            IpNet::V4(_) => (1, 8),
            IpNet::V6(_) => (1, 16),
        };
        if network.prefix_len() < shortest {
            fine = false;
            findings.add(
                WHAT,
                Weight::Wrong,
                format!(
                    "trusted_proxies holds {entry}, which is everybody: anyone could claim any address, and no limit on guessing \
                     passwords would hold; list the addresses of your proxies"
                ),
            );
        } else if network.prefix_len() < usual {
            fine = false;
            findings.add(
                WHAT,
                Weight::Warning,
                format!("trusted_proxies holds {entry}, a very large network: list the addresses of your proxies"),
            );
        }
    }
    let behind_one = [&config.admin.url, &config.public.url]
        .into_iter()
        .flatten()
        .any(|url| url.scheme() == "https");
    if behind_one && config.trusted_proxies.is_empty() {
        fine = false;
        findings.add(
            WHAT,
            Weight::Warning,
            "admin.url or public.url is https, so a proxy stands in front, but trusted_proxies is empty: all people would have the \
             proxy's address, and share its limits; list the proxy's address",
        );
    }
    if fine {
        findings.ok(WHAT);
    }
}
