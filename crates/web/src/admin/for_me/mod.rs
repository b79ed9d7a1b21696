//! `/for-me`: what came in for the operator who is signed in, and the bell that says how much is new.

pub mod page;
