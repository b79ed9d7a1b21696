//! One file a command.

mod config;
mod dev;
mod doctor;
mod keycloak;
mod migrate;
mod operator;
mod serve;
mod worker;

use crate::{cli::Command, failure::Failure};

/// Does what the command line says.
///
/// # Errors
/// One sentence with the mend.
pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Dev(args) => dev::run(args).await,
        Command::Serve(args) => serve::run(args).await,
        Command::Worker(args) => worker::run(args).await,
        Command::Migrate(args) => migrate::run(&args).await,
        Command::Doctor(args) => doctor::run(&args).await,
        Command::Config => config::run(),
        Command::Operator(command) => operator::run(command).await,
        Command::Keycloak(command) => keycloak::run(command).await,
    }
}
