//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use access::KeptSeal;
use clap::{Args, Parser, Subcommand};
use url::Url;

use crate::config::{Given, parse_web_url};

/// Onboards a bank's customers: verified by Sumsub, with a login and an account, all by itself.
#[derive(Debug, Parser)]
#[command(name = "usher", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run everything on this machine to try it out: a private PostgreSQL, a Sumsub simulator, a mailbox
    Dev(DevArgs),
    /// Run the panel, the portal, the webhook and the background work
    Serve(ServeArgs),
    /// Run the background work only
    Worker(WorkerArgs),
    /// Bring the database's schema up to date
    Migrate(ConfigArgs),
    /// Check the configuration, the database and what `serve` refuses
    Doctor(DoctorArgs),
    /// Print every key of the configuration
    Config,
    /// Manage the operators of the panel
    #[command(subcommand)]
    Operator(OperatorCommand),
    /// Make a Keycloak ready
    #[command(subcommand)]
    Keycloak(KeycloakCommand),
}

/// What is looked at.
#[derive(Args, Debug)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// A seal of the audit log that was kept elsewhere, to compare the log with (may be given several times)
    #[arg(long = "seal", value_name = "N:HASH")]
    pub seals: Vec<KeptSeal>,
}

/// Where the configuration comes from.
#[derive(Args, Debug)]
pub struct ConfigArgs {
    /// The configuration file [default: ./usher.toml, if it exists]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Set one key, over file and environment (may be given several times)
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub set: Vec<(String, String)>,
}

impl ConfigArgs {
    /// What was given on the command line, for [`crate::config::load`].
    #[must_use]
    pub fn given(&self) -> Given {
        Given {
            file: self.config.clone(),
            default_file: true,
            flags: self
                .set
                .iter()
                .map(|(key, value)| ("--set".to_owned(), key.clone(), value.clone()))
                .collect(),
        }
    }
}

/// The flags of `usher dev`.
#[derive(Args, Debug)]
pub struct DevArgs {
    /// Where the data is kept
    #[arg(long, value_name = "DIR", default_value = ".usher")]
    pub data: PathBuf,
    /// Delete the data first
    #[arg(long)]
    pub fresh: bool,
    /// Write the URLs, logins and secrets to this file as JSON, once everything answers
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// The panel's port (0: any free port)
    #[arg(long, value_name = "PORT", default_value_t = 7600)]
    pub admin_port: u16,
    /// The port of the portal and the webhook (0: any free port)
    #[arg(long, value_name = "PORT", default_value_t = 7601)]
    pub public_port: u16,
    /// The port of health and metrics (0: any free port)
    #[arg(long, value_name = "PORT", default_value_t = 7602)]
    pub ops_port: u16,
    /// The port of the simulator and the mailbox (0: any free port)
    #[arg(long, value_name = "PORT", default_value_t = 7603)]
    pub dev_port: u16,
    /// Send the e-mails to this mail server (smtp://host:port) instead of the mailbox
    #[arg(long, value_name = "URL")]
    pub smtp_url: Option<Url>,
    /// Keep the logins in a Keycloak: one is started beside this, once `scripts/setup-keycloak.sh` has fetched it
    #[arg(long)]
    pub keycloak: bool,
    /// Keep the logins in the Keycloak at this URL, which is made ready
    #[arg(long, value_name = "URL", conflicts_with = "keycloak", value_parser = parse_web_url)]
    pub keycloak_url: Option<Url>,
    /// The administrator's name there
    #[arg(
        long,
        value_name = "NAME",
        default_value = "admin",
        requires = "keycloak_url"
    )]
    pub keycloak_admin: String,
    /// The administrator's password there
    #[arg(
        long,
        env = "USHER_KEYCLOAK_ADMIN_PASSWORD",
        hide_env_values = true,
        value_name = "PASSWORD"
    )]
    pub keycloak_admin_password: Option<String>,
    /// A configuration file; `usher dev` reads none unless told
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Set one key of the configuration (may be given several times)
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub set: Vec<(String, String)>,
}

/// The flags of `usher serve`.
#[derive(Args, Debug)]
pub struct ServeArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Where the panel listens (admin.listen)
    #[arg(long, value_name = "ADDRESS")]
    pub admin_listen: Option<SocketAddr>,
    /// Where the portal and the webhook listen (public.listen)
    #[arg(long, value_name = "ADDRESS")]
    pub public_listen: Option<SocketAddr>,
    /// Where health and metrics are served (ops.listen)
    #[arg(long, value_name = "ADDRESS")]
    pub ops_listen: Option<SocketAddr>,
}

/// The flags of `usher worker`.
#[derive(Args, Debug)]
pub struct WorkerArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Where health and metrics are served (ops.listen)
    #[arg(long, value_name = "ADDRESS")]
    pub ops_listen: Option<SocketAddr>,
}

/// `usher operator …`.
#[derive(Debug, Subcommand)]
pub enum OperatorCommand {
    /// Add an operator; a password for one time is sent to them, or shown once where no mail server is set
    Add {
        /// The operator's login, an e-mail address
        email: String,
        /// admin, onboarding-officer or auditor
        #[arg(long)]
        role: access::Role,
        #[command(flatten)]
        password: PasswordArgs,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Give an operator another password for one time, as `add` does; open sessions end
    Reset {
        /// The operator's login
        email: String,
        /// Remove a second factor that they have lost, too
        #[arg(long)]
        remove_second_factor: bool,
        #[command(flatten)]
        password: PasswordArgs,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// List the operators
    List {
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Give an operator another role; it counts at once, also in open sessions
    Role {
        /// The operator's login
        email: String,
        /// admin, onboarding-officer or auditor
        role: access::Role,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Disable an operator; open sessions end
    Disable {
        /// The operator's login
        email: String,
        #[command(flatten)]
        config: ConfigArgs,
    },
}

/// Where an operator's password comes from, and where it goes.
#[derive(Args, Debug)]
pub struct PasswordArgs {
    /// Read the password from this file (-: from standard input); nothing is sent, and it need not be changed
    #[arg(long, value_name = "FILE", conflicts_with = "show_password")]
    pub password_file: Option<PathBuf>,
    /// Show the password for one time here instead of sending it
    #[arg(long)]
    pub show_password: bool,
}

/// `usher keycloak …`.
#[derive(Debug, Subcommand)]
pub enum KeycloakCommand {
    /// Make realms, roles, clients and rights what Usher needs; again and again without harm
    Setup(KeycloakSetupArgs),
}

/// `usher keycloak setup`.
#[derive(Args)]
pub struct KeycloakSetupArgs {
    /// An administrator of the realm master
    #[arg(long, value_name = "NAME", default_value = "admin")]
    pub admin_user: String,
    /// Read the administrator's password from this file
    #[arg(long, value_name = "FILE")]
    pub admin_password_file: Option<PathBuf>,
    /// The administrator's password; the file goes before it
    #[arg(
        long,
        env = "USHER_KEYCLOAK_ADMIN_PASSWORD",
        hide_env_values = true,
        hide = true
    )]
    pub admin_password: Option<String>,
    #[command(flatten)]
    pub config: ConfigArgs,
}

// A password never gets into a log.
impl std::fmt::Debug for KeycloakSetupArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeycloakSetupArgs")
            .field("admin_user", &self.admin_user)
            .finish_non_exhaustive()
    }
}

/// A listener's flag as the key that it stands for.
#[must_use]
pub fn listen_flags(flags: &[(&str, &str, Option<SocketAddr>)]) -> Vec<(String, String, String)> {
    flags
        .iter()
        .filter_map(|(flag, key, address)| {
            Some((
                (*flag).to_owned(),
                (*key).to_owned(),
                (*address)?.to_string(),
            ))
        })
        .collect()
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE, such as log.level=debug".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
