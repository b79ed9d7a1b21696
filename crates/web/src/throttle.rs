//! Slows down who guesses passwords, by account and by address; whom the account knows already has attempts of their own.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use kernel::text::case_folded;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::devices::KnownDevice;

const ACCOUNT_BURST: NonZeroU32 = NonZeroU32::new(8).unwrap();
const ACCOUNT_EVERY: Duration = Duration::from_secs(15);
const ADDRESS_BURST: NonZeroU32 = NonZeroU32::new(60).unwrap();
const ADDRESS_EVERY: Duration = Duration::from_secs(1);
/// Six digits are few: three codes of a million are right at a time.
const CODE_BURST: NonZeroU32 = NonZeroU32::new(5).unwrap();
const CODE_EVERY: Duration = Duration::from_secs(60);
/// Past this many remembered keys, those that are full again are forgotten.
const REMEMBER: usize = 10_000;

type Key = [u8; 32];

/// Counts the sign-in attempts of one site.
///
/// An account has 8 attempts, then one every 15 seconds, for everybody whom it doesn't know; signing in gives them back. An
/// address has 60, then one every second, whichever accounts it tries. A browser from which this account has signed in before has
/// the account's 8 for itself, and so has an address (as long as this process lives): a stranger who guesses uses up none of
/// these.
pub struct LoginThrottle {
    // The number in the key goes up with each success: a fresh bucket.
    accounts: DefaultKeyedRateLimiter<(Key, u64)>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    codes: DefaultKeyedRateLimiter<(Key, u64)>,
    generations: Mutex<HashMap<Key, u64>>,
    known: Mutex<KnownAddresses>,
    clock: DefaultClock,
}

/// From where which accounts have signed in: the newest of them.
#[derive(Default)]
struct KnownAddresses {
    all: HashSet<Key>,
    in_order: VecDeque<Key>,
}

/// Somebody tries to sign in.
pub struct Attempt<'a> {
    /// The e-mail address that was typed.
    pub email: &'a str,
    /// The address that the request came from.
    pub address: IpAddr,
    /// With which browser, if this account has signed in from it before.
    pub device: Option<KnownDevice>,
}

/// Too many attempts; the next one may come after this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled(pub Duration);

impl Default for LoginThrottle {
    fn default() -> Self {
        Self {
            accounts: RateLimiter::keyed(quota(ACCOUNT_EVERY, ACCOUNT_BURST)),
            addresses: RateLimiter::keyed(quota(ADDRESS_EVERY, ADDRESS_BURST)),
            codes: RateLimiter::keyed(quota(CODE_EVERY, CODE_BURST)),
            generations: Mutex::default(),
            known: Mutex::default(),
            clock: DefaultClock::default(),
        }
    }
}

impl LoginThrottle {
    /// Counts an attempt, before the password is looked at.
    ///
    /// # Errors
    /// When the account or the address has used up its attempts.
    pub fn attempt(&self, attempt: &Attempt<'_>) -> Result<(), Throttled> {
        let bucket = self.bucket(attempt);
        if attempt.device.is_none() {
            self.address(attempt.address)?;
        }
        let generation = self.generation(bucket);
        self.check(&self.accounts, &(bucket, generation))
    }

    /// Counts an attempt of which nobody knows the account yet.
    ///
    /// # Errors
    /// When the address has used up its attempts.
    pub fn address(&self, address: IpAddr) -> Result<(), Throttled> {
        self.check(&self.addresses, &network(address))
    }

    /// Counts a code of the second factor, of who knew the password. A known browser has attempts of its own here, too.
    ///
    /// # Errors
    /// When the operator's attempts are used up.
    pub fn code(&self, operator: Uuid, device: Option<KnownDevice>) -> Result<(), Throttled> {
        let bucket = code_of(operator, device);
        self.check(&self.codes, &(bucket, self.generation(bucket)))
    }

    /// The code was right: the earlier ones don't count any more.
    pub fn code_succeeded(&self, operator: Uuid, device: Option<KnownDevice>) {
        self.begin_anew(code_of(operator, device));
    }

    /// The account signed in: the earlier attempts of this bucket don't count any more, and the address is known from now on.
    pub fn succeeded(&self, attempt: &Attempt<'_>) {
        self.begin_anew(self.bucket(attempt));
        let mut known = held(&self.known);
        let from = from(attempt);
        if known.all.insert(from) {
            known.in_order.push_back(from);
        }
        if known.in_order.len() > REMEMBER
            && let Some(oldest) = known.in_order.pop_front()
        {
            known.all.remove(&oldest);
        }
    }

    /// Whose attempts it counts among: the browser's, the address's, or those of everybody else.
    fn bucket(&self, attempt: &Attempt<'_>) -> Key {
        if let Some(device) = attempt.device {
            return device.0;
        }
        let from = from(attempt);
        if held(&self.known).all.contains(&from) {
            return from;
        }
        Sha256::digest(account(attempt.email)).into()
    }

    fn begin_anew(&self, bucket: Key) {
        let mut generations = held(&self.generations);
        if generations.len() > REMEMBER {
            generations.clear();
        }
        *generations.entry(bucket).or_default() += 1;
    }

    fn generation(&self, bucket: Key) -> u64 {
        let generations = held(&self.generations);
        generations.get(&bucket).copied().unwrap_or_default()
    }

    fn check<K: Hash + Eq + Clone>(
        &self,
        limiter: &DefaultKeyedRateLimiter<K>,
        key: &K,
    ) -> Result<(), Throttled> {
        if limiter.len() > REMEMBER {
            limiter.retain_recent();
        }
        limiter
            .check_key(key)
            .map_err(|until| Throttled(until.wait_time_from(self.clock.now())))
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn code_of(operator: Uuid, device: Option<KnownDevice>) -> Key {
    Sha256::digest(format!("code of {operator} with {device:?}")).into()
}

/// The account as seen from this address.
fn from(attempt: &Attempt<'_>) -> Key {
    let from = format!("{} {}", network(attempt.address), account(attempt.email));
    Sha256::digest(from).into()
}

fn quota(every: Duration, burst: NonZeroU32) -> Quota {
    // `None` only for a period of zero.
    Quota::with_period(every).map_or_else(
        || Quota::per_second(burst),
        |quota| quota.allow_burst(burst),
    )
}

/// One account however it is typed.
pub(crate) fn account(email: &str) -> String {
    case_folded(email.trim())
}

/// Who has one IPv6 address has its whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests;
