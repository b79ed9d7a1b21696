//! The private database with its two roles, as in `usher migrate` and `usher serve`.

use sqlx::PgPool;

use super::secrets;
use crate::{
    database::{self, Reach, Reserved, SessionLimits},
    failure::Failure,
    postgres::Cluster,
};

const CONNECTIONS: u32 = 40;
/// The simulator, the mailbox, migrations: what needs the owner's role.
const OWNERS_CONNECTIONS: u32 = 10;
/// The role of the server itself; its password is made anew at every start.
const SERVER_ROLE: &str = "usher_app";

/// The private database, once with each role.
pub struct Databases {
    /// With the owner's role.
    pub owner: String,
    server: String,
    server_password: String,
}

impl Databases {
    /// On this cluster.
    #[must_use]
    pub fn of(cluster: &Cluster) -> Self {
        let server_password = secrets::one_time_password();
        Self {
            owner: cluster.database_url(),
            server: cluster.database_url_of(SERVER_ROLE, &server_password),
            server_password,
        }
    }

    /// Brings it up to date; answers the owner's connections and the server's, whose sessions have these limits.
    ///
    /// # Errors
    /// When a migration fails, or the database doesn't answer.
    pub async fn open(&self, limits: SessionLimits) -> Result<(PgPool, PgPool, Reserved), Failure> {
        let reach = Reach::to(&self.owner, limits.patient())?;
        let first = reach.connect(1).await?;
        database::migrate(&first).await?;
        database::mark_by_dev(&first).await?;
        database::set_up_server_role(&first, SERVER_ROLE, Some(&self.server_password)).await?;
        let refused = |error| {
            Failure::other(format!(
                "The private database's clock can't be set up ({error}): start anew with --fresh."
            ))
        };
        clock::movable::make_movable(&first)
            .await
            .map_err(refused)?;
        // Only sessions that begin from here on go by it.
        first.close().await;
        let owner = reach.connect(OWNERS_CONNECTIONS).await?;
        clock::measure_movable(&owner).await.map_err(refused)?;
        let reach = Reach::to(&self.server, limits)?;
        let server = reach.connect(CONNECTIONS).await?;
        let reserved = Reserved::open(&reach);
        Ok((owner, server, reserved))
    }
}
