//! One client at one issuer: a person is sent to the provider, comes back with a code, and the code becomes an identity.

use std::sync::Arc;

use openidconnect::{
    AuthType, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId,
    ClientSecret, CsrfToken, LogoutRequest, Nonce, PkceCodeChallenge, PostLogoutRedirectUrl,
    RedirectUrl, SignatureVerificationError, TokenResponse as _, core,
};
use url::Url;

use crate::{
    config::OidcConfig,
    id_token::{self, OurClient, OurIdToken},
    logout_token::{self, Ended, LogoutTokenError},
    provider::{Away, Known, Provider},
    sign_in::{Attempt, Identity, OidcError},
};

/// A client at an issuer.
#[derive(Debug)]
pub struct RelyingParty {
    config: OidcConfig,
    provider: Provider,
}

impl RelyingParty {
    /// Asks nobody anything yet.
    #[must_use]
    pub fn new(config: OidcConfig) -> Self {
        let mut provider = Provider::new(config.issuer.clone(), config.http.clone());
        if let Some(inside) = &config.reached_at {
            provider = provider.reached_at(inside);
        }
        Self { config, provider }
    }

    /// Waits this long, and believes nothing that it heard before: for tests of a provider that comes and goes.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn with_patience(self, patience: std::time::Duration) -> Self {
        let http = self.config.http.clone();
        Self {
            provider: self.provider.with_patience(patience, http),
            ..self
        }
    }

    /// The issuer's address, as it was configured.
    #[must_use]
    pub fn issuer(&self) -> &Url {
        &self.config.issuer
    }

    /// Whether the provider answers at this moment. Cheap enough to ask for every look at a page: the answer is believed
    /// for two seconds, and takes no longer than that.
    pub async fn answers(&self) -> bool {
        self.provider.answers().await
    }

    /// Begins a sign-in: send the person to the address, and keep the attempt in their session. `next` is where they want
    /// to go afterwards.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn begin(&self, next: String) -> Result<(Url, Attempt), OidcError> {
        self.ask(next, &[]).await
    }

    /// As [`RelyingParty::begin`], but once signed in the person is asked there for a new password (Keycloak's
    /// *application initiated action*). What became of it stands in the answer as `kc_action_status`.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn begin_new_password(&self, next: String) -> Result<(Url, Attempt), OidcError> {
        self.ask(next, &[("kc_action", "UPDATE_PASSWORD")]).await
    }

    async fn ask(
        &self,
        next: String,
        more: &[(&'static str, &'static str)],
    ) -> Result<(Url, Attempt), OidcError> {
        let known = self.provider.known().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = self.client(&known);
        let request = client
            .authorize_url(
                AuthenticationFlow::<core::CoreResponseType>::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge);
        let (url, state, nonce) = more
            .iter()
            .fold(request, |request, (name, value)| {
                request.add_extra_param(*name, *value)
            })
            .url();
        Ok((url, Attempt::new(state, &nonce, verifier, next)))
    }

    /// Finishes a sign-in with the code that the person came back with; `issuer` is the answer's `iss`, when it has one.
    /// The caller has found the attempt by its state in the same session, and forgotten it there.
    ///
    /// # Errors
    /// One for each way in which it can go wrong.
    pub async fn finish(
        &self,
        attempt: Attempt,
        code: String,
        issuer: Option<&str>,
    ) -> Result<Identity, OidcError> {
        if attempt.is_over() {
            return Err(OidcError::TooLate);
        }
        self.check_issuer(issuer)?;
        let (verifier, nonce) = attempt.into_secrets();
        let known = self.provider.known().await?;
        let client = self.client(&known);
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|_| Away::Silent("it names no token endpoint".to_owned()))?
            .set_pkce_verifier(verifier)
            .request_async(self.provider.http())
            .await
            .map_err(id_token::refused)?;
        let given = tokens
            .id_token()
            .ok_or_else(|| OidcError::TokenRefused("there is none".to_owned()))?;
        match id_token::identity(&client, given, &nonce) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                let known = self.provider.newer_than(&known).await?;
                id_token::identity(&self.client(&known), given, &nonce)
            }
            looked_at => looked_at,
        }
        .map_err(|error| OidcError::TokenRefused(id_token::why(&error).to_owned()))
    }

    /// Whether an answer with this `iss` (RFC 9207) comes from whom we asked. None is fine.
    ///
    /// # Errors
    /// [`OidcError::WrongIssuer`].
    pub fn check_issuer(&self, issuer: Option<&str>) -> Result<(), OidcError> {
        match issuer {
            Some(issuer) if issuer != self.provider.issuer().as_str() => {
                Err(OidcError::WrongIssuer)
            }
            _ => Ok(()),
        }
    }

    /// Where to send a person whose session with us has ended, so that the one at the provider ends too. With their ID
    /// token the provider doesn't ask whether they mean it.
    ///
    /// # Errors
    /// When the provider does not answer, or offers no such thing.
    pub async fn sign_out_url(&self, id_token: Option<&str>) -> Result<Url, OidcError> {
        let known = self.provider.known().await?;
        let end_session = known
            .metadata
            .additional_metadata()
            .end_session_endpoint
            .clone()
            .ok_or_else(|| Away::Silent("it names no address for signing out".to_owned()))?;
        let signed_out = PostLogoutRedirectUrl::from_url(self.config.signed_out_uri.clone());
        let request = LogoutRequest::from(end_session)
            .set_client_id(self.client_id())
            .set_post_logout_redirect_uri(signed_out);
        let hint = id_token.and_then(|token| token.parse::<OurIdToken>().ok());
        Ok(match hint {
            Some(hint) => request.set_id_token_hint(&hint),
            None => request,
        }
        .http_get_url())
    }

    /// Reads what the provider sends to the back-channel logout address: whose sessions have ended.
    ///
    /// # Errors
    /// When it is no logout token of this issuer for this client, made just now; or the provider's keys can't be had.
    pub async fn ended(&self, logout_token: &str) -> Result<Ended, LogoutTokenError> {
        logout_token::read(&self.provider, &self.config.client_id, logout_token).await
    }

    fn client_id(&self) -> ClientId {
        ClientId::new(self.config.client_id.clone())
    }

    fn client(&self, known: &Arc<Known>) -> OurClient {
        OurClient::from_provider_metadata(
            known.metadata.clone(),
            self.client_id(),
            Some(ClientSecret::new(self.config.client_secret.clone())),
        )
        // Of a secret with a `+` or `%` in it, providers disagree on what the Basic header says.
        .set_auth_type(AuthType::RequestBody)
        .set_redirect_uri(RedirectUrl::from_url(self.config.redirect_uri.clone()))
    }
}
