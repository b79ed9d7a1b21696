//! Looking at records: every look that hands out data is written down, once for each request, with whose data they were.
//!
//! A domain service asks for a [`Look`] before it reads, and tells it afterwards which records it found. A door (a page, an
//! operation of the API) answers each request [during](Looks::during) a [`Looks`], which gathers what the services tell, and
//! [writes it down](Looks::write_down) before anything goes out. Where no door gathers, a look is written down at once: nothing
//! is ever read unseen.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sqlx::PgPool;

use super::{Access, AuditAction};
use crate::{AccessError, Permission, Subject};

tokio::task_local! {
    static LOOKS: Looks;
}

/// What a look at many is about, until it is known at whom.
pub const LIST: &str = "list";

/// A look that is allowed; it says what it found with [`Look::at`].
#[must_use = "what was found has to be written down: `at`"]
pub struct Look<'a> {
    access: &'a Access,
    by: String,
    action: AuditAction,
    object: &'a str,
}

impl Access {
    /// Whether the subject may look. A refusal is written down here, under `action` and `object` (one record, or [`LIST`]).
    ///
    /// # Errors
    /// As [`Access::authorize`].
    pub async fn look<'a>(
        &'a self,
        subject: &Subject,
        permission: Permission,
        action: AuditAction,
        object: &'a str,
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
    /// The records whose data are handed out, as the log names objects (`prospect:<uuid>`); of none nothing is written down.
    ///
    /// # Errors
    /// [`AccessError::Database`] when it could not be written down; then nothing may be handed out.
    pub async fn at(
        self,
        records: impl IntoIterator<Item = String> + Send,
    ) -> Result<(), AccessError> {
        let mut found = Found::new(self.action, self.object);
        found.add(records);
        let gathered = LOOKS.try_with(|looks| looks.seen().gather(&self.by, &found));
        if gathered.is_err() {
            write(&self.access.pool, &self.by, &found, false).await?;
        }
        Ok(())
    }
}

/// What one subject looked at.
struct Found {
    /// What was asked for first.
    action: AuditAction,
    object: String,
    /// By [`person_or_record`].
    records: BTreeMap<String, String>,
}

impl Found {
    fn new(action: AuditAction, object: &str) -> Self {
        Self {
            action,
            object: object.to_owned(),
            records: BTreeMap::new(),
        }
    }

    fn add(&mut self, records: impl IntoIterator<Item = String>) {
        for record in records {
            self.records
                .entry(person_or_record(&record))
                .or_insert(record);
        }
    }
}

/// A prospect and the customer that it became are one person.
fn person_or_record(object: &str) -> String {
    match object.split_once(':') {
        Some(("prospect" | "customer", id)) => format!("person:{id}"),
        _ => object.to_owned(),
    }
}

#[derive(Default)]
struct Seen {
    /// By subject.
    found: HashMap<String, Found>,
    /// What the log holds already of this request, by [`person_or_record`].
    written: HashSet<String>,
}

impl Seen {
    fn gather(&mut self, by: &str, found: &Found) {
        if found.records.is_empty() {
            return;
        }
        self.found
            .entry(by.to_owned())
            .or_insert_with(|| Found::new(found.action, &found.object))
            .add(found.records.values().cloned());
    }
}

/// Gathers the looks of one request.
#[derive(Clone, Default)]
pub struct Looks {
    seen: Arc<Mutex<Seen>>,
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
        let found: Vec<(String, Found)> = {
            let mut seen = self.seen();
            let found = std::mem::take(&mut seen.found);
            let new = |(by, mut found): (String, Found)| {
                found.records.retain(|key, _| !seen.written.contains(key));
                (by, found)
            };
            found.into_iter().map(new).collect()
        };
        for (by, found) in found {
            write(&access.pool, &by, &found, self.repeated).await?;
            self.seen().written.extend(found.records.into_keys());
        }
        Ok(())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The log has an entry about this object from this request.
pub(super) fn is_written(object: &str) {
    // Without a door nobody gathers.
    let _ = LOOKS.try_with(|looks| looks.seen().written.insert(person_or_record(object)));
}

async fn write(pool: &PgPool, by: &str, found: &Found, repeated: bool) -> Result<(), AccessError> {
    if found.records.is_empty() {
        return Ok(());
    }
    let records: Vec<String> = found.records.values().cloned().collect();
    sqlx::query!(
        "INSERT INTO audit_entries (subject, action, object, authorized, records)
         SELECT $1, $2, $3, TRUE, $4 WHERE NOT $5 OR NOT EXISTS (
             SELECT FROM (
                 SELECT records, recorded_at FROM audit_entries WHERE subject = $1 ORDER BY id DESC LIMIT 50
             ) AS newest
             WHERE newest.records @> $4 AND newest.recorded_at > clock_timestamp() - interval '1 hour'
         )",
        by,
        found.action.name(),
        found.object,
        &records,
        repeated,
    )
    .execute(pool)
    .await?;
    Ok(())
}
