/// 24 hex digits, as Sumsub's ids have.
pub(crate) fn new_id() -> String {
    hex::encode(rand::random::<[u8; 12]>())
}

/// A link's token: it opens the applicant's page, so it can't be guessed.
pub(crate) fn new_token() -> String {
    format!("wsl_{}", hex::encode(rand::random::<[u8; 16]>()))
}
