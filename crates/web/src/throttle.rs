//! Slows down who guesses passwords, by account and by address.

use std::{
    collections::HashMap, hash::Hash, net::IpAddr, num::NonZeroU32, sync::Mutex, time::Duration,
};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use sha2::{Digest as _, Sha256};

const ACCOUNT_BURST: NonZeroU32 = NonZeroU32::new(8).unwrap();
const ACCOUNT_EVERY: Duration = Duration::from_secs(15);
const ADDRESS_BURST: NonZeroU32 = NonZeroU32::new(60).unwrap();
const ADDRESS_EVERY: Duration = Duration::from_secs(1);
/// Past this many remembered keys, those that are full again are forgotten.
const REMEMBER: usize = 10_000;

type Account = [u8; 32];

/// Counts the sign-in attempts of one door.
///
/// An account has 8 attempts, then one every 15 seconds; signing in gives it its 8 back. An address has 60, then one
/// every second, whichever accounts it tries.
pub struct LoginThrottle {
    // The number in the key goes up when the account signs in: a fresh bucket.
    accounts: DefaultKeyedRateLimiter<(Account, u64)>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    generations: Mutex<HashMap<Account, u64>>,
    clock: DefaultClock,
}

/// Too many attempts; the next one may come after this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled(pub Duration);

impl Default for LoginThrottle {
    fn default() -> Self {
        Self {
            accounts: RateLimiter::keyed(quota(ACCOUNT_EVERY, ACCOUNT_BURST)),
            addresses: RateLimiter::keyed(quota(ADDRESS_EVERY, ADDRESS_BURST)),
            generations: Mutex::default(),
            clock: DefaultClock::default(),
        }
    }
}

impl LoginThrottle {
    /// Counts an attempt, before the password is looked at.
    ///
    /// # Errors
    /// When the account or the address has used up its attempts.
    pub fn attempt(&self, email: &str, address: IpAddr) -> Result<(), Throttled> {
        let account = account(email);
        let generation = self.generation(account);
        self.address(address)?;
        self.check(&self.accounts, &(account, generation))
    }

    /// Counts an attempt of which nobody knows the account yet.
    ///
    /// # Errors
    /// When the address has used up its attempts.
    pub fn address(&self, address: IpAddr) -> Result<(), Throttled> {
        self.check(&self.addresses, &network(address))
    }

    /// The account signed in: its earlier attempts don't count any more.
    pub fn succeeded(&self, email: &str) {
        let mut generations = self
            .generations
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *generations.entry(account(email)).or_default() += 1;
    }

    fn generation(&self, account: Account) -> u64 {
        self.generations
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .get(&account)
            .copied()
            .unwrap_or_default()
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

fn quota(every: Duration, burst: NonZeroU32) -> Quota {
    // `None` only for a period of zero.
    Quota::with_period(every).map_or_else(
        || Quota::per_second(burst),
        |quota| quota.allow_burst(burst),
    )
}

fn account(email: &str) -> Account {
    Sha256::digest(email.trim().to_lowercase().as_bytes()).into()
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

    #[test]
    fn an_account_runs_out_whatever_the_case_and_the_address() {
        let throttle = LoginThrottle::default();
        for n in 0..8 {
            let from = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, n));
            assert_eq!(throttle.attempt("Ada@Bank.example", from), Ok(()));
        }
        let Throttled(wait) = throttle.attempt(" ada@bank.EXAMPLE", HERE).unwrap_err();
        assert!(wait > Duration::from_secs(10) && wait <= ACCOUNT_EVERY);
        assert_eq!(throttle.attempt("bob@bank.example", HERE), Ok(()));
    }

    #[test]
    fn signing_in_gives_the_attempts_back() {
        let throttle = LoginThrottle::default();
        for _ in 0..3 {
            for _ in 0..7 {
                assert_eq!(throttle.attempt("ada@bank.example", HERE), Ok(()));
            }
            throttle.succeeded("ada@bank.example");
        }
    }

    #[test]
    fn an_address_runs_out_whichever_accounts_it_tries() {
        let throttle = LoginThrottle::default();
        let refused = (0..80)
            .filter(|n| {
                throttle
                    .attempt(&format!("{n}@bank.example"), HERE)
                    .is_err()
            })
            .count();
        assert!((15..=20).contains(&refused), "{refused} refused");
        let neighbour: IpAddr = "2001:db8::1".parse().unwrap();
        assert_eq!(throttle.attempt("new@bank.example", neighbour), Ok(()));
        assert_eq!(
            network(neighbour),
            network("2001:db8::ffff".parse().unwrap())
        );
    }
}
