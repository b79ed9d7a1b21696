//! What the clients remember: what was acknowledged to them, and when who became Active.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use uuid::Uuid;

/// One onboarding as the clients remember it.
#[derive(Debug, Clone)]
pub struct Person {
    pub email: String,
    /// When the prospect was first asked for.
    pub begun: Instant,
    pub id: Option<Uuid>,
    /// Correlation ids of the webhooks that were answered with 200.
    pub taken: Vec<String>,
    /// When GREEN was.
    pub green: Option<Instant>,
    /// When the database first showed an Active customer.
    pub active: Option<Instant>,
    /// When a late RED was taken.
    pub red: Option<Instant>,
}

/// Everybody's of one case.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<Vec<Person>>>);

impl Memory {
    /// All of it, for a moment.
    pub fn people(&self) -> MutexGuard<'_, Vec<Person>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody new; answers the number.
    pub fn begin(&self, email: String) -> usize {
        let mut people = self.people();
        people.push(Person {
            email,
            begun: Instant::now(),
            id: None,
            taken: Vec::new(),
            green: None,
            active: None,
            red: None,
        });
        people.len() - 1
    }

    /// Writes something down about somebody.
    pub fn note(&self, number: usize, what: impl FnOnce(&mut Person)) {
        if let Some(person) = self.people().get_mut(number) {
            what(person);
        }
    }

    /// Those with a GREEN that aren't Active yet.
    pub fn awaited(&self) -> Vec<Uuid> {
        self.people()
            .iter()
            .filter(|person| person.green.is_some() && person.active.is_none())
            .filter_map(|person| person.id)
            .collect()
    }

    /// How many are Active.
    pub fn active(&self) -> usize {
        let people = self.people();
        people
            .iter()
            .filter(|person| person.active.is_some())
            .count()
    }

    /// Until the first of those who began after `moment` was Active.
    pub fn next_after(&self, moment: Instant) -> Option<Duration> {
        self.people()
            .iter()
            .filter(|person| person.begun >= moment)
            .filter_map(|person| person.active)
            .min()
            .map(|active| active - moment)
    }

    /// Until everybody who began before `moment` was Active.
    pub fn all_before(&self, moment: Instant) -> Option<Duration> {
        let mut last = moment;
        for person in self.people().iter().filter(|one| one.begun < moment) {
            last = last.max(person.active?);
        }
        Some(last - moment)
    }

    /// The longest that one of those who began after `moment` waited from the acknowledged GREEN on.
    pub fn slowest_since(&self, moment: Instant) -> Option<Duration> {
        self.people()
            .iter()
            .filter(|person| person.begun >= moment)
            .filter_map(|person| Some(person.active?.saturating_duration_since(person.green?)))
            .max()
    }
}
