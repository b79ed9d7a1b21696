//! What an operator chose last, to find it chosen again.

use kernel::Database;

use crate::Subject;

/// What is remembered of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// A new prospect is mailed the verification link at once.
    SendLinkAtOnce,
    /// The zone in which times are told, a word: its IANA name.
    TimeZone,
}

impl Preference {
    const fn name(self) -> &'static str {
        match self {
            Self::SendLinkAtOnce => "send_link_at_once",
            Self::TimeZone => "time_zone",
        }
    }
}

/// The operators' preferences. They decide nothing: what is done is what a form says.
#[derive(Debug, Clone)]
pub struct Preferences {
    pool: Database,
}

impl Preferences {
    /// Those in this database.
    #[must_use]
    pub fn new(pool: impl Into<Database>) -> Self {
        Self { pool: pool.into() }
    }

    /// Whether the operator chose it last; a program chooses nothing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_chosen(&self, who: &Subject, what: Preference) -> Result<bool, sqlx::Error> {
        let Subject::Operator { id, .. } = who else {
            return Ok(false);
        };
        let chosen = sqlx::query_scalar!(
            "SELECT chosen FROM operator_preferences WHERE operator_id = $1 AND name = $2",
            uuid::Uuid::from(*id),
            what.name(),
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(chosen.unwrap_or(false))
    }

    /// Remembers what the operator chose.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn remember(
        &self,
        who: &Subject,
        what: Preference,
        chosen: bool,
    ) -> Result<(), sqlx::Error> {
        let Subject::Operator { id, .. } = who else {
            return Ok(());
        };
        sqlx::query!(
            "INSERT INTO operator_preferences (operator_id, name, chosen) VALUES ($1, $2, $3)
             ON CONFLICT (operator_id, name) DO UPDATE SET chosen = EXCLUDED.chosen
             WHERE operator_preferences.chosen IS DISTINCT FROM EXCLUDED.chosen",
            uuid::Uuid::from(*id),
            what.name(),
            chosen,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The word that the operator chose last; none of a program.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn word(
        &self,
        who: &Subject,
        what: Preference,
    ) -> Result<Option<String>, sqlx::Error> {
        let Subject::Operator { id, .. } = who else {
            return Ok(None);
        };
        let word = sqlx::query_scalar!(
            "SELECT word FROM operator_preferences WHERE operator_id = $1 AND name = $2",
            uuid::Uuid::from(*id),
            what.name(),
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(word.flatten())
    }

    /// Remembers a word; a program chooses nothing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn remember_word(
        &self,
        who: &Subject,
        what: Preference,
        word: &str,
    ) -> Result<(), sqlx::Error> {
        let Subject::Operator { id, .. } = who else {
            return Ok(());
        };
        sqlx::query!(
            "INSERT INTO operator_preferences (operator_id, name, chosen, word) VALUES ($1, $2, true, $3)
             ON CONFLICT (operator_id, name) DO UPDATE SET word = EXCLUDED.word
             WHERE operator_preferences.word IS DISTINCT FROM EXCLUDED.word",
            uuid::Uuid::from(*id),
            what.name(),
            word,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
