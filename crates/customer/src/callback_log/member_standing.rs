//! How those stand who belong to a company: the newest that was said of each.

use chrono::{DateTime, Utc};
use es_entity::AtomicOperation;
use strum::IntoEnumIterator as _;

use crate::kyc::{Observation, Status};

/// What one callback says of somebody who belongs to a company.
pub(super) struct MemberStanding {
    applicant_id: String,
    status: Status,
    at: Option<DateTime<Utc>>,
    is_person: Option<bool>,
    callback: i64,
}

impl MemberStanding {
    pub(super) fn from_observation(callback: i64, observation: &Observation) -> Option<Self> {
        Some(MemberStanding {
            applicant_id: observation.applicant_id.clone()?,
            status: observation.status()?,
            at: observation.at.or(observation.asked_at),
            is_person: observation.individual,
            callback,
        })
    }
}

/// The newest counts; at equal times the rank decides. What carries no time is as old as its receipt.
pub(super) async fn write(
    op: &mut impl AtomicOperation,
    standings: &[MemberStanding],
) -> Result<(), sqlx::Error> {
    for standing in standings {
        let status: &str = standing.status.into();
        let not_above = Status::iter().filter(|other| *other <= standing.status);
        let not_above: Vec<String> = not_above.map(|other| other.to_string()).collect();
        sqlx::query!(
            r#"
            INSERT INTO applicant_standings AS known (applicant_id, status, at, is_person, callback_id)
            SELECT $1, $2, coalesce($3, received_at), $4, id FROM callbacks WHERE id = $5
            ON CONFLICT (applicant_id) DO UPDATE SET status = EXCLUDED.status, at = EXCLUDED.at,
                is_person = coalesce(EXCLUDED.is_person, known.is_person), callback_id = EXCLUDED.callback_id
            WHERE known.at < EXCLUDED.at OR (known.at = EXCLUDED.at AND known.status = ANY($6))
            "#,
            standing.applicant_id,
            status,
            standing.at,
            standing.is_person,
            standing.callback,
            &not_above,
        )
        .execute(op.as_executor())
        .await?;
    }
    Ok(())
}
