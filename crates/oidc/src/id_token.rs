//! What an ID token is worth, and what is wrong with one that isn't.

use chrono::TimeDelta;
use openidconnect::{
    AdditionalClaims, ClaimsVerificationError, Client, EmptyExtraTokenFields, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IdToken, IdTokenFields, Nonce, RequestTokenError,
    StandardErrorResponse, StandardTokenResponse, core,
};
use serde::{Deserialize, Serialize};

use crate::{
    http::HttpError,
    provider::Away,
    sign_in::{Identity, OidcError},
};

/// How far the provider's clock may be ahead of ours.
const AHEAD: TimeDelta = TimeDelta::minutes(1);
/// An ID token comes fresh from the provider's own hands.
const OLDEST: TimeDelta = TimeDelta::minutes(5);

/// The claims beyond the standard's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OurClaims {
    sid: Option<String>,
    #[serde(rename = "customerId")]
    customer_id: Option<String>,
}

impl AdditionalClaims for OurClaims {}

/// An ID token with these.
pub(crate) type OurIdToken = IdToken<
    OurClaims,
    core::CoreGenderClaim,
    core::CoreJweContentEncryptionAlgorithm,
    core::CoreJwsSigningAlgorithm,
>;

pub(crate) type OurFields = IdTokenFields<
    OurClaims,
    EmptyExtraTokenFields,
    core::CoreGenderClaim,
    core::CoreJweContentEncryptionAlgorithm,
    core::CoreJwsSigningAlgorithm,
>;

/// A client whose ID tokens have these.
pub(crate) type OurClient = Client<
    OurClaims,
    core::CoreAuthDisplay,
    core::CoreGenderClaim,
    core::CoreJweContentEncryptionAlgorithm,
    core::CoreJsonWebKey,
    core::CoreAuthPrompt,
    StandardErrorResponse<core::CoreErrorResponseType>,
    StandardTokenResponse<OurFields, core::CoreTokenType>,
    core::CoreTokenIntrospectionResponse,
    core::CoreRevocableToken,
    core::CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Whose token it is, once it is found to be the provider's, for this client, of this attempt and made just now.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn identity(
    client: &OurClient,
    id_token: &OurIdToken,
    nonce: &Nonce,
) -> Result<Identity, ClaimsVerificationError> {
    let verifier = client
        .id_token_verifier()
        // The provider's own list has HS256 on it.
        .set_allowed_algs([core::CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256])
        .set_time_fn(clock::unmoved)
        .set_issue_time_verifier_fn(|issued_at| {
            let age = clock::unmoved() - issued_at;
            if age > OLDEST || age < -AHEAD {
                Err("it was not made just now".to_owned())
            } else {
                Ok(())
            }
        });
    let claims = id_token.claims(&verifier, nonce)?;
    let sub = claims
        .subject()
        .parse()
        .map_err(|_| ClaimsVerificationError::InvalidSubject("no UUID".to_owned()))?;
    let ours = claims.additional_claims();
    Ok(Identity {
        sub,
        session: ours.sid.clone(),
        customer_id: ours.customer_id.as_deref().and_then(|id| id.parse().ok()),
        email: claims.email().map(|email| email.to_string()),
        preferred_username: claims.preferred_username().map(|name| name.to_string()),
        id_token: id_token.to_string(),
    })
}

/// Why the provider gave no tokens for a code.
pub(crate) type CodeError =
    RequestTokenError<HttpError, StandardErrorResponse<core::CoreErrorResponseType>>;

/// The same, as the person who signs in is told.
pub(crate) fn refused(error: CodeError) -> OidcError {
    match error {
        RequestTokenError::ServerResponse(response) => {
            let error = response.error();
            match error {
                core::CoreErrorResponseType::InvalidClient
                | core::CoreErrorResponseType::UnauthorizedClient => {
                    OidcError::ClientRefused(error.to_string())
                }
                _ => OidcError::CodeRefused(error.to_string()),
            }
        }
        RequestTokenError::Request(error) => Away::Silent(error.to_string()).into(),
        // What stands next to the error is the whole answer, tokens and all.
        RequestTokenError::Parse(_, _) | RequestTokenError::Other(_) => {
            OidcError::TokenRefused("it can't be read".to_owned())
        }
    }
}

/// Words without anything of the token.
pub(crate) fn why(error: &ClaimsVerificationError) -> &'static str {
    match error {
        ClaimsVerificationError::Expired(_) => "it has ended, or was not made just now",
        ClaimsVerificationError::InvalidAudience(_) => "it is for somebody else",
        ClaimsVerificationError::InvalidIssuer(_) => "it has another issuer",
        ClaimsVerificationError::InvalidNonce(_) => "it is from another sign-in",
        ClaimsVerificationError::InvalidSubject(_) => "its subject is no UUID",
        ClaimsVerificationError::SignatureVerification(_) => "its signature is not right",
        _ => "it is not what was asked for",
    }
}
