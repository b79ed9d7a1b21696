//! The assembly: every part of the house, wired to its neighbours.

use axum::Router;
use sqlx::PgPool;

use crate::{
    config::{Loaded, ServeSettings},
    failure::Failure,
    loops::Loops,
};

/// What the parts are told.
pub struct Settings {}

impl Settings {
    /// Those of a real server.
    ///
    /// # Errors
    /// When a part can't use what the configuration says.
    pub fn for_serve(_loaded: &Loaded, _settings: &ServeSettings) -> Result<Self, Failure> {
        Ok(Self {})
    }
}

/// The doors' pages.
pub struct House {
    pub admin: Router,
    pub public: Router,
}

impl House {
    /// Wires everything and starts the background loops.
    ///
    /// # Errors
    /// When a part can't start.
    pub async fn open(
        _pool: &PgPool,
        _settings: Settings,
        _loops: &Loops,
    ) -> Result<Self, Failure> {
        Ok(Self {
            admin: Router::new(),
            public: Router::new(),
        })
    }
}
