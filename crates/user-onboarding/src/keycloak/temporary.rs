//! A temporary password as Keycloak keeps it, hashed by us.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use keycloak::types::CredentialRepresentation;
use rand::RngCore as _;
use sha2::Sha256;

use crate::TemporaryPassword;

/// 140 random bits need no slow hash; Keycloak's own guards the password that the person chooses.
const ITERATIONS: u32 = 1;
/// In bytes.
const SALT: usize = 16;
/// In bytes: what Keycloak's `pbkdf2-sha256` derives.
const KEY: usize = 64;

/// The credential that lets the person in once, to choose a password.
pub(super) fn credential(password: &TemporaryPassword) -> CredentialRepresentation {
    let (mut salt, mut key) = ([0; SALT], [0; KEY]);
    rand::rng().fill_bytes(&mut salt);
    pbkdf2::pbkdf2_hmac::<Sha256>(password.expose().as_bytes(), &salt, ITERATIONS, &mut key);
    let secret = serde_json::json!({"value": STANDARD.encode(key), "salt": STANDARD.encode(salt)});
    let how = serde_json::json!({"hashIterations": ITERATIONS, "algorithm": "pbkdf2-sha256"});
    CredentialRepresentation {
        type_: Some("password".to_owned()),
        temporary: Some(true),
        secret_data: Some(secret.to_string()),
        credential_data: Some(how.to_string()),
        ..CredentialRepresentation::default()
    }
}
