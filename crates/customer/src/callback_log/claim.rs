//! Callbacks that are claimed to be judged, read from their rows in the log.

use std::str::FromStr as _;

use chrono::{DateTime, Utc};
use es_entity::AtomicOperation as _;
use kernel::Error;
use uuid::Uuid;

use crate::{kyc::ReceivedCallback, primitives::ProspectId};

/// A callback from a row that is locked.
pub(super) struct ClaimedCallback {
    pub(super) id: i64,
    pub(super) received: ReceivedCallback,
    /// It was applied before: only whom else it names is looked at again.
    pub(super) applied: bool,
}

impl ClaimedCallback {
    /// Reads a row of the log: `raw` when the body could not be stored as text. `asked_at`: when Sumsub was asked, when
    /// it is a refresh.
    ///
    /// # Errors
    /// When the body is not what was stored.
    pub(super) fn read(
        id: i64,
        body: &str,
        raw: Option<&[u8]>,
        asked_at: Option<DateTime<Utc>>,
    ) -> Result<Self, Error> {
        let received = ReceivedCallback::read(raw.unwrap_or(body.as_bytes()), asked_at)
            .map_err(|_| Error::defect("the stored body is not a JSON object"))?;
        Ok(ClaimedCallback {
            id,
            received,
            applied: false,
        })
    }

    pub(super) fn applicants(&self) -> impl Iterator<Item = &String> {
        let observation = &self.received.observation;
        observation
            .applicant_id
            .iter()
            .chain(&observation.member_of)
            .chain(&self.received.mentions.applicants)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = ProspectId> {
        self.received
            .mentions
            .external_users
            .iter()
            .filter_map(|name| record_named(name))
    }
}

/// Who waited for what has become known. Nobody else judges them meanwhile: the ids are locked ([`LockedRecords::lock`]).
pub(super) async fn waiting_for(
    op: &mut es_entity::DbOp<'static>,
    learned: &[String],
) -> Result<Vec<ClaimedCallback>, sqlx::Error> {
    if learned.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"
        SELECT id, body, raw, observed_at, outcome FROM callbacks
        WHERE waits_for IS NOT NULL AND waits_for && $1 AND outcome NOT IN ('received', 'failed', 'conflicting')
        ORDER BY id FOR UPDATE
        "#,
        learned
    )
    .fetch_all(op.as_executor())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            match ClaimedCallback::read(row.id, &row.body, row.raw.as_deref(), row.observed_at) {
                Ok(claimed) => Some(ClaimedCallback {
                    applied: row.outcome == "applied" || row.outcome == "no_change",
                    ..claimed
                }),
                Err(error) => {
                    tracing::error!(callback = row.id, %error, "a callback that waited could not be read again");
                    None
                }
            }
        })
        .collect())
}

/// The record that an `externalUserId` names; none when it is no id of ours.
pub(super) fn record_named(name: &str) -> Option<ProspectId> {
    Uuid::from_str(name.trim()).ok().map(ProspectId::from)
}
