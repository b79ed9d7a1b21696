//! Temporary passwords that were set as the login was made and that nobody was told yet: in memory only, so that making a
//! login and mailing its password is one call fewer. Who loses them sets another.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::TemporaryPassword;

/// Somebody at Keycloak's console may have changed it since: what is older is not relied upon.
const FRESH_FOR: Duration = Duration::from_secs(120);

/// One that is on a login.
pub(super) struct Fresh {
    pub(super) user: Uuid,
    pub(super) password: TemporaryPassword,
    /// What our database says of it as long as it is the login's password.
    pub(super) until: DateTime<Utc>,
    made: Instant,
}

/// Those that nobody was told yet, by customer.
#[derive(Clone, Default)]
pub(super) struct FreshPasswords(Arc<Mutex<HashMap<Uuid, Fresh>>>);

impl FreshPasswords {
    pub(super) fn keep(
        &self,
        made: impl Iterator<Item = (Uuid, Uuid, TemporaryPassword, DateTime<Utc>)>,
    ) {
        let Ok(mut kept) = self.0.lock() else { return };
        let now = Instant::now();
        kept.retain(|_, fresh| now.duration_since(fresh.made) < FRESH_FOR);
        kept.extend(made.map(|(customer, user, password, until)| {
            let fresh = Fresh {
                user,
                password,
                until,
                made: now,
            };
            (customer, fresh)
        }));
    }

    /// Takes out what there is for these: each is told once.
    pub(super) fn take(&self, customers: &[Uuid]) -> HashMap<Uuid, Fresh> {
        let Ok(mut kept) = self.0.lock() else {
            return HashMap::new();
        };
        customers
            .iter()
            .filter_map(|customer| Some((*customer, kept.remove(customer)?)))
            .filter(|(_, fresh)| fresh.made.elapsed() < FRESH_FOR)
            .collect()
    }
}
