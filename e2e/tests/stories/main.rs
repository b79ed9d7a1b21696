//! Stories told from outside: the real binary, real PostgreSQL, real mail, a real browser. A file, or a folder, tells one
//! chapter; what its stories share is set up only when one of them is asked for.

#![allow(clippy::too_many_lines, reason = "a test is as long as its story")]

use std::process::ExitCode;

mod accessibility;
mod clock;
mod deposit_and_credit;
mod dev_lifecycle;
mod graphql;
mod graphql_foreign_clients;
mod keycloak;
mod keycloak_outage;
mod late_red;
mod link;
mod mail_outage;
mod missed_webhooks;
mod prospects;
mod server_kills;
mod signing_in;
mod simulator;
mod three_processes;
mod two_servers;
mod walkthrough;
mod webhook;

fn main() -> ExitCode {
    e2e::tell(vec![
        accessibility::chapter(),
        clock::chapter(),
        deposit_and_credit::chapter(),
        dev_lifecycle::chapter(),
        graphql::chapter(),
        graphql_foreign_clients::chapter(),
        keycloak::chapter(),
        keycloak_outage::chapter(),
        late_red::chapter(),
        link::chapter(),
        mail_outage::chapter(),
        missed_webhooks::chapter(),
        prospects::chapter(),
        server_kills::chapter(),
        signing_in::chapter(),
        simulator::chapter(),
        three_processes::chapter(),
        two_servers::chapter(),
        walkthrough::chapter(),
        webhook::chapter(),
    ])
}
