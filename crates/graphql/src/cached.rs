//! What is read once for all who ask.

use std::{
    collections::HashMap,
    future::Future,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::error::ApiError;

/// Records by their UUID.
pub(crate) type ById<T> = HashMap<Uuid, T>;

/// A value that whoever asks first reads, and for which the others wait; or why it could not be read.
pub(crate) struct Cached<T>(OnceCell<Result<Arc<T>, ApiError>>);

impl<T> Cached<T> {
    /// Not read yet.
    pub(crate) const fn empty() -> Self {
        Self(OnceCell::const_new())
    }

    /// Takes a value that was read elsewhere, unless there is one already.
    pub(crate) fn fill(&self, value: T) {
        let _ = self.0.set(Ok(Arc::new(value)));
    }

    /// The value, read by `read` when it isn't there yet. An error stays, too: nothing is tried twice in one request.
    ///
    /// The reading is boxed, and only made when there is something to read: each field of each record of a list has room for it, and
    /// is moved around with it.
    pub(crate) async fn get_or_read<Reading>(
        &self,
        read: impl FnOnce() -> Reading,
    ) -> Result<Arc<T>, ApiError>
    where
        Reading: Future<Output = Result<T, ApiError>>,
    {
        if let Some(known) = self.0.get() {
            return known.clone();
        }
        let read = || async { Box::pin(read()).await.map(Arc::new) };
        self.0.get_or_init(read).await.clone()
    }
}

/// How many rows are on a page, and after which one it begins.
type Place<Cursor> = (usize, Option<Cursor>);

/// Pages of each record's list, read for all records at once, by their place in the list.
pub(crate) struct CachedPages<Cursor, Row>(Mutex<ByPlace<Cursor, Row>>);

type ByPlace<Cursor, Row> = HashMap<Place<Cursor>, Arc<Cached<ById<Row>>>>;

impl<Cursor: Eq + Hash, Row> CachedPages<Cursor, Row> {
    /// Nothing read yet.
    pub(crate) fn empty() -> Self {
        Self(Mutex::default())
    }

    /// The page of `first` rows after `after`.
    pub(crate) fn at(&self, first: usize, after: Option<Cursor>) -> Arc<Cached<ById<Row>>> {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let page = pages.entry((first, after));
        Arc::clone(page.or_insert_with(|| Arc::new(Cached::empty())))
    }
}

/// The same records, to be shared by all who ask.
pub(crate) fn shared<K: Eq + Hash, V>(found: HashMap<K, V>) -> HashMap<K, Arc<V>> {
    let records = found.into_iter();
    records.map(|(id, record)| (id, Arc::new(record))).collect()
}

/// The same values in order, each once.
pub(crate) fn distinct<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort_unstable();
    values.dedup();
    values
}
