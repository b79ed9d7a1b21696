//! `usher`: one binary, its subcommands the operational roles.
#![deny(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "they panic once the reader has gone: use `say`"
)]

mod app;
mod check;
mod cli;
mod commands;
mod config;
mod database;
mod dev;
mod failure;
mod health;
mod listeners;
mod loops;
mod metrics_table;
mod ops;
mod postgres;
mod say;
mod stopping;
mod telemetry;

use std::process::ExitCode;

use clap::Parser as _;

/// A page makes and drops thousands of small things; glibc's allocator was a tenth of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Room for the most deeply nested query that the API's limits let through, also in a build that isn't optimised. Memory is
/// taken only as it is used.
const STACK: usize = 16 << 20;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    // Two providers are in the tree, and rustls panics when it has to choose. An error means that one is there already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .thread_stack_size(STACK)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            say::aside(format_args!("usher: no threads can be started: {error}."));
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(commands::run(cli.command));
    // Whatever had to end has ended by now; a library's idle task would hold up the exit.
    runtime.shutdown_background();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            for sentence in failure.to_string().lines() {
                say::aside(format_args!("usher: {sentence}"));
            }
            failure.exit_code()
        }
    }
}
