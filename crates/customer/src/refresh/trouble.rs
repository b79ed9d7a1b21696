//! Sumsub could not be asked about somebody: that is said at the record, and raised when asking again doesn't mend it.

use chrono::{DateTime, Utc};
use kernel::Error;
use sqlx::PgPool;
use sumsub::SumsubError;
use uuid::Uuid;

use crate::{
    onboarding::Onboarding,
    primitives::ProspectId,
    raised::{Cause, RaisedCause},
};

/// What is said at a record whose applicant Sumsub has no more.
pub(super) fn gone() -> String {
    format!("{}.", RaisedCause::from(Cause::ApplicantGone))
}

/// Why a record is not refreshed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshTrouble {
    /// What happened and what to do.
    pub words: String,
    /// How often it was asked in vain.
    pub failures: i32,
    /// When it was asked last.
    pub last_at: Option<DateTime<Utc>>,
    /// When it is asked next.
    pub next_at: DateTime<Utc>,
}

/// What a person has to see to.
pub(super) struct RaisedTrouble {
    cause: RaisedCause,
    fact: String,
    /// Whoever has resolved it knows of it: it isn't raised again.
    once: bool,
}

impl RaisedTrouble {
    /// What comes of it that Sumsub refused; none when it passes.
    pub(super) fn from_refusal(error: &Error, prospect: ProspectId) -> Option<Self> {
        let Some(SumsubError::Rejected { status, .. }) = error.cause() else {
            return None;
        };
        // Whoever is asked about, these are about us: raised at the first record only.
        let ours = |mend: &str| Self {
            cause: Cause::SumsubRefusesAll.about(&[&status.to_string(), mend]),
            fact: format!("sumsub:{status}"),
            once: false,
        };
        Some(match status {
            401 => ours(
                "check sumsub.app_token, sumsub.secret_key and the clock of the database's machine",
            ),
            403 => ours("give the app token the permission for this in Sumsub's dashboard"),
            404 => ours("check that sumsub.base_url leads to Sumsub's API"),
            _ => Self {
                cause: Cause::SumsubRefusesRecord.about(&[&status.to_string()]),
                fact: format!("sumsub:{status}:{prospect}"),
                once: true,
            },
        })
    }

    /// Sumsub has this record's applicant no more.
    pub(super) fn gone(prospect: ProspectId) -> Self {
        Self {
            cause: Cause::ApplicantGone.into(),
            fact: format!("sumsub:gone:{prospect}"),
            once: true,
        }
    }

    pub(super) async fn write(
        &self,
        pool: &PgPool,
        prospect: ProspectId,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            r#"
            INSERT INTO raised (cause, cause_name, prospect_id, fact_key)
            SELECT $1, $5, $2, $3 WHERE NOT EXISTS (
                SELECT FROM raised WHERE fact_key = $3 AND ($4 OR resolved_at IS NULL))
            ON CONFLICT (fact_key) WHERE fact_key IS NOT NULL AND resolved_at IS NULL DO NOTHING
            "#,
            self.cause.words(),
            Uuid::from(prospect),
            self.fact,
            self.once,
            self.cause.cause.name(),
        )
        .execute(pool)
        .await?;
        Ok(())
    }
}

/// Whether an applicant is on record that nobody told us was deleted.
pub(super) async fn has_applicant(
    pool: &PgPool,
    prospect: ProspectId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM prospects JOIN applicants USING (applicant_id)
            WHERE prospects.id = $1 AND applicants.deleted_at IS NULL) AS "has!"
        "#,
        Uuid::from(prospect),
    )
    .fetch_one(pool)
    .await
}

/// Writes down what came of asking out of turn: none when Sumsub answered.
pub(super) async fn record(
    pool: &PgPool,
    prospect: ProspectId,
    words: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE refreshes SET last_error = $2, failures = CASE WHEN $2::text IS NULL THEN 0 ELSE failures + 1 END,
            last_at = clock_timestamp()
        WHERE prospect_id = $1
        "#,
        Uuid::from(prospect),
        words,
    )
    .execute(pool)
    .await?;
    Ok(())
}

impl Onboarding {
    /// Why a prospect or customer is not refreshed from Sumsub, if it isn't. Whoever may see the record may see this.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn refresh_trouble(&self, id: Uuid) -> Result<Option<RefreshTrouble>, Error> {
        Ok(sqlx::query_as!(
            RefreshTrouble,
            r#"SELECT last_error AS "words!", failures, last_at, next_at FROM refreshes
            WHERE prospect_id = $1 AND last_error IS NOT NULL"#,
            id,
        )
        .fetch_optional(&self.pool)
        .await?)
    }
}
