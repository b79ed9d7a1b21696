//! What can be wrong with the chain, each in a sentence with the mend.

use std::fmt;

/// Something that isn't as it should be, in one sentence with the mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditFinding {
    /// The entry isn't what was sealed.
    EntryChanged {
        /// The id of the entry.
        id: i64,
        /// The seal that knows better.
        seal: i64,
    },
    /// The entry was sealed, and is gone.
    EntryDeleted {
        /// The id of the entry.
        id: i64,
        /// The seal that knows better.
        seal: i64,
    },
    /// The entry stands where all had been sealed without it.
    EntryInserted {
        /// The id of the entry.
        id: i64,
        /// The seal that knows better.
        seal: i64,
    },
    /// The seal isn't what its own hash is over.
    SealChanged {
        /// The number of the seal.
        seal: i64,
        /// The highest entry that it names.
        last_id: i64,
    },
    /// The seal doesn't follow from the one before: one of the two was made anew.
    SealBroken {
        /// The number of the seal.
        seal: i64,
    },
    /// The seal is gone.
    SealDeleted {
        /// The number of the seal.
        seal: i64,
    },
    /// The newest entries are gone: the sequence has given higher ids.
    TailMissing {
        /// The first id of which nothing is there.
        from: i64,
        /// The last one.
        to: i64,
    },
    /// The chain has another seal than the one that was kept.
    NotTheKeptSeal {
        /// The number of the seal.
        seal: i64,
    },
    /// The chain ends before the seal that was kept.
    KeptSealMissing {
        /// The number of the seal.
        seal: i64,
    },
    /// Entries wait too long for their seal.
    Unsealed {
        /// How many entries wait.
        entries: i64,
        /// How long the oldest has been waiting.
        seconds: i64,
    },
}

impl fmt::Display for AuditFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MEND: &str = "compare with a backup, and find out who used the database owner's role";
        match self {
            Self::EntryChanged { id, seal } => write!(
                f,
                "audit entry {id} was changed after it was recorded (seal {seal}): {MEND}"
            ),
            Self::EntryDeleted { id, seal } => write!(
                f,
                "audit entry {id} was deleted after it was recorded (seal {seal}): {MEND}"
            ),
            Self::EntryInserted { id, seal } => write!(
                f,
                "audit entry {id} was inserted among entries that were sealed before (seal {seal}): {MEND}"
            ),
            Self::SealChanged { seal, last_id } => write!(
                f,
                "audit seal {seal} (entries up to {last_id}) was changed after it was made: {MEND}"
            ),
            Self::SealBroken { seal } => write!(
                f,
                "audit seal {seal} does not follow from seal {}, so one of them was made anew: {MEND}",
                seal - 1
            ),
            Self::SealDeleted { seal } => {
                write!(f, "audit seal {seal} was deleted after it was made: {MEND}")
            }
            Self::TailMissing { from, to } => write!(
                f,
                "the newest audit entries are gone: ids up to {to} were given, and nothing is there from {from} on (a transaction \
                 that failed just now can look so: look again in a minute): {MEND}"
            ),
            Self::NotTheKeptSeal { seal } => write!(
                f,
                "audit seal {seal} is not the one that was kept, so the log was made anew: {MEND}"
            ),
            Self::KeptSealMissing { seal } => write!(
                f,
                "audit seal {seal} was kept and is not there any more, so the end of the log was cut off: {MEND}"
            ),
            Self::Unsealed { entries, seconds } => write!(
                f,
                "{entries} audit {} not sealed, the oldest for {seconds} s: start `usher serve` or `usher worker`, \
                 which seal them, and end transactions that have been writing for so long",
                if *entries == 1 {
                    "entry is"
                } else {
                    "entries are"
                },
            ),
        }
    }
}
