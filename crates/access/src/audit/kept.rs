//! A seal that somebody kept outside of the database: who makes the whole chain anew can't change that.

use std::str::FromStr;

use sqlx::PgPool;

use super::verify::AuditFinding;
use crate::AccessError;

/// A seal's number and hash, as the doctor and the servers' log say them: `12:9f86d0…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSeal {
    number: i64,
    hash: Vec<u8>,
}

/// Not what a seal looks like.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no seal: give its number, a colon and its hash of 64 hexadecimal digits, as `usher doctor` prints them"
)]
pub struct NotASeal(String);

impl FromStr for KeptSeal {
    type Err = NotASeal;

    fn from_str(text: &str) -> Result<Self, NotASeal> {
        let seal = || {
            let (number, hash) = text.trim().split_once(':')?;
            let number = number.trim().parse().ok().filter(|number| *number > 0)?;
            let hash = hex::decode(hash.trim())
                .ok()
                .filter(|hash| hash.len() == 32)?;
            Some(Self { number, hash })
        };
        seal().ok_or_else(|| NotASeal(text.to_owned()))
    }
}

impl KeptSeal {
    /// What is wrong with the chain in the database by this seal; nothing when it has the same.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn compare(&self, pool: &PgPool) -> Result<Option<AuditFinding>, AccessError> {
        let seal = self.number;
        let hash = sqlx::query_scalar!("SELECT hash FROM audit_seals WHERE number = $1", seal)
            .fetch_optional(pool)
            .await?;
        Ok(match hash {
            None => Some(AuditFinding::KeptSealMissing { seal }),
            Some(hash) if hash != self.hash => Some(AuditFinding::NotTheKeptSeal { seal }),
            Some(_) => None,
        })
    }
}
