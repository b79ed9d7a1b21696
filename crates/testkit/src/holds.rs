//! Places where a test holds somebody up until it says: go on.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::timeout};

const BEGINS_AT_MOST: Duration = Duration::from_secs(60);

/// Places by name; nobody is held up where no test has asked for it.
#[derive(Clone, Default)]
pub struct Holds(Arc<Mutex<Vec<(String, Hold)>>>);

/// One that is held up there, once.
#[derive(Clone, Default)]
pub struct Hold {
    begun: Arc<Notify>,
    go_on: Arc<Notify>,
}

impl Hold {
    /// Waits until somebody is held up.
    ///
    /// # Panics
    /// When nobody comes.
    #[expect(clippy::panic, reason = "a test that waits in vain has to stop")]
    pub async fn has_begun(&self) {
        let Ok(()) = timeout(BEGINS_AT_MOST, self.begun.notified()).await else {
            panic!("waited in vain until somebody is held up");
        };
        // Whoever asks again is told again.
        self.begun.notify_one();
    }

    /// Lets the one go on, also one who isn't there yet.
    pub fn release(&self) {
        self.go_on.notify_one();
    }
}

impl Holds {
    /// Holds up the next who comes to this place.
    #[must_use]
    pub fn next(&self, place: String) -> Hold {
        let hold = Hold::default();
        let mut holds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        holds.push((place, hold.clone()));
        hold
    }

    /// Comes to a place, and waits there if a test wants it.
    pub async fn here(&self, place: &str) {
        let hold = {
            let mut holds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let found = holds.iter().position(|(known, _)| known == place);
            found.map(|found| holds.remove(found).1)
        };
        if let Some(hold) = hold {
            hold.begun.notify_one();
            hold.go_on.notified().await;
        }
    }
}
