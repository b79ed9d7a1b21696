use strum::IntoEnumIterator as _;

use super::*;
use crate::kyc::{ProspectFacts, prospect_may};

const LINKS: [LinkStanding; 4] = [
    LinkStanding::NotMade,
    LinkStanding::Open,
    LinkStanding::OpenFromBefore,
    LinkStanding::Ended,
];

fn action_for(stage: Stage, link: LinkStanding, retry: Retry) -> &'static str {
    let mail = LinkReached::NotSent;
    let facts = NextActionFacts {
        stage,
        link,
        mail,
        retry,
    };
    next_action(facts).0
}

fn all() -> impl Iterator<Item = NextActionFacts> {
    use {LinkReached::*, Retry::*};
    Stage::iter().flat_map(|stage| {
        LINKS.into_iter().flat_map(move |link| {
            [NotSent, Sent, Opened].into_iter().flat_map(move |mail| {
                [Allowed, Final, NotSaid].map(|retry| NextActionFacts {
                    stage,
                    link,
                    mail,
                    retry,
                })
            })
        })
    })
}

#[test]
fn each_case_has_one_button_that_can_be_pressed_or_says_whom_one_waits_for() {
    for facts in all() {
        let (words, step) = next_action(facts);
        match step {
            NextStep::Do(action) => {
                let may = ProspectFacts {
                    stage: facts.stage,
                    converted_by_hand: false,
                    erased: false,
                    declined_for_good: facts.retry == Retry::Final,
                    by_hand_allowed: true,
                };
                assert!(prospect_may(action, may).allowed().is_ok(), "{facts:?}");
            }
            NextStep::WaitForProspect | NextStep::WaitForSumsub => {
                assert!(words.starts_with("Wait for "), "{facts:?}: {words}");
            }
            NextStep::ReviewInSumsub => {
                assert!(words.contains("Sumsub's dashboard"), "{words}");
            }
            NextStep::SeeCustomer => assert_eq!(facts.stage, Stage::Converted),
            NextStep::Nothing => assert_eq!(facts.stage, Stage::Closed),
            NextStep::LookAtRaised => panic!("nothing is raised: {facts:?}"),
            NextStep::Wake => panic!("nobody has snoozed it: {facts:?}"),
        }
    }
}

#[test]
fn after_a_final_rejection_no_link_is_sent() {
    for facts in all().filter(|facts| facts.stage == Stage::KycDeclined) {
        let (_, step) = next_action(facts);
        match facts.retry {
            Retry::Final => assert_eq!(step, NextStep::Do(ProspectAction::Close)),
            Retry::NotSaid => assert_eq!(step, NextStep::ReviewInSumsub),
            Retry::Allowed => assert!(matches!(
                step,
                NextStep::Do(ProspectAction::SendLink) | NextStep::WaitForProspect
            )),
        }
    }
}

#[test]
fn a_link_that_was_sent_and_can_be_used_is_waited_for() {
    for facts in all().filter(|facts| facts.stage == Stage::New) {
        let (_, step) = next_action(facts);
        let waits = facts.link.is_open() && facts.mail != LinkReached::NotSent;
        assert_eq!(step == NextStep::WaitForProspect, waits, "{facts:?}");
    }
}

#[test]
fn a_final_rejection_never_says_try_again() {
    for link in LINKS {
        let words = action_for(Stage::KycDeclined, link, Retry::Final);
        assert!(
            !words.contains("try again") && !words.contains("enerate"),
            "{words}"
        );
        let retry = action_for(Stage::KycDeclined, link, Retry::Allowed);
        assert!(retry.contains("try again"), "{retry}");
        assert_ne!(words, retry);
        assert_ne!(retry, action_for(Stage::KycDeclined, link, Retry::NotSaid));
    }
}

#[test]
fn what_is_raised_comes_first_and_is_said_in_its_words() {
    let one = first_look_at("a GREEN for the level “a”, while “b” is expected", 0);
    assert!(one.contains("“a”, while “b” is expected. See"), "{one}");
    assert!(first_look_at("it", 2).contains("it (and 2 more)"));
}

#[test]
fn a_link_that_is_there_is_sent_and_not_generated() {
    for (stage, retry) in [
        (Stage::New, Retry::NotSaid),
        (Stage::KycStarted, Retry::NotSaid),
        (Stage::KycDeclined, Retry::Allowed),
    ] {
        let open = action_for(stage, LinkStanding::Open, retry);
        assert!(!open.contains("enerate"), "{open}");
        let ended = action_for(stage, LinkStanding::Ended, retry);
        assert!(
            ended.contains("has ended") && ended.contains("generate a new one"),
            "{ended}"
        );
    }
    let none = action_for(Stage::New, LinkStanding::NotMade, Retry::NotSaid);
    assert!(none.starts_with("Generate the verification link"), "{none}");
}
