use std::time::Duration;

use url::Url;

use crate::Secret;

/// How to reach Sumsub.
#[derive(Clone, Debug)]
pub struct SumsubConfig {
    /// `https://api.sumsub.com`, or the simulator's. A path in it goes before each call's and is signed with it.
    pub base_url: Url,
    /// The app token; one from the sandbox begins with `sbx:`.
    pub app_token: Secret,
    /// The key that requests are signed with.
    pub secret_key: Secret,
    /// How long one try may take.
    pub timeout: Duration,
    /// How often a call is tried, the first time included.
    pub tries: u32,
    /// The pause before the second try; each further one is twice as long.
    pub first_pause: Duration,
    /// The longest pause, also when Sumsub asks for a longer one.
    pub longest_pause: Duration,
    /// How long a call may take in all.
    pub deadline: Duration,
}

impl SumsubConfig {
    /// With 10 s for a try, 4 tries, pauses from 300 ms to 10 s, and 30 s in all: an operator waits for it.
    pub fn new(base_url: Url, app_token: Secret, secret_key: Secret) -> Self {
        Self {
            base_url,
            app_token,
            secret_key,
            timeout: Duration::from_secs(10),
            tries: 4,
            first_pause: Duration::from_millis(300),
            longest_pause: Duration::from_secs(10),
            deadline: Duration::from_secs(30),
        }
    }
}
