use std::time::Duration;

use sumsub::Secret;
use url::Url;

/// How the simulator is set up.
#[derive(Clone, Debug)]
pub struct SimulatorConfig {
    /// Where its router is nested, as a browser reaches it: `http://127.0.0.1:7603/sumsub`. Verification links
    /// begin with it, and it is the base URL of the REST API.
    pub base_url: Url,
    /// The app token that REST calls have to carry. One that begins with `sbx:` may finish reviews by REST.
    pub app_token: Secret,
    /// The key that REST calls have to be signed with.
    pub secret_key: Secret,
    /// Where webhooks go.
    pub webhook_url: Url,
    /// The key that webhooks are signed with.
    pub webhook_secret: Secret,
    /// The levels that there are; any other is unknown.
    pub levels: Vec<Level>,
    /// Whether webhooks say `sandboxMode: true` also without the switch. Off, so that the way is production's.
    pub sandbox: bool,
    /// The pauses after each failed try of a webhook. After the last one it is given up until someone sends it
    /// again. (Sumsub: 5 minutes, 1 hour, 5 hours, 18 hours.)
    pub retries: Vec<Duration>,
    /// How long a webhook waits for its 2xx. (Sumsub: 5 seconds.)
    pub webhook_timeout: Duration,
}

/// A verification level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// The level's name.
    pub name: String,
    /// Whether companies go through it (KYB), not persons (KYC).
    pub company: bool,
}

impl Level {
    /// A level for persons.
    pub fn individual(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            company: false,
        }
    }

    /// A level for companies.
    pub fn company(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            company: true,
        }
    }
}

impl SimulatorConfig {
    /// With the levels `basic-kyc-level` and `basic-kyb-level`, not from the sandbox, a webhook tried again after
    /// 1, 5, 20 and 60 s, each try waiting 5 s.
    pub fn new(
        base_url: Url,
        app_token: Secret,
        secret_key: Secret,
        webhook_url: Url,
        webhook_secret: Secret,
    ) -> Self {
        Self {
            base_url,
            app_token,
            secret_key,
            webhook_url,
            webhook_secret,
            levels: vec![
                Level::individual("basic-kyc-level"),
                Level::company("basic-kyb-level"),
            ],
            sandbox: false,
            retries: [1, 5, 20, 60].map(Duration::from_secs).to_vec(),
            webhook_timeout: Duration::from_secs(5),
        }
    }

    pub(crate) fn level(&self, name: &str) -> Option<&Level> {
        self.levels.iter().find(|level| level.name == name)
    }

    /// The path that the router is nested under, without a slash at the end.
    pub(crate) fn prefix(&self) -> &str {
        self.base_url.path().trim_end_matches('/')
    }

    pub(crate) fn link_url(&self, token: &str) -> String {
        format!(
            "{}/link/{token}",
            self.base_url.as_str().trim_end_matches('/')
        )
    }
}
