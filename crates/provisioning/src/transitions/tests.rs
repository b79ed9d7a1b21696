use proptest::prelude::*;
use strum::IntoEnumIterator as _;

use super::*;

const STATES: [Option<StepState>; 7] = [
    None,
    Some(Waiting),
    Some(Running),
    Some(Retrying),
    Some(NeedsPerson),
    Some(Done),
    Some(Cancelled),
];

/// The whole table, cell by cell, as it is to be: a change of one is seen here.
#[test]
fn every_cell() {
    let mut cells = String::new();
    for event in StepEvent::iter() {
        let row: Vec<String> = STATES
            .map(|from| after(from, event).map_or("-".to_owned(), |(to, _)| to.to_string()))
            .to_vec();
        let effects = STATES.iter().find_map(|from| after(*from, event));
        let (_, effects) = effects.expect("an event that never does anything");
        let line = format!(
            "{:16}| {} | {}{:?}, {:?} error, next try {:?}, deferral {:?}, worker {:?}\n",
            format!("{event:?}"),
            row.iter().map(|to| format!("{to:13}")).collect::<String>(),
            if effects.decides { "decides, " } else { "" },
            effects.attempt,
            effects.error,
            effects.next_try,
            effects.deferral,
            effects.worker,
        );
        cells.push_str(&line);
    }
    let heads = "no row waiting running retrying needs_person done cancelled";
    let heads: String = heads
        .replace("no row", "no-row")
        .split(' ')
        .map(|head| format!("{head:13}"))
        .collect();
    insta::assert_snapshot!(format!("{:16}| {heads} |\n{cells}", ""));
}

/// A row as the table sees it.
#[derive(Debug, Clone, Copy)]
struct Model {
    state: StepState,
    generation: i32,
    is_due: bool,
    /// The generation that the one who has it in hand took it with.
    taken_with: Option<i32>,
}

/// Whether it can happen to such a row at all: `rows::select` and the loops see to that.
fn can_happen(row: Option<Model>, event: StepEvent) -> bool {
    use StepEvent::*;
    let (taken, is_own, is_due) = match row {
        None => (false, false, false),
        Some(row) => (
            row.taken_with.is_some(),
            row.taken_with == Some(row.generation),
            row.is_due,
        ),
    };
    match event {
        Begin | FirstRecheck => row.is_none(),
        Claim | Recheck | HandOverRecheck => is_due && !taken,
        FallDue => !is_due,
        Succeed | Lose | Fail | Defer | GiveUp | Stop => is_own,
        Free => taken && !is_own || row.is_some_and(|row| taken && row.state == Done),
        Abandon => taken,
        Request | Redo | Restart | Cancel | Withdraw | PullForward | RetryNow => true,
    }
}

fn apply(row: Option<Model>, event: StepEvent) -> Option<Model> {
    let Some((state, effects)) = after(row.map(|row| row.state), event) else {
        return row;
    };
    let before = row.unwrap_or(Model {
        state,
        generation: 0,
        is_due: false,
        taken_with: None,
    });
    let generation = before.generation + i32::from(effects.decides);
    Some(Model {
        state,
        generation,
        is_due: match effects.next_try {
            NextTry::Keep => before.is_due,
            NextTry::Never => false,
            NextTry::Now | NextTry::Later => true,
        },
        taken_with: match effects.worker {
            Worker::Keep => before.taken_with,
            Worker::Take => Some(generation),
            Worker::Free => None,
        },
    })
}

fn sequences() -> impl Strategy<Value = Vec<StepEvent>> {
    let events: Vec<StepEvent> = StepEvent::iter().collect();
    prop::collection::vec(prop::sample::select(events), 0..60)
}

proptest! {
    /// Whatever happens in whatever order, the row stands in a cell of the table, can be done, and nobody waits for ever for whoever
    /// has it in hand.
    #[test]
    fn no_sequence_of_events_leaves_the_table(events in sequences()) {
        let mut row = None;
        for event in events {
            if !can_happen(row, event) {
                continue;
            }
            let before: Option<Model> = row;
            row = apply(row, event);
            let Some(now) = row else { continue };
            prop_assert!(before.is_none_or(|before| before.generation <= now.generation));
            if let Some(taken_with) = now.taken_with {
                // Whoever has it can let go of it, done or not.
                let ends = match now.state {
                    Running | Done if taken_with == now.generation => StepEvent::Succeed,
                    _ => StepEvent::Free,
                };
                prop_assert!(after(Some(now.state), ends).is_some(), "{now:?}");
                prop_assert!(apply(row, ends).is_some_and(|free| free.taken_with.is_none()));
                // And when it has died, whoever takes over as well.
                let left = if now.state == Running { StepEvent::Abandon } else { StepEvent::Free };
                prop_assert!(apply(row, left).is_some_and(|free| free.taken_with.is_none()));
            } else {
                prop_assert_ne!(now.state, Running, "nobody runs it");
            }
            match now.state {
                Retrying => prop_assert!(now.is_due, "a retry has its time"),
                NeedsPerson | Cancelled => prop_assert!(!now.is_due, "nobody comes back to it by itself"),
                Waiting | Running | Done => {}
            }
            // A person, or the facts, can always have it done.
            let wanted = [StepEvent::Request, StepEvent::FallDue, StepEvent::Free, StepEvent::Claim, StepEvent::Succeed];
            let done = wanted.into_iter().fold(row, apply);
            prop_assert!(done.is_some_and(|done| done.state == Done && done.taken_with.is_none()));
        }
    }
}
