//! Stories told from outside: the real binary, real PostgreSQL, real SMTP, a real browser.
//!
//! To write one: a file or a folder here is a chapter, found by what it is about. A story is an `async fn` that returns
//! `anyhow::Result<()>` and has a line in its chapter's `chapter()`: a [`e2e::Story`] shares an Usher or another scene, which
//! is set up when the first of them is asked for; one made by [`e2e::alone`] starts its own. What has to hold is an `ensure!`;
//! nothing sleeps: [`e2e::until`] waits for a fact, [`e2e::Usher::set_forward`] moves the clock.
//!
//! - [`e2e::Usher`]: the binary in `usher dev`; [`e2e::Bank`]: several `usher serve` on one database
//! - [`e2e::Admin`], [`e2e::portal`]: the panel and the portal in a few calls, on [`e2e::Window`]: pages, links, forms without
//!   JavaScript, found by accessible names ([`e2e::html`])
//! - [`e2e::browser`]: Chromium, where scripts, the keyboard or the look matter
//! - [`e2e::graphql`]: the API for programs; [`e2e::Callback`] and [`e2e::Sumsub`]: what Sumsub sends; [`e2e::simulator`]: plays it
//! - [`e2e::Mailbox`]: mails in `usher dev`; `testkit::SmtpServer`: a mail server that is away or refuses
//! - [`e2e::keycloak_server`], [`e2e::keycloak`]: a Keycloak of one's own, and signing in there
//! - [`e2e::counts`]: counts in the database, so that nothing under test does the counting

#![allow(clippy::too_many_lines, reason = "a test is as long as its story")]

use std::process::ExitCode;

mod accessibility;
mod clock;
mod deposit_and_credit;
mod dev_lifecycle;
mod few_actions;
mod find_anyone;
mod graphql;
mod graphql_foreign_clients;
mod import_csv;
mod keycloak;
mod keycloak_outage;
mod late_red;
mod link;
mod lists;
mod mail_outage;
mod missed_webhooks;
mod needs_a_person;
mod prospects;
mod selecting;
mod server_kills;
mod signing_in;
mod simulator;
mod three_processes;
mod together;
mod two_servers;
mod walkthrough;
mod webhook;

fn main() -> ExitCode {
    e2e::tell(vec![
        accessibility::chapter(),
        clock::chapter(),
        deposit_and_credit::chapter(),
        dev_lifecycle::chapter(),
        few_actions::chapter(),
        find_anyone::chapter(),
        graphql::chapter(),
        graphql_foreign_clients::chapter(),
        import_csv::chapter(),
        keycloak::chapter(),
        keycloak_outage::chapter(),
        late_red::chapter(),
        link::chapter(),
        lists::chapter(),
        mail_outage::chapter(),
        missed_webhooks::chapter(),
        needs_a_person::chapter(),
        prospects::chapter(),
        selecting::chapter(),
        server_kills::chapter(),
        signing_in::chapter(),
        simulator::chapter(),
        three_processes::chapter(),
        together::chapter(),
        two_servers::chapter(),
        walkthrough::chapter(),
        webhook::chapter(),
    ])
}
