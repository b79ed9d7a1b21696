use chrono::TimeZone as _;
use strum::IntoEnumIterator as _;

use super::*;
use crate::kyc::Rejection;

const RULES: Rules = Rules {
    allow_sandbox: false,
};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 10, 0, 0).unwrap()
}

fn case(stage: Stage) -> Case {
    Case {
        stage,
        applicant_id: Some("applicant".to_owned()),
        mark: None,
        green_at: None,
        declined_for_good: false,
        expected_level: "basic-kyc-level".to_owned(),
        red_at: None,
        applicant_deleted: false,
        awaits_link: false,
        named: true,
        company: false,
    }
}

fn observation(status: Status) -> Observation {
    Observation {
        kind: CallbackKind::Status(status),
        at: Some(now()),
        applicant_id: Some("applicant".to_owned()),
        external_user_id: Some("prospect".to_owned()),
        level: Some("basic-kyc-level".to_owned()),
        sandbox: Some(false),
        test: false,
        review_status: Some("completed".to_owned()),
        member_of: Vec::new(),
        individual: None,
        asked_at: None,
        rejection: Rejection::default(),
    }
}

fn judged(case: &Case, standing: Option<CustomerStanding>, observation: &Observation) -> Verdict {
    judge(case, standing, observation, now())
}

/// What a row of `docs/RULES.md` is about.
fn told(row: &str) -> Status {
    match row {
        "applicantCreated" => Status::Created,
        "applicantReset" => Status::Reset,
        "applicantPending" => Status::Pending,
        "applicantOnHold" => Status::OnHold,
        "applicantReviewed GREEN" => Status::Green,
        "applicantReviewed RED" => Status::Red,
        "applicantDeleted" => Status::Deleted,
        other => panic!("{other}"),
    }
}

/// A verdict as `docs/RULES.md` writes it.
fn cell_of(verdict: &Verdict) -> String {
    let effect = match verdict.effect {
        Effect::Nothing => "-".to_owned(),
        Effect::Move(stage) => format!("{stage:?}"),
        Effect::ClearApplicant(Stage::Converted) => "applicant cleared".to_owned(),
        Effect::ClearApplicant(stage) => format!("{stage:?}, applicant cleared"),
        Effect::UpdateReasons => "update reasons".to_owned(),
        Effect::Convert => "convert".to_owned(),
        Effect::Verify => "verify".to_owned(),
        Effect::Reject => "reject".to_owned(),
    };
    format!(
        "{effect}{}",
        if verdict.raise.is_some() {
            ", raised"
        } else {
            ""
        }
    )
}

/// *No change* and *record* move nothing, both.
fn moves_nothing_as_a_dash(cell: &str) -> String {
    cell.replace("no change", "-").replace("record", "-")
}

#[test]
fn how_a_prospect_moves() {
    let cells = testkit::rules_table("prospect callbacks");
    assert_eq!(cells.len(), 7 * 6, "each status at each stage");
    for cell in cells {
        let status = told(cell.row);
        let stage = Stage::iter().find(|stage| format!("{stage:?}") == cell.column);
        let verdict = judged(&case(stage.unwrap()), None, &observation(status));
        assert_eq!(
            cell_of(&verdict),
            moves_nothing_as_a_dash(cell.text),
            "{cell:?}"
        );
        assert_eq!(
            verdict.accepted,
            Some(Mark { at: now(), status }),
            "{cell:?} counts"
        );
    }
}

#[test]
fn what_happens_to_a_customer() {
    let cells = testkit::rules_table("customer callbacks");
    assert_eq!(cells.len(), 7 * 4, "each status for each verification");
    for cell in cells {
        let verification = Verification::iter().find(|known| known.label() == cell.column);
        let standing = CustomerStanding {
            verification: verification.unwrap_or(Verification::Verified),
            closed: cell.column == "(closed)",
        };
        let verdict = judged(
            &case(Stage::Converted),
            Some(standing),
            &observation(told(cell.row)),
        );
        assert_eq!(
            cell_of(&verdict),
            moves_nothing_as_a_dash(cell.text),
            "{cell:?}"
        );
    }
}

#[test]
fn a_green_after_a_final_red_converts_and_is_raised() {
    let declined = Case {
        declined_for_good: true,
        ..case(Stage::KycDeclined)
    };
    assert_eq!(
        cell_of(&judged(&declined, None, &observation(Status::Green))),
        "convert, raised"
    );
}

#[test]
fn a_green_converts_only_when_it_is_whole() {
    let whole = observation(Status::Green);
    type Lack = fn(&mut Observation);
    let lacks: [(&str, Lack, Outcome); 9] = [
        (
            "applicantId",
            |s| s.applicant_id = None,
            Outcome::Incomplete,
        ),
        (
            "externalUserId",
            |s| s.external_user_id = None,
            Outcome::Incomplete,
        ),
        ("levelName", |s| s.level = None, Outcome::Incomplete),
        (
            "another level",
            |s| s.level = Some("other".to_owned()),
            Outcome::Ignored,
        ),
        ("sandboxMode", |s| s.sandbox = None, Outcome::Incomplete),
        (
            "reviewStatus",
            |s| s.review_status = None,
            Outcome::Incomplete,
        ),
        (
            "not completed",
            |s| s.review_status = Some("pending".to_owned()),
            Outcome::Incomplete,
        ),
        ("time", |s| s.at = None, Outcome::Incomplete),
        (
            "too far ahead",
            |s| s.at = Some(now() + TimeDelta::seconds(301)),
            Outcome::Incomplete,
        ),
    ];
    for (what, lack, outcome) in lacks {
        let mut lacking = whole.clone();
        lack(&mut lacking);
        let verdict = judged(&case(Stage::KycPending), None, &lacking);
        assert_eq!(
            (verdict.outcome, verdict.effect, verdict.accepted),
            (outcome, Effect::Nothing, None),
            "{what}"
        );
        assert!(verdict.reason.is_some(), "{what}");
    }
    let ahead = Observation {
        at: Some(now() + TimeDelta::seconds(300)),
        ..whole.clone()
    };
    assert_eq!(
        judged(&case(Stage::KycPending), None, &ahead).effect,
        Effect::Convert
    );
    let unnamed = Case {
        named: false,
        ..case(Stage::KycPending)
    };
    assert_eq!(
        judged(&unnamed, None, &whole).outcome,
        Outcome::Incomplete,
        "externalUserId names nobody or somebody else"
    );
}

#[test]
fn what_is_not_real_is_told_before_anything_else() {
    let allowed = Rules {
        allow_sandbox: true,
    };
    let sandbox = Observation {
        sandbox: Some(true),
        ..observation(Status::Green)
    };
    assert!(real(&sandbox, RULES).is_err());
    assert!(real(&sandbox, allowed).is_ok());
    let test = Observation {
        test: true,
        ..observation(Status::Red)
    };
    assert!(real(&test, allowed).is_err());
    assert!(real(&observation(Status::Green), RULES).is_ok());
}

#[test]
fn what_is_absent_is_not_wrong_but_for_green() {
    let bare = Observation {
        level: None,
        sandbox: None,
        external_user_id: None,
        review_status: None,
        ..observation(Status::Pending)
    };
    assert_eq!(
        judged(&case(Stage::New), None, &bare).effect,
        Effect::Move(Stage::KycPending)
    );
}

#[test]
fn older_than_the_mark_is_stale_and_may_fill_in_the_applicant() {
    let newest = Mark {
        at: now(),
        status: Status::Pending,
    };
    let case = Case {
        mark: Some(newest),
        applicant_id: None,
        ..case(Stage::KycPending)
    };
    let earlier = Observation {
        at: Some(now() - TimeDelta::milliseconds(1)),
        ..observation(Status::OnHold)
    };
    let verdict = judged(&case, None, &earlier);
    assert_eq!(
        (verdict.outcome, verdict.effect, verdict.bind),
        (Outcome::Stale, Effect::Nothing, true)
    );
}

#[test]
fn at_equal_times_rank_decides() {
    for (first, second) in Status::iter().zip(Status::iter().skip(1)) {
        let marked = |status| Case {
            mark: Some(Mark { at: now(), status }),
            ..case(Stage::KycPending)
        };
        assert_ne!(
            judged(&marked(first), None, &observation(second)).outcome,
            Outcome::Stale,
            "{second} after {first}"
        );
        assert_eq!(
            judged(&marked(second), None, &observation(first)).outcome,
            Outcome::Stale,
            "{first} after {second}"
        );
    }
}

#[test]
fn a_red_locks_a_customer_out_unless_a_newer_green_stands() {
    let standing = Some(CustomerStanding {
        verification: Verification::Verified,
        closed: false,
    });
    let later = Some(Mark {
        at: now() + TimeDelta::seconds(60),
        status: Status::Pending,
    });
    let red = observation(Status::Red);

    let stale = Case {
        mark: later,
        ..case(Stage::Converted)
    };
    assert_eq!(
        judged(&stale, standing, &red).effect,
        Effect::Reject,
        "a newer pending does not protect"
    );
    let green_then = |at| Case {
        green_at: Some(at),
        mark: later,
        ..case(Stage::Converted)
    };
    assert_eq!(
        judged(&green_then(now()), standing, &red).effect,
        Effect::Reject,
        "an equal GREEN does not protect"
    );
    let newer = green_then(now() + TimeDelta::milliseconds(1));
    assert_eq!(judged(&newer, standing, &red).outcome, Outcome::Stale);
    let timeless = Observation {
        at: None,
        ..red.clone()
    };
    let verdict = judged(&newer, standing, &timeless);
    assert_eq!(
        (verdict.effect, verdict.accepted),
        (Effect::Reject, None),
        "without a time it still locks out"
    );
    let other_level = Observation {
        level: Some("other".to_owned()),
        ..red
    };
    let verdict = judged(&newer, standing, &other_level);
    assert_eq!(verdict.outcome, Outcome::Ignored);
    assert!(
        verdict.raise.is_some(),
        "a wrong-level RED for a customer is raised"
    );
}

#[test]
fn what_does_not_count_says_why() {
    let with = |kind| Observation {
        kind,
        ..observation(Status::Created)
    };
    let new = case(Stage::New);
    assert_eq!(
        judged(&new, None, &with(CallbackKind::Unknown)).outcome,
        Outcome::Ignored
    );
    assert_eq!(
        judged(&new, None, &with(CallbackKind::Informational)).outcome,
        Outcome::NoChange
    );
    let otherwise = judged(&new, None, &with(CallbackKind::ReviewedOtherwise));
    assert_eq!(otherwise.outcome, Outcome::Ignored);
    assert!(otherwise.raise.is_some());
    let other = Observation {
        applicant_id: Some("other".to_owned()),
        ..observation(Status::Green)
    };
    assert_eq!(judged(&new, None, &other).outcome, Outcome::Ignored);
}
