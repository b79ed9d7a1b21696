//! Whether those outside answer: how long it takes, how often it fails, and a line in the log when somebody goes and when
//! they are back.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{beat, without_addresses};

/// Who was only just back and fails again is said to be away after this: who answers every other call would fill the log.
const STEADY: Duration = Duration::from_secs(10);

/// Who is given up before this may well have been about to answer.
const LONG: Duration = Duration::from_secs(3);

/// PostgreSQL, as the servers reach it.
pub static DATABASE: Dependency = Dependency::new("database", "PostgreSQL");
/// The Keycloak that keeps the logins, where there is one.
pub static IDENTITY: Dependency = Dependency::new("identity", "Keycloak");
/// The mail server.
pub static MAIL: Dependency = Dependency::new("mail", "the mail server");
/// Sumsub's REST API.
pub static SUMSUB: Dependency = Dependency::new("sumsub", "Sumsub");

/// Somebody outside, as this process sees them.
#[derive(Debug)]
pub struct Dependency {
    name: &'static str,
    who: &'static str,
    stood: Mutex<Stood>,
}

/// How they stood by now.
#[derive(Debug)]
struct Stood {
    /// Said to be away.
    away_since: Option<Instant>,
    /// The first failure after an answer.
    failing_since: Option<Instant>,
    last_failed: Option<Instant>,
    back_since: Option<Instant>,
}

impl Stood {
    const fn new() -> Self {
        Self {
            away_since: None,
            failing_since: None,
            last_failed: None,
            back_since: None,
        }
    }

    /// Answers whether it is to be said that they are away.
    fn failed(&mut self, now: Instant) -> bool {
        self.last_failed = Some(now);
        let since = *self.failing_since.get_or_insert(now);
        let only_just_back = self
            .back_since
            .is_some_and(|back| now.duration_since(back) < STEADY);
        let says =
            self.away_since.is_none() && (!only_just_back || now.duration_since(since) >= STEADY);
        if says {
            self.away_since = Some(since);
        }
        says
    }

    /// Answers for how long they were away, when it is to be said that they are back.
    fn answered(&mut self, began: Instant, now: Instant) -> Option<Duration> {
        // What was asked before the last failure says nothing of how it is now.
        if self.last_failed.is_some_and(|failed| began < failed) {
            return None;
        }
        self.failing_since = None;
        let away = self.away_since.take()?;
        self.back_since = Some(now);
        Some(now.duration_since(away))
    }
}

impl Dependency {
    /// `name` is what metrics and the log know it by, `who` what people call it.
    #[must_use]
    pub const fn new(name: &'static str, who: &'static str) -> Self {
        Self {
            name,
            who,
            stood: Mutex::new(Stood::new()),
        }
    }

    /// Begins a call; say then what came of it.
    #[must_use]
    pub fn ask(&self) -> Asked<'_> {
        Asked {
            whom: Some(self),
            began: Instant::now(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Stood> {
        self.stood.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answered(&self, began: Instant) {
        self.took(began);
        let back = {
            let mut stood = self.lock();
            let back = stood.answered(began, Instant::now());
            if stood.away_since.is_none() {
                self.shown(true);
            }
            back
        };
        if let Some(away) = back {
            let (dependency, away_s) = (self.name, away.as_secs());
            tracing::info!(dependency, away_s, "{} works again", self.who);
        }
    }

    fn failed(&self, began: Instant, words: &str) {
        self.took(began);
        metrics::counter!("usher_dependency_errors_total", "dependency" => self.name).increment(1);
        let says = {
            let mut stood = self.lock();
            self.shown(false);
            stood.failed(Instant::now())
        };
        if says {
            let (dependency, error) = (self.name, without_addresses(words));
            tracing::warn!(dependency, error, "{} is failing", self.who);
        }
    }

    fn took(&self, began: Instant) {
        beat();
        metrics::histogram!("usher_dependency_seconds", "dependency" => self.name)
            .record(began.elapsed().as_secs_f64());
    }

    fn shown(&self, up: bool) {
        metrics::gauge!("usher_dependency_up", "dependency" => self.name).set(if up {
            1.0
        } else {
            0.0
        });
    }
}

/// A call that is under way. Who gives it up after a while has got no answer.
#[derive(Debug)]
pub struct Asked<'a> {
    /// None once it was said what came of it.
    whom: Option<&'a Dependency>,
    began: Instant,
}

impl Asked<'_> {
    /// An answer came, be it a refusal.
    pub fn answered(mut self) {
        if let Some(whom) = self.whom.take() {
            whom.answered(self.began);
        }
    }

    /// None came, or one that they can't do it for anybody. The words go into the log; what looks like a mail address is left
    /// out of them.
    pub fn failed(mut self, words: &str) {
        if let Some(whom) = self.whom.take() {
            whom.failed(self.began, words);
        }
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let waited = self.began.elapsed();
        if let Some(whom) = self.whom.take()
            && waited >= LONG
        {
            let words = format!("no answer within {} s", waited.as_secs());
            whom.failed(self.began, &words);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_goes_and_comes_is_said_once_each() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut stood = Stood::new();
        assert_eq!(stood.answered(at(0), at(0)), None);
        assert!(stood.failed(at(1)));
        assert!(!stood.failed(at(2)));
        assert_eq!(stood.answered(at(1), at(3)), None, "asked before it failed");
        assert_eq!(stood.answered(at(3), at(4)), Some(Duration::from_secs(3)));
        assert_eq!(stood.answered(at(4), at(5)), None);
    }

    #[test]
    fn who_answers_every_other_call_fills_no_log() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut stood = Stood::new();
        assert!(stood.failed(at(1)));
        assert!(stood.answered(at(2), at(2)).is_some());
        for second in 3..8 {
            assert!(!stood.failed(at(second)), "{second}");
            assert_eq!(stood.answered(at(second), at(second)), None, "{second}");
        }
        assert!(!stood.failed(at(9)));
        assert!(stood.failed(at(19)), "it stays away");
        assert_eq!(
            stood.answered(at(20), at(20)),
            Some(Duration::from_secs(11))
        );
    }
}
