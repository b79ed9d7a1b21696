//! What Sumsub's callbacks mean: read ([`said`]), attributed ([`attribution`]) and judged ([`judgement`]).
//!
//! Everything here is a pure function of what is on record and what was said.

pub mod attribution;
pub mod judgement;
mod mark;
pub mod said;

pub use judgement::{Case, Effect, Holder, Outcome, Rules, Verdict, judge};
pub use mark::{Mark, Status};
pub use said::{Kind, Rejection, Said};
