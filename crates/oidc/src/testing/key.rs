//! Keys, and everything that can be signed with them. Not with the library that is under test.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::{
    digest, hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

// One is slow to make.
static KEYS: [LazyLock<Arc<Key>>; 4] = [
    LazyLock::new(|| Key::generate("first")),
    LazyLock::new(|| Key::generate("second")),
    LazyLock::new(|| Key::generate("for-encryption")),
    LazyLock::new(|| Key::generate("a-strangers")),
];

/// An RSA key with a name.
pub struct Key {
    name: &'static str,
    pair: RsaKeyPair,
}

impl Key {
    fn generate(name: &'static str) -> Arc<Self> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        Arc::new(Self { name, pair })
    }

    /// The provider's first key, its second, and one for encryption; shared by all tests.
    #[must_use]
    pub fn nth(n: usize) -> Arc<Self> {
        Arc::clone(&KEYS[n])
    }

    /// A key that no provider has.
    #[must_use]
    pub fn strangers() -> Arc<Self> {
        Self::nth(3)
    }

    /// The public half, as JWK.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let public = self.pair.public_key();
        let number = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.name,
            "n": number(public.modulus().big_endian_without_leading_zero()),
            "e": number(public.exponent().big_endian_without_leading_zero()),
        })
    }

    /// Signs claims as a provider does.
    ///
    /// # Panics
    /// Never with these keys.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(self.name, claims)
    }

    /// Signs claims under the name of another key.
    ///
    /// # Panics
    /// Never with these keys.
    #[must_use]
    pub fn sign_as(&self, name: &str, claims: &Value) -> String {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": name });
        let message = message(&header, claims);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .unwrap();
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    /// Claims "signed" by HMAC with what everybody knows: the public key.
    #[must_use]
    pub fn hmac_with_the_public_half(&self, claims: &Value) -> String {
        self.hmac(self.pair.public_key().as_ref(), claims)
    }

    /// Claims signed by HMAC with a secret.
    #[must_use]
    pub fn hmac(&self, secret: &[u8], claims: &Value) -> String {
        let header = json!({ "alg": "HS256", "typ": "JWT", "kid": self.name });
        let message = message(&header, claims);
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let tag = hmac::sign(&key, message.as_bytes());
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
    }

    /// Claims that nobody signed.
    #[must_use]
    pub fn unsigned(&self, claims: &Value) -> String {
        let header = json!({ "alg": "none", "typ": "JWT", "kid": self.name });
        format!("{}.", message(&header, claims))
    }
}

fn message(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// The challenge of a verifier (PKCE, S256).
pub fn challenge(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}
