//! What a client has to be told.

use std::fmt;

use url::Url;

/// What a client has to know about itself and its issuer.
#[derive(Clone)]
pub struct OidcConfig {
    /// The issuer, for example `https://login.bank.example/realms/usher-internal`. Compared to the letter.
    pub issuer: Url,
    /// Where we ask it, when that isn't where browsers find it: what is below the issuer's address is asked for below this
    /// one.
    pub reached_at: Option<Url>,
    /// Who we are there.
    pub client_id: String,
    /// What proves it.
    pub client_secret: String,
    /// Where people come back to with a code.
    pub redirect_uri: Url,
    /// Where people come back to after signing out.
    pub signed_out_uri: Url,
    /// Every call takes at most 5 seconds, whatever the client says. Give one that follows no redirects.
    pub http: reqwest::Client,
}

impl fmt::Debug for OidcConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcConfig")
            .field("issuer", &self.issuer.as_str())
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri.as_str())
            .field("signed_out_uri", &self.signed_out_uri.as_str())
            .finish_non_exhaustive()
    }
}
