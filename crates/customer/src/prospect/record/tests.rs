//! Order never matters for safety: any callbacks, in any order, with repeats.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::{
    kyc::{CallbackKind, CustomerStanding, Mark, judge},
    primitives::Verification,
};

const STATUSES: [Status; 7] = [
    Status::Created,
    Status::Reset,
    Status::Pending,
    Status::OnHold,
    Status::Green,
    Status::Red,
    Status::Deleted,
];

/// A prospect and, once converted, its customer, without a database.
#[derive(Default)]
struct World {
    record: KycRecord,
    verification: Option<Verification>,
    /// Sumsub deleted the one applicant that there is.
    deleted: bool,
    conversions: usize,
}

impl World {
    fn observe(&mut self, observation: &Observation, now: DateTime<Utc>) {
        let case = Case {
            applicant_deleted: self.deleted,
            ..self.record.case("level", false)
        };
        let standing = self.verification.map(|verification| CustomerStanding {
            verification,
            closed: false,
        });
        let verdict = judge(&case, standing, observation, now);
        self.deleted |= observation.status() == Some(Status::Deleted) && verdict.accepted.is_some();
        for event in self.record.recorded(1, observation, &verdict, now) {
            self.record.take(&event);
        }
        match verdict.effect {
            Effect::Convert => {
                self.conversions += 1;
                self.verification = Some(Verification::Verified);
            }
            Effect::Verify => self.verification = Some(Verification::Verified),
            Effect::Reject => self.verification = Some(Verification::Rejected),
            _ => {}
        }
    }
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_359_200, 0).unwrap()
}

/// Callbacks of one applicant within ten minutes; a few of the GREENs are not whole.
fn callback() -> impl Strategy<Value = Observation> {
    (
        proptest::sample::select(&STATUSES[..]),
        0_i64..600,
        proptest::bool::weighted(0.8),
    )
        .prop_map(|(status, second, whole)| Observation {
            kind: CallbackKind::Status(status),
            at: Some(start() + TimeDelta::seconds(second)),
            applicant_id: Some("applicant".to_owned()),
            external_user_id: Some("prospect".to_owned()),
            level: Some("level".to_owned()),
            sandbox: Some(false),
            test: false,
            review_status: (whole || status != Status::Green).then(|| "completed".to_owned()),
            member_of: Vec::new(),
            individual: None,
            asked_at: None,
            rejection: Rejection::default(),
        })
}

fn is_whole(observation: &Observation) -> bool {
    observation.status() != Some(Status::Green) || observation.review_status.is_some()
}

fn mark(observation: &Observation) -> Mark {
    Mark {
        at: observation.at.unwrap(),
        status: observation.status().unwrap(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_order_is_safe(
        observed in proptest::collection::vec(callback(), 1..12)
            .prop_flat_map(|callbacks| {
                let again = callbacks.clone();
                Just([callbacks, again].concat()).prop_shuffle()
            })
    ) {
        let mut world = World::default();
        for observation in &observed {
            world.observe(observation, start() + TimeDelta::seconds(600));
        }
        let whole_green = observed.iter().any(|observation| observation.status() == Some(Status::Green) && is_whole(observation));
        let newest = observed.iter().filter(|observation| is_whole(observation)).map(mark).max();

        prop_assert!(world.conversions <= 1, "one customer at most");
        prop_assert!(world.verification.is_none() || whole_green, "no customer without a whole GREEN");
        prop_assert_eq!(world.verification.is_some(), world.record.stage == Stage::Converted);
        match newest.map(|mark| mark.status) {
            Some(Status::Red) => prop_assert!(
                world.verification != Some(Verification::Verified),
                "when the newest is RED nobody has access"
            ),
            // With a Deleted in between the applicant is gone, and what it said before counts on the record only.
            Some(Status::Green) if observed.iter().all(|observation| observation.status() != Some(Status::Deleted)) => {
                prop_assert!(world.verification.is_some(), "the newest is GREEN: it is a customer");
            }
            _ => {}
        }
    }
}
