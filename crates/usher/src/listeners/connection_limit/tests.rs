//! Who has to go, and who stays.

use std::time::Duration;

use web::TrustedProxies;

use super::*;

fn limit(connections: usize, per_address: usize) -> Arc<ConnectionLimit> {
    let limits = Limits {
        head: Duration::from_secs(1),
        body: Duration::from_secs(1),
        idle: Duration::from_secs(1),
        connections,
        per_address,
        proxies: TrustedProxies::parse(&["10.0.0.0/8"]).unwrap(),
    };
    ConnectionLimit::new("test", limits)
}

fn from(limit: &Arc<ConnectionLimit>, address: &str) -> Option<Arc<ConnectionPermit>> {
    limit.admit(address.parse().unwrap())
}

fn has_lost(permit: &ConnectionPermit) -> bool {
    permit.out.is_cancelled()
}

#[tokio::test]
async fn a_new_one_takes_the_place_of_who_waits_longest() {
    let limit = limit(3, 3);
    let [first, second, third] =
        ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|from_here| from(&limit, from_here).unwrap());
    // It was answered: it waits anew, behind the others.
    first.answers();
    first.has_answered();
    second.answers();
    let fourth = from(&limit, "192.0.2.4").unwrap();
    assert!(has_lost(&third) && !has_lost(&first) && !has_lost(&second));
    third.answers();
    let _fifth = from(&limit, "192.0.2.5").unwrap();
    assert!(has_lost(&first));
    fourth.receives();
    let _sixth = from(&limit, "192.0.2.6").unwrap();
    assert!(has_lost(&fourth), "half a request keeps no place");
    drop((first, third, fourth));
    assert_eq!(limit.taken().places.len(), 3, "nobody leaves twice");
}

#[tokio::test]
async fn what_is_being_answered_keeps_its_place() {
    let limit = limit(2, 2);
    let [stream, socket] = ["192.0.2.1", "192.0.2.2"].map(|from_here| {
        let permit = from(&limit, from_here).unwrap();
        permit.answers();
        permit
    });
    socket.upgrades();
    socket.has_answered();
    assert!(from(&limit, "192.0.2.3").is_none());
    assert!(!has_lost(&stream) && !has_lost(&socket));
    assert!(socket.end().is_none());
    drop(stream);
    assert!(from(&limit, "192.0.2.3").is_some());
}

#[tokio::test]
async fn an_address_pushes_out_its_own_and_a_proxy_nobody() {
    let limit = limit(100, 2);
    let other = from(&limit, "192.0.2.9").unwrap();
    let first = from(&limit, "192.0.2.1").unwrap();
    let second = from(&limit, "::ffff:192.0.2.1").unwrap();
    let _third = from(&limit, "192.0.2.1").unwrap();
    assert!(has_lost(&first) && !has_lost(&second) && !has_lost(&other));
    let [one, _, _] = ["2001:db8::1", "2001:db8::2", "2001:db8::3"]
        .map(|from_here| from(&limit, from_here).unwrap());
    assert!(has_lost(&one), "a /64 is one address");
    assert!(from(&limit, "2001:db8:0:1::1").is_some());
    let proxied: Vec<_> = (0..10).map(|_| from(&limit, "10.0.0.1").unwrap()).collect();
    assert!(proxied.iter().all(|permit| !has_lost(permit)));
}
