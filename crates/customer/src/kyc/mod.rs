//! What Sumsub's callbacks mean: read ([`observation`]), attributed ([`attribution`]) and judged ([`judgement`]); what must not
//! be missed ([`bad_news`]); and what operators may do when ([`actions`]).
//!
//! Everything here is a pure function of what is on record and what was received.

pub mod actions;
pub mod attribution;
pub mod bad_news;
pub mod judgement;
mod mark;
pub mod observation;
pub mod reject_labels;

pub use actions::{
    CustomerAction, CustomerFacts, ProspectAction, ProspectFacts, customer_may, prospect_may,
};
pub use bad_news::{BadNews, BadNewsKind};
pub use judgement::{Case, CustomerStanding, Effect, Outcome, Rules, Verdict, judge, real};
pub use mark::{Mark, Status};
pub use observation::{CallbackKind, Observation, ReceivedCallback, Rejection};
