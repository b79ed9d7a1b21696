//! Looking at records: every look that hands out data is written down, once for each request, with whose data they were.
//!
//! A domain service asks for a [`Look`] before it reads, and tells it afterwards which records it found. An entry point (a page,
//! an operation of the API) answers each request [during](Looks::during) a [`Looks`], which gathers what the services tell, and
//! [writes it down](Looks::write_down) before anything goes out. Where none gathers, a look is written down at once: nothing
//! is ever read unseen.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Access, AuditAction, AuditObject, decide::NewEntry};
use crate::{AccessError, Permission, Subject};

tokio::task_local! {
    static LOOKS: Looks;
}

/// A look that is allowed; it says what it found with [`Look::at`].
#[must_use = "what was found has to be written down: `at`"]
pub struct Look<'a> {
    access: &'a Access,
    by: String,
    action: AuditAction,
    object: AuditObject,
}

impl Access {
    /// Whether the subject may look. A refusal is written down here, under `action` and `object` (one record, or [`AuditObject::LIST`]).
    ///
    /// # Errors
    /// As [`Access::authorize`].
    pub async fn look<'a>(
        &'a self,
        subject: &Subject,
        permission: Permission,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<Look<'a>, AccessError> {
        self.permit(subject, permission, action, object).await?;
        Ok(Look {
            access: self,
            by: subject.as_text(),
            action,
            object,
        })
    }
}

impl Look<'_> {
    /// The records whose data are handed out; of none nothing is written down.
    ///
    /// # Errors
    /// [`AccessError::Database`] when it could not be written down; then nothing may be handed out.
    pub async fn at(
        self,
        records: impl IntoIterator<Item = AuditObject> + Send,
    ) -> Result<(), AccessError> {
        let mut found = LookedAt::new(self.action, self.object);
        found.add(records);
        let gathered = LOOKS.try_with(|looks| looks.seen().gather(&self.by, &found));
        if gathered.is_err() {
            write(self.access, &self.by, &found, false).await?;
        }
        Ok(())
    }
}

/// What one subject looked at.
struct LookedAt {
    /// What was asked for first.
    action: AuditAction,
    object: AuditObject,
    /// The records that were handed out, each once: by [`AuditObject::person_or_record`].
    records: BTreeMap<String, AuditObject>,
}

impl LookedAt {
    fn new(action: AuditAction, object: AuditObject) -> Self {
        Self {
            action,
            object,
            records: BTreeMap::new(),
        }
    }

    fn add(&mut self, records: impl IntoIterator<Item = AuditObject>) {
        for record in records {
            self.records
                .entry(record.person_or_record())
                .or_insert(record);
        }
    }
}

#[derive(Default)]
struct RequestLooks {
    /// What each subject looked at, by subject.
    found: HashMap<String, LookedAt>,
    /// What the log holds already of this request, by [`AuditObject::person_or_record`].
    written: HashSet<String>,
}

impl RequestLooks {
    fn gather(&mut self, by: &str, found: &LookedAt) {
        if found.records.is_empty() {
            return;
        }
        self.found
            .entry(by.to_owned())
            .or_insert_with(|| LookedAt::new(found.action, found.object))
            .add(found.records.values().copied());
    }
}

/// Gathers the looks of one request.
#[derive(Clone, Default)]
pub struct Looks {
    seen: Arc<Mutex<RequestLooks>>,
    repeated: bool,
}

impl Looks {
    /// Gathers the looks of a request.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Of a request that only brings a page up to date: what the log says of the same subject since an hour is not said again.
    #[must_use]
    pub fn repeated() -> Self {
        Self {
            repeated: true,
            ..Self::default()
        }
    }

    /// Answers a request; the looks in it are gathered here.
    pub async fn during<F: Future>(&self, answering: F) -> F::Output {
        LOOKS.scope(self.clone(), answering).await
    }

    /// Writes down what was looked at and isn't in the log yet: one entry. What an act of the same request names needs none.
    ///
    /// # Errors
    /// [`AccessError::Database`]; then the answer may not go out.
    pub async fn write_down(&self, access: &Access) -> Result<(), AccessError> {
        let found: Vec<(String, LookedAt)> = {
            let mut seen = self.seen();
            let found = std::mem::take(&mut seen.found);
            let new = |(by, mut found): (String, LookedAt)| {
                found.records.retain(|key, _| !seen.written.contains(key));
                (by, found)
            };
            found.into_iter().map(new).collect()
        };
        for (by, found) in found {
            write(access, &by, &found, self.repeated).await?;
            self.seen().written.extend(found.records.into_keys());
        }
        Ok(())
    }

    fn seen(&self) -> MutexGuard<'_, RequestLooks> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The log has an entry about this object from this request.
pub(super) fn is_written(object: AuditObject) {
    // Outside of a request nobody gathers.
    let _ = LOOKS.try_with(|looks| looks.seen().written.insert(object.person_or_record()));
}

async fn write(
    access: &Access,
    by: &str,
    found: &LookedAt,
    repeated: bool,
) -> Result<(), AccessError> {
    if found.records.is_empty() {
        return Ok(());
    }
    let records: Vec<String> = found.records.values().map(ToString::to_string).collect();
    let (action, object) = (found.action.name(), found.object.to_string());
    if !repeated {
        let subject = by.to_owned();
        return access
            .write(NewEntry {
                subject,
                action,
                object,
                authorized: true,
                records,
            })
            .await;
    }
    // In an order that only the index of subjects has: of a rare one, PostgreSQL would look for the newest through all of the log.
    sqlx::query!(
        "INSERT INTO audit_entries (subject, action, object, authorized, records)
         SELECT $1, $2, $3, TRUE, $4 WHERE NOT EXISTS (
             SELECT FROM (
                 SELECT records, recorded_at FROM audit_entries WHERE subject BETWEEN $1 AND $1 ORDER BY subject DESC, id DESC LIMIT 50
             ) AS newest
             WHERE newest.records @> $4 AND newest.recorded_at > (SELECT clock_timestamp()) - interval '1 hour'
         )",
        by,
        action,
        object,
        &records,
    )
    .execute(access.pool())
    .await?;
    Ok(())
}
