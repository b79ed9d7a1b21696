//! The beneficial owners of a company, and whoever else belongs to it: how each stands with Sumsub.

use chrono::{DateTime, Utc};
use kernel::Error;
use uuid::Uuid;

use crate::{kyc::Status, onboarding::Onboarding, primitives::CallbackId};

/// The most that are listed of one company.
const AT_MOST: i64 = 500;

/// Somebody who belongs to a company, directly or by a company between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeneficialOwner {
    /// Sumsub's id of the applicant.
    pub applicant_id: String,
    /// A person, or a company between; none when no callback has told.
    pub is_person: Option<bool>,
    /// What Sumsub said last; none when nothing but the membership is known.
    pub standing: Option<Status>,
    /// When it said so.
    pub since: Option<DateTime<Utc>>,
    /// The callback that said so.
    pub callback: Option<CallbackId>,
    /// The public id of the record that the applicant has here, when there is one.
    pub public_id: Option<String>,
}

impl Onboarding {
    /// Who belongs to a company, those whose state is worst first. Whoever may see the record may see this.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn beneficial_owners(&self, company: Uuid) -> Result<Vec<BeneficialOwner>, Error> {
        let rows = sqlx::query!(
            r#"
            WITH RECURSIVE belonging (applicant_id) AS (
                SELECT member_applicant_id FROM applicant_members
                JOIN applicants ON applicants.applicant_id = company_applicant_id WHERE prospect_id = $1
                UNION
                SELECT member_applicant_id FROM applicant_members JOIN belonging ON company_applicant_id = applicant_id
            )
            SELECT belonging.applicant_id AS "applicant_id!", stands.status, at AS "at?", is_person AS "is_person?",
                callback_id AS "callback_id?", prospects.public_id AS "public_id?"
            FROM belonging
            LEFT JOIN applicant_standings AS said USING (applicant_id)
            LEFT JOIN applicants USING (applicant_id)
            LEFT JOIN prospects ON prospects.id = applicants.prospect_id
            LEFT JOIN customers ON customers.id = prospects.id
            -- Who has a record here stands as the record does.
            CROSS JOIN LATERAL (SELECT coalesce(
                CASE WHEN customers.verification = 'rejected' THEN 'red' END,
                CASE prospects.kyc_status WHEN 'started' THEN 'created' WHEN 'pending' THEN 'pending' WHEN 'on_hold' THEN 'on_hold'
                    WHEN 'approved' THEN 'green' WHEN 'declined' THEN 'red' END,
                said.status) AS status) AS stands
            ORDER BY array_position(ARRAY['red', 'on_hold', 'deleted'], stands.status), at, belonging.applicant_id LIMIT $2
            "#,
            company,
            AT_MOST,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| BeneficialOwner {
                applicant_id: row.applicant_id,
                is_person: row.is_person,
                standing: row.status.and_then(|status| status.parse().ok()),
                since: row.at,
                callback: row.callback_id,
                public_id: row.public_id,
            })
            .collect())
    }
}
