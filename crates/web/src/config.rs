//! What the two sites have to know of the world around them.

use std::{net::IpAddr, time::Duration};

use ipnet::IpNet;
use url::Url;

use crate::applicant_page::ApplicantPage;

/// Settings of the panel and the portal.
#[derive(Clone, Debug)]
pub struct WebConfig {
    /// Where browsers find the panel. Its origin is what `Origin` is compared with, so with port 0
    /// bind first, then build the router.
    pub admin_url: Url,
    /// Where browsers find the portal.
    pub public_url: Url,
    /// Whose `X-Forwarded-For` counts.
    pub trusted_proxies: TrustedProxies,
    /// A session of either site ends after this long without a request.
    pub session_idle: Duration,
    /// An operator's session ends this long after signing in, used or not.
    pub admin_session_max: Duration,
    /// A customer's session ends this long after signing in, used or not.
    pub portal_session_max: Duration,
    /// Whom a customer is told to write to.
    pub contact_email: String,
    /// The bank's name, for whoever follows a verification link.
    pub bank_name: String,
    /// Where an applicant's page is in Sumsub's dashboard. `None` shows the id without a link.
    pub applicant_page: Option<ApplicantPage>,
    /// Whether a built-in operator without a second factor may do nothing but set one up.
    pub require_second_factor: bool,
}

impl WebConfig {
    /// The defaults: a session ends after 30 minutes without a request, and after 8 hours in any case.
    #[must_use]
    pub fn new(admin_url: Url, public_url: Url, contact_email: impl Into<String>) -> Self {
        Self {
            admin_url,
            public_url,
            trusted_proxies: TrustedProxies::default(),
            session_idle: Duration::from_secs(30 * 60),
            admin_session_max: Duration::from_secs(8 * 60 * 60),
            portal_session_max: Duration::from_secs(8 * 60 * 60),
            contact_email: contact_email.into(),
            bank_name: "Customer portal".to_owned(),
            applicant_page: None,
            require_second_factor: false,
        }
    }
}

/// The networks whose forwarded headers count.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

/// An entry of `trusted_proxies` is neither an address nor a network.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an IP address or network; write for example 10.0.0.7 or 10.0.0.0/8")]
pub struct BadProxy(pub String);

impl TrustedProxies {
    /// Reads addresses (`10.0.0.7`) and networks (`10.0.0.0/8`).
    ///
    /// # Errors
    /// Names the first entry that is neither.
    pub fn parse<S: AsRef<str>>(entries: &[S]) -> Result<Self, BadProxy> {
        entries
            .iter()
            .map(|entry| {
                let entry = entry.as_ref().trim();
                entry
                    .parse::<IpNet>()
                    .or_else(|_| entry.parse::<IpAddr>().map(IpNet::from))
                    .map_err(|_| BadProxy(entry.to_owned()))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether the address belongs to one of our proxies.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}
