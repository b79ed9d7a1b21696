//! One read for who asks for an operation, as es-entity's repositories do.

use es_entity::AtomicOperation;
use sqlx::PgConnection;

use super::alone::Lent;

/// A connection for one read, outside any transaction. One that isn't given back by [`Reading::end`] is closed.
pub struct Reading<'d>(pub(super) Lent<'d>);

impl Reading<'_> {
    /// Gives it back, after a statement that did not fail.
    ///
    /// # Errors
    /// None that a look has.
    pub async fn end(self) -> Result<(), sqlx::Error> {
        self.0.give_back().await
    }
}

impl AtomicOperation for Reading<'_> {
    fn connection(&mut self) -> &mut PgConnection {
        self.0.connection()
    }
}
