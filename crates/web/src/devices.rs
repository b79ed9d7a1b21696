//! Browsers from which somebody has signed in before: a random cookie, of which only a digest together with the account is kept.
//! It opens nothing. It says whose attempts at signing in count apart from those of strangers.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::Database;
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};
use tower_sessions::cookie::{Cookie, SameSite, time};

use crate::{config::WebConfig, error_page::PageError, site::Site, throttle::account};

/// A browser that isn't used for so long is forgotten.
const DAYS: i64 = 180;
const RANDOM_BYTES: usize = 32;

/// A browser that an account has signed in from: the digest of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownDevice(pub(crate) [u8; 32]);

/// The known browsers of one site.
#[derive(Clone)]
pub struct Devices {
    pool: Database,
    site: Site,
    secure: bool,
}

/// What the browser is to keep, on its way out: it is set after the session's cookie.
#[derive(Clone)]
struct ToKeep(HeaderValue);

impl Devices {
    /// Those of this site.
    #[must_use]
    pub fn new(pool: impl Into<Database>, site: Site, config: &WebConfig) -> Self {
        let pool = pool.into();
        Self {
            pool,
            site,
            secure: site.is_secure(config),
        }
    }

    /// The browser that sends these headers, if this account has signed in from it before.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn known(
        &self,
        headers: &HeaderMap,
        email: &str,
    ) -> Result<Option<KnownDevice>, PageError> {
        let Some(random) = self.random(headers) else {
            return Ok(None);
        };
        let digest = self.digest(&random, email);
        let known = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM known_devices WHERE digest = $1) AS "known!""#,
            &digest[..],
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(known.then_some(KnownDevice(digest)))
    }

    /// The account has signed in with the browser that sent these headers: the answer tells it to keep the cookie.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn remember(
        &self,
        headers: &HeaderMap,
        email: &str,
        response: &mut Response,
    ) -> Result<(), PageError> {
        let random = self.random(headers).unwrap_or_else(|| {
            let mut random = [0_u8; RANDOM_BYTES];
            rand::rng().fill_bytes(&mut random);
            BASE64_URL_SAFE_NO_PAD.encode(random)
        });
        let digest = self.digest(&random, email);
        sqlx::query!(
            "INSERT INTO known_devices (digest) VALUES ($1) ON CONFLICT (digest) DO UPDATE SET seen_at = now()",
            &digest[..],
        )
        .execute(&self.pool)
        .await?;
        let cookie = Cookie::build((self.site.device_cookie(self.secure), random))
            .http_only(true)
            .same_site(SameSite::Lax)
            .path("/")
            .secure(self.secure)
            .max_age(time::Duration::days(DAYS))
            .build();
        if let Ok(value) = HeaderValue::try_from(cookie.to_string()) {
            response.extensions_mut().insert(ToKeep(value));
        }
        Ok(())
    }

    /// What the cookie holds, if it can be one of ours.
    fn random(&self, headers: &HeaderMap) -> Option<String> {
        let name = self.site.device_cookie(self.secure);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(Cookie::split_parse)
            .filter_map(Result::ok)
            .find(|cookie| cookie.name() == name)
            .map(|cookie| cookie.value().to_owned())
            .filter(|random| {
                let bytes = BASE64_URL_SAFE_NO_PAD.decode(random);
                bytes.is_ok_and(|bytes| bytes.len() == RANDOM_BYTES)
            })
    }

    fn digest(&self, random: &str, email: &str) -> [u8; 32] {
        Sha256::digest(format!("{} {random} {}", self.site.name(), account(email))).into()
    }
}

/// Forgets browsers that nobody has used for as long as the cookie lasts.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_old(pool: &Database) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM known_devices WHERE seen_at < now() - make_interval(days => 180)")
        .execute(pool)
        .await?;
    Ok(())
}

/// Sets the cookie behind the session's.
pub async fn set_cookie(mut response: Response) -> Response {
    if let Some(ToKeep(value)) = response.extensions_mut().remove::<ToKeep>() {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}
