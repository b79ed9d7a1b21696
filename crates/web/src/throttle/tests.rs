//! Who is slowed down, and who is not.

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
