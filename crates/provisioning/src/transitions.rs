//! The life of a step, as one table to be read: what each event makes of a row in each state. `rows` carries it out, and nothing
//! else writes a step's state.
//!
//! Whatever is decided about a row counts up its generation, also while the step runs: what that run comes to counts for nothing
//! then ([`StepEvent::Free`]).

use strum::{Display, EnumIter};

use crate::StepState::{self, Cancelled, Done, NeedsPerson, Retrying, Running, Waiting};

/// What happens to a step of one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter)]
pub(crate) enum StepEvent {
    /// Somebody has just become a customer.
    Begin,
    /// It has to be done once more after this, whatever was done before, and also when it runs at this moment.
    Request,
    /// What isn't done yet has to be done for other facts: a login that is being made for the old e-mail, say.
    Redo,
    /// The customer has access again: what was cancelled is to be done after all.
    Restart,
    /// The customer lost access: what isn't done is not to be done any more.
    Cancel,
    /// What was done counts for nothing any more, and isn't to be done again for now.
    Withdraw,
    /// No other step has to be done before it (any more).
    FallDue,
    /// A loop takes it.
    Claim,
    /// A loop takes what is done, to compare the outside with the facts again.
    Recheck,
    /// The first of these, of somebody who never needed the standing step.
    FirstRecheck,
    /// The step before a standing one is done and was to be compared: from now on the standing one is.
    HandOverRecheck,
    /// The run did it.
    Succeed,
    /// The run left it to whoever has it next.
    Lose,
    /// The run failed, and another may do it.
    Fail,
    /// The recipient's side puts it off.
    Defer,
    /// The run failed, and no other mends it.
    GiveUp,
    /// The run found that the customer has no access.
    Stop,
    /// Whoever ran it is gone.
    Abandon,
    /// Whoever had it lets go of it: something was decided about it meanwhile, and that stays.
    Free,
    /// What it depends on answers again.
    PullForward,
    /// A person wants it tried now.
    RetryNow,
}

/// What becomes of the count of tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Attempt {
    Keep,
    Zero,
    One,
    Next,
}

/// What becomes of the words about the last failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastError {
    Keep,
    /// Those of the event, or none.
    New,
}

/// When it falls due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NextTry {
    /// As it was.
    Keep,
    /// Not before something else happens.
    Never,
    /// At once, and the loops are woken.
    Now,
    /// After the event's pause; never when it has none.
    Later,
}

/// Since when the recipient's side puts it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Deferral {
    Keep,
    /// Since now, unless it did already.
    Begin,
    End,
}

/// Who has it in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Worker {
    Keep,
    Take,
    Free,
}

/// What an event does to a row beside its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Effects {
    /// Whether the generation counts up.
    pub(crate) decides: bool,
    pub(crate) attempt: Attempt,
    pub(crate) error: LastError,
    pub(crate) next_try: NextTry,
    pub(crate) deferral: Deferral,
    pub(crate) worker: Worker,
}

type Row = (StepEvent, [Option<StepState>; 7], Effects);

const fn effects(next_try: NextTry, worker: Worker) -> Effects {
    Effects {
        decides: false,
        attempt: Attempt::Keep,
        error: LastError::Keep,
        next_try,
        deferral: Deferral::Keep,
        worker,
    }
}

const fn tried(attempt: Attempt, rest: Effects) -> Effects {
    Effects { attempt, ..rest }
}

/// A decision: nothing of what was tried before counts.
const fn decided(attempt: Attempt, deferral: Deferral) -> Effects {
    Effects {
        decides: true,
        attempt,
        error: LastError::New,
        deferral,
        ..effects(NextTry::Never, Worker::Keep)
    }
}

/// A run has ended.
const fn ended(next_try: NextTry, deferral: Deferral) -> Effects {
    Effects {
        error: LastError::New,
        deferral,
        ..effects(next_try, Worker::Free)
    }
}

/// The table: for each event the state after it, by the state before it, and the rest. Where there is none (`__`), the event does
/// nothing.
#[rustfmt::skip]
const TABLE: [Row; 21] = {
    use StepEvent::*;
    use {Attempt as A, Deferral as D, NextTry as N, Worker as W};
    const __: Option<StepState> = None;
    const WAIT: Option<StepState> = Some(Waiting);
    const RUNS: Option<StepState> = Some(Running);
    const TRY_: Option<StepState> = Some(Retrying);
    const PERS: Option<StepState> = Some(NeedsPerson);
    const DONE: Option<StepState> = Some(Done);
    const CANC: Option<StepState> = Some(Cancelled);
    [
    // from:          no row waiting running retrying person done cancelled
    (Begin,           [WAIT, __,   __,   __,   __,   __,   __  ], effects(N::Never, W::Keep)),
    (Request,         [WAIT, WAIT, WAIT, WAIT, WAIT, WAIT, WAIT], decided(A::Zero, D::End)),
    (Redo,            [__,   WAIT, WAIT, WAIT, WAIT, __,   __  ], decided(A::Zero, D::End)),
    (Restart,         [__,   __,   __,   __,   __,   __,   WAIT], decided(A::Zero, D::End)),
    (Cancel,          [__,   CANC, CANC, CANC, CANC, __,   __  ], decided(A::Keep, D::Keep)),
    (Withdraw,        [__,   __,   __,   __,   __,   CANC, __  ], decided(A::Zero, D::Keep)),
    (FallDue,         [__,   WAIT, __,   __,   __,   __,   __  ], effects(N::Now, W::Keep)),
    (Claim,           [__,   RUNS, __,   RUNS, __,   __,   __  ], tried(A::Next, effects(N::Keep, W::Take))),
    (Recheck,         [__,   __,   __,   __,   __,   DONE, __  ], tried(A::One, effects(N::Keep, W::Take))),
    (FirstRecheck,    [DONE, __,   __,   __,   __,   __,   __  ], effects(N::Now, W::Keep)),
    (HandOverRecheck, [__,   __,   __,   __,   __,   DONE, __  ], effects(N::Never, W::Keep)),
    // A run ends: of what was to be done (running), or of what was only compared with the facts (done).
    (Succeed,         [__,   __,   DONE, __,   __,   DONE, __  ], ended(N::Later, D::End)),
    (Lose,            [__,   __,   WAIT, __,   __,   WAIT, __  ], ended(N::Later, D::End)),
    (Fail,            [__,   __,   TRY_, __,   __,   TRY_, __  ], ended(N::Later, D::Keep)),
    (Defer,           [__,   __,   TRY_, __,   __,   TRY_, __  ], ended(N::Later, D::Begin)),
    (GiveUp,          [__,   __,   PERS, __,   __,   PERS, __  ], ended(N::Never, D::End)),
    (Stop,            [__,   __,   CANC, __,   __,   CANC, __  ], ended(N::Never, D::End)),
    (Abandon,         [__,   __,   TRY_, __,   __,   __,   __  ], effects(N::Now, W::Free)),
    (Free,            [__,   WAIT, __,   TRY_, PERS, DONE, CANC], effects(N::Keep, W::Free)),
    (PullForward,     [__,   __,   __,   TRY_, __,   __,   __  ], effects(N::Now, W::Keep)),
    (RetryNow,        [__,   __,   __,   TRY_, TRY_, __,   __  ], effects(N::Now, W::Keep)),
    ]
};

/// What an event makes of a row; none when it does nothing to one in this state. `from` is none when there is no row.
pub(crate) fn after(from: Option<StepState>, event: StepEvent) -> Option<(StepState, Effects)> {
    let column = match from {
        None => 0,
        Some(Waiting) => 1,
        Some(Running) => 2,
        Some(Retrying) => 3,
        Some(NeedsPerson) => 4,
        Some(Done) => 5,
        Some(Cancelled) => 6,
    };
    let (_, states, effects) = TABLE.iter().find(|(known, ..)| *known == event)?;
    Some((states[column]?, *effects))
}

/// What a run's end makes of the step that it ran.
pub(crate) fn state_after_run(event: StepEvent) -> StepState {
    after(Some(Running), event).map_or(Running, |(state, _)| state)
}

impl StepEvent {
    /// Whether people see it as a change (`changed_at`); when it only falls due earlier or is compared again, they don't.
    pub(crate) fn is_shown(self) -> bool {
        use StepEvent::*;
        !matches!(self, Recheck | HandOverRecheck | PullForward | RetryNow)
    }
}

#[cfg(test)]
mod tests;
