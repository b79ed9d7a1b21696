//! "Find anyone": the search of everything, in the side bar of every page.
//!
//! What was typed has a kind ([`kernel::Sought`]); each domain looks for what of its own it could be, and writes down whom it showed. What the
//! viewer may not see isn't found. While one types, the script (`assets/js/find.js`) asks for the results alone; the log says the same people
//! once an hour then, not at each letter.

mod found;
pub mod page;
