//! What Sumsub's callbacks mean: read ([`said`]), attributed ([`attribution`]) and judged ([`judgement`]);
//! and what operators may do when ([`actions`]).
//!
//! Everything here is a pure function of what is on record and what was said.

pub mod actions;
pub mod attribution;
pub mod judgement;
mod mark;
pub mod said;

pub use actions::{
    CustomerAction, CustomerFacts, May, ProspectAction, ProspectFacts, customer_may, prospect_may,
};
pub use judgement::{Case, Effect, Holder, Outcome, Rules, Verdict, judge};
pub use mark::{Mark, Status};
pub use said::{Kind, Rejection, Said};
