//! A verified callback, as the columns of its row.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};
use sumsub::webhook::{Callback, readable};
use uuid::Uuid;

use crate::kyc::observation::idempotency_key;

/// The longest type or answer that a column holds.
const LETTERS_AT_MOST: usize = 200;

/// A verified callback that is to be stored.
pub(super) struct IncomingCallback {
    pub(super) key: String,
    pub(super) body_sha256: [u8; 32],
    pub(super) body: String,
    /// The bytes, when the text is not the same.
    pub(super) raw: Option<Vec<u8>>,
    pub(super) callback_type: Option<String>,
    pub(super) answer: Option<String>,
    pub(super) applicant_id: Option<String>,
    pub(super) external_user_id: Option<String>,
    pub(super) subject: String,
}

impl IncomingCallback {
    pub(super) fn new(callback: &Callback, bytes: Vec<u8>) -> Self {
        let key = idempotency_key(callback, &bytes);
        let body_sha256 = Sha256::digest(&bytes).into();
        let (body, raw) = match readable(&bytes) {
            Cow::Borrowed(text) if text.len() == bytes.len() => (text.to_owned(), None),
            text => (text.into_owned(), Some(bytes)),
        };
        let name = callback.external_user_id.clone();
        let spelled = name.as_deref().and_then(|name| Uuid::parse_str(name).ok());
        let subject = spelled
            .map(|id| id.to_string())
            .or_else(|| name.clone())
            .or_else(|| callback.applicant_id.clone())
            .unwrap_or_else(|| key.clone());
        let short = |text: &Option<String>| {
            text.as_ref()
                .map(|text| text.chars().take(LETTERS_AT_MOST).collect())
        };
        IncomingCallback {
            key,
            body_sha256,
            body,
            raw,
            callback_type: short(&callback.type_),
            answer: short(
                &callback
                    .review_result
                    .as_ref()
                    .and_then(|r| r.review_answer.clone()),
            ),
            applicant_id: callback.applicant_id.clone(),
            external_user_id: name,
            subject,
        }
    }

    /// Without what is read of the body: for one that the database refuses, for a reason that nobody thought of. It is
    /// judged by its body all the same.
    pub(super) fn without_parsed_fields(self) -> Self {
        let key = format!("sha256:{}", hex::encode(self.body_sha256));
        IncomingCallback {
            body: self.body.replace('\0', "\u{fffd}"),
            subject: key.clone(),
            key,
            callback_type: None,
            answer: None,
            applicant_id: None,
            external_user_id: None,
            ..self
        }
    }
}
