//! `usher keycloak setup` and `usher doctor`, as whoever runs a bank's Usher uses them.

use std::{process::Command, sync::Arc};

use anyhow::{Context as _, Result, ensure};
use e2e::{keycloak_server::ADMINISTRATOR, keycloak_server::Realm, usher::program};
use reqwest::Method;
use testkit::TestKeycloak;

use super::scene::KeycloakScene;

const SECRETS: [&str; 3] = ["panel_secret", "portal_secret", "provisioning_secret"];
/// The settings that they are configured with.
const VARIABLES: [&str; 3] = [
    "USHER_IDENTITY__KEYCLOAK__PANEL_SECRET",
    "USHER_IDENTITY__KEYCLOAK__PORTAL_SECRET",
    "USHER_IDENTITY__KEYCLOAK__PROVISIONING_SECRET",
];

pub async fn setup_and_doctor(scene: Arc<KeycloakScene>) -> Result<()> {
    // Realms of one's own: what is broken here is nobody else's.
    let bank = Bank {
        keycloak: testkit::keycloak().await,
        database: scene.usher.ready().database_url.clone(),
    };
    let first = run(bank.setup(&[])?).await?;
    ensure!(first.well, "the setup failed: {}", first.err);
    let secrets = secrets_in(&first.out)?;
    ensure!(
        first
            .err
            .lines()
            .all(|line| line.starts_with("made ") || line.starts_with("changed ")),
        "something was there before: {}",
        first.err
    );

    // Again, with what it printed: nothing to do, and nothing to print.
    let configured = bank.configured(&secrets);
    let second = run(bank.setup(&configured)?).await?;
    ensure!(second.well, "the second setup failed: {}", second.err);
    ensure!(
        second.err.lines().all(|line| line.starts_with("fine ")) && second.err.lines().count() > 10,
        "the second setup did something: {}",
        second.err
    );
    ensure!(second.out.is_empty(), "it printed: {}", second.out);
    // Only what isn't configured is printed.
    let third = run(bank.setup(&configured[..1])?).await?;
    ensure!(
        !third.out.contains(SECRETS[0]) && third.out.contains(SECRETS[1]),
        "it printed: {}",
        third.out
    );

    let well = bank.doctor(&configured).await?;
    ensure!(well.iter().all(|line| is_fine(line)), "{well:#?}");
    bank.wrong_secrets(&secrets).await?;
    bank.missing_role(&configured).await
}

struct Bank {
    keycloak: TestKeycloak,
    database: String,
}

struct Said {
    well: bool,
    out: String,
    err: String,
}

impl Bank {
    fn command(&self, args: &[&str], more: &[(&str, String)]) -> Result<Command> {
        let mut command = program(args)?;
        command
            .env("USHER_IDENTITY__PROVIDER", "keycloak")
            .env("USHER_IDENTITY__KEYCLOAK__URL", self.keycloak.url.as_str())
            .env(
                "USHER_IDENTITY__KEYCLOAK__INTERNAL_REALM",
                &self.keycloak.internal_realm,
            )
            .env(
                "USHER_IDENTITY__KEYCLOAK__CUSTOMER_REALM",
                &self.keycloak.customer_realm,
            )
            .env("USHER_DATABASE__URL", &self.database)
            .env("USHER_ADMIN__URL", "https://panel.bank.example")
            .env("USHER_PUBLIC__URL", "https://bank.example")
            .envs(more.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }

    fn setup(&self, more: &[(&str, String)]) -> Result<Command> {
        let mut command = self.command(&["keycloak", "setup"], more)?;
        command.env("USHER_KEYCLOAK_ADMIN_PASSWORD", ADMINISTRATOR);
        Ok(command)
    }

    fn configured(&self, secrets: &[String]) -> Vec<(&'static str, String)> {
        VARIABLES.into_iter().zip(secrets.iter().cloned()).collect()
    }

    /// What it says of Keycloak, a line for each finding.
    async fn doctor(&self, more: &[(&'static str, String)]) -> Result<Vec<String>> {
        let report = run(self.command(&["doctor"], more)?).await?;
        let all = [report.out, report.err].concat();
        let ours = ["client usher-", "realm internal-", "realm customers-"];
        let lines: Vec<String> = all
            .lines()
            .filter(|line| ours.iter().any(|words| line.contains(words)))
            .map(str::to_owned)
            .collect();
        ensure!(lines.len() >= 8, "it says too little of Keycloak: {all}");
        Ok(lines)
    }

    async fn wrong_secrets(&self, secrets: &[String]) -> Result<()> {
        for (number, client) in ["usher-panel", "usher-portal", "usher-provisioning"]
            .into_iter()
            .enumerate()
        {
            let mut wrong = self.configured(secrets);
            wrong[number].1 = "not the secret that Keycloak has".to_owned();
            let report = run(self.command(&["doctor"], &wrong)?).await?;
            ensure!(
                !report.well,
                "doctor takes a wrong secret of {client} for well"
            );
            let all = [report.out, report.err].concat();
            let line = all
                .lines()
                .find(|line| line.contains(&format!("secret of the client {client}")))
                .with_context(|| format!("no word of {client}'s secret: {all}"))?;
            ensure!(
                !is_fine(line) && line.contains("usher keycloak setup"),
                "it says: {line}"
            );
        }
        Ok(())
    }

    async fn missing_role(&self, configured: &[(&'static str, String)]) -> Result<()> {
        let realm = self.realm(&self.keycloak.internal_realm)?;
        realm.send(Method::DELETE, "roles/auditor", None).await?;
        let lines = self.doctor(configured).await?;
        let wrong: Vec<&String> = lines.iter().filter(|line| !is_fine(line)).collect();
        ensure!(
            wrong.len() == 1 && wrong[0].contains("missing: auditor"),
            "it says: {lines:#?}"
        );
        let mended = run(self.setup(configured)?).await?;
        let made: Vec<&str> = mended
            .err
            .lines()
            .filter(|line| !line.starts_with("fine "))
            .collect();
        ensure!(
            made.len() == 1 && made[0].contains("role auditor"),
            "the setup did: {made:?}"
        );
        let well = self.doctor(configured).await?;
        ensure!(well.iter().all(|line| is_fine(line)), "{well:#?}");
        Ok(())
    }

    fn realm(&self, name: &str) -> Result<Realm> {
        Realm::new(self.keycloak.url.as_str(), name)
    }
}

fn is_fine(line: &str) -> bool {
    line.trim_start().starts_with("ok")
}

/// The lines for the configuration file that a setup prints.
fn secrets_in(printed: &str) -> Result<Vec<String>> {
    ensure!(
        printed.lines().next() == Some("[identity.keycloak]"),
        "it printed: {printed}"
    );
    SECRETS
        .iter()
        .map(|name| {
            let value = printed.lines().find_map(|line| {
                line.strip_prefix(name)?
                    .strip_prefix(" = \"")?
                    .strip_suffix('"')
            });
            value
                .map(str::to_owned)
                .with_context(|| format!("no {name} in: {printed}"))
        })
        .collect()
}

/// Runs it to its end, beside the other stories.
async fn run(mut command: Command) -> Result<Said> {
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    Ok(Said {
        well: output.status.success(),
        out: String::from_utf8(output.stdout)?,
        err: String::from_utf8(output.stderr)?,
    })
}
