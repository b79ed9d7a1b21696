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
    /// As whom.
    pub email: &'a str,
    /// From where.
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
    email.trim().to_lowercase()
}

/// Who has one IPv6 address has its whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const ADA: &str = "ada@bank.example";

    fn at(address: IpAddr, email: &str) -> Attempt<'_> {
        Attempt {
            email,
            address,
            device: None,
        }
    }

    /// Somebody guesses until they are turned away, from a new address each time.
    fn guess(throttle: &LoginThrottle, email: &str) {
        let refused = (0..20_u8).any(|n| {
            let from = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, n));
            throttle.attempt(&at(from, email)).is_err()
        });
        assert!(refused, "nobody guesses for ever");
    }

    #[test]
    fn an_account_runs_out_whatever_the_case_and_the_address() {
        let throttle = LoginThrottle::default();
        for n in 0..8 {
            let from = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, n));
            assert_eq!(throttle.attempt(&at(from, "Ada@Bank.example")), Ok(()));
        }
        let Throttled(wait) = throttle
            .attempt(&at(HERE, " ada@bank.EXAMPLE"))
            .unwrap_err();
        assert!(wait > Duration::from_secs(10) && wait <= ACCOUNT_EVERY);
        assert_eq!(throttle.attempt(&at(HERE, "bob@bank.example")), Ok(()));
    }

    #[test]
    fn signing_in_gives_the_attempts_back() {
        let throttle = LoginThrottle::default();
        for _ in 0..3 {
            for _ in 0..7 {
                assert_eq!(throttle.attempt(&at(HERE, ADA)), Ok(()));
            }
            throttle.succeeded(&at(HERE, ADA));
        }
    }

    #[test]
    fn an_address_runs_out_whichever_accounts_it_tries() {
        let throttle = LoginThrottle::default();
        let refused = (0..80)
            .filter(|n| {
                let email = format!("{n}@bank.example");
                throttle.attempt(&at(HERE, &email)).is_err()
            })
            .count();
        assert!((15..=20).contains(&refused), "{refused} refused");
        let neighbour: IpAddr = "2001:db8::1".parse().unwrap();
        assert_eq!(throttle.attempt(&at(neighbour, "new@bank.example")), Ok(()));
        assert_eq!(
            network(neighbour),
            network("2001:db8::ffff".parse().unwrap())
        );
    }

    #[test]
    fn guesses_from_elsewhere_use_up_nothing_of_whom_the_account_knows() {
        let throttle = LoginThrottle::default();
        assert_eq!(throttle.attempt(&at(HERE, ADA)), Ok(()));
        throttle.succeeded(&at(HERE, ADA));
        guess(&throttle, ADA);
        let new_place: IpAddr = "203.0.113.9".parse().unwrap();
        assert!(throttle.attempt(&at(new_place, ADA)).is_err());
        let device = Some(KnownDevice([7; 32]));
        for known in [
            at(HERE, ADA),
            Attempt {
                device,
                ..at(new_place, ADA)
            },
        ] {
            let tries = (0..10).filter(|_| throttle.attempt(&known).is_ok()).count();
            assert_eq!(tries, 8, "their own, and no more");
            throttle.succeeded(&known);
            assert_eq!(throttle.attempt(&known), Ok(()));
        }
        // Another account is a stranger here.
        guess(&throttle, "bob@bank.example");
        assert!(throttle.attempt(&at(HERE, "bob@bank.example")).is_err());
    }

    #[test]
    fn codes_run_out_sooner() {
        let throttle = LoginThrottle::default();
        let (ada, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let tries = (0..20).filter(|_| throttle.code(ada, None).is_ok()).count();
        assert_eq!(tries, 5);
        assert_eq!(throttle.code(ada, Some(KnownDevice([7; 32]))), Ok(()));
        throttle.code_succeeded(ada, None);
        assert_eq!(throttle.code(ada, None), Ok(()));
        assert_eq!(throttle.code(bob, None), Ok(()));
    }
}
