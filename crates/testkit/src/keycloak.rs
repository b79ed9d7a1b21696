//! Realms of one's own on the real Keycloak that `make test` starts.

use std::{
    env,
    time::{Duration, Instant},
};

use url::Url;

/// It was started with the tests and may still be building itself.
const START_AT_MOST: Duration = Duration::from_secs(300);

/// A Keycloak, and names for two realms that nobody else uses.
pub struct TestKeycloak {
    /// Where it is.
    pub url: Url,
    /// A realm for operators; not made yet.
    pub internal_realm: String,
    /// A realm for customers; not made yet.
    pub customer_realm: String,
}

/// The name and the password of its administrator.
pub const ADMINISTRATOR: &str = "admin";

/// Waits until it answers.
///
/// # Panics
/// When `USHER_TEST_KEYCLOAK_URL` is missing, or nobody answers there.
#[expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test without its Keycloak has to stop"
)]
pub async fn keycloak() -> TestKeycloak {
    let Ok(url) = env::var("USHER_TEST_KEYCLOAK_URL") else {
        panic!(
            "USHER_TEST_KEYCLOAK_URL is not set: run `make test`, or `scripts/with-keycloak.sh scripts/with-postgres.sh cargo test …`"
        );
    };
    let url: Url = url.parse().expect("USHER_TEST_KEYCLOAK_URL is no URL");
    let client = reqwest::Client::new();
    let master = url.join("realms/master").expect("a path");
    let begun = Instant::now();
    while !client
        .get(master.clone())
        .send()
        .await
        .is_ok_and(|answer| answer.status().is_success())
    {
        assert!(
            begun.elapsed() < START_AT_MOST,
            "the Keycloak of USHER_TEST_KEYCLOAK_URL does not answer"
        );
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let id = uuid::Uuid::new_v4().simple().to_string();
    TestKeycloak {
        url,
        internal_realm: format!("internal-{id}"),
        customer_realm: format!("customers-{id}"),
    }
}
