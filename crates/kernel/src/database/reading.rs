//! One read for who asks for an operation, as es-entity's repositories do.

use es_entity::AtomicOperation;
use sqlx::PgConnection;

use super::alone::Lent;
use crate::Error;

/// A connection for one read, outside any transaction. One that isn't given back by [`Reading::end`] is closed.
pub struct Reading<'d>(pub(super) Lent<'d>);

impl Reading<'_> {
    /// What was found, and the connection is given back; after a statement that failed it is closed.
    ///
    /// # Errors
    /// What `found` says.
    pub async fn end<T>(self, found: Result<T, Error>) -> Result<T, Error> {
        let found = found?;
        self.0.give_back().await?;
        Ok(found)
    }
}

impl AtomicOperation for Reading<'_> {
    fn connection(&mut self) -> &mut PgConnection {
        self.0.connection()
    }
}
