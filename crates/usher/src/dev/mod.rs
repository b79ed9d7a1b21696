//! What only `usher dev` has: its data folder, its secrets, the ready file, the page of its tools.

pub mod data_folder;
pub mod databases;
mod first_page;
pub mod keycloak;
pub mod operators;
pub mod ready_file;
pub mod secrets;
pub mod tools;
