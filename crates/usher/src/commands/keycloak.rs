//! `usher keycloak setup`: brings a Keycloak to what Usher needs.

use std::{fs, path::Path};

use identity::keycloak::{Administrator, Prepared, Secrets, set_up};

use crate::{
    app::keycloak_urls,
    cli::{KeycloakCommand, KeycloakSetupArgs},
    config::{keycloak_without_secrets, load, require},
    failure::Failure,
    say,
};

/// Does what the command line says.
///
/// # Errors
/// When the configuration lacks something, or Keycloak doesn't answer or refuses.
pub async fn run(command: KeycloakCommand) -> Result<(), Failure> {
    match command {
        KeycloakCommand::Setup(args) => setup(args).await,
    }
}

async fn setup(args: KeycloakSetupArgs) -> Result<(), Failure> {
    let loaded = load(&args.config.given())?;
    let config = &loaded.config;
    let keycloak = keycloak_without_secrets(config)?;
    let admin = require(config.admin.url.as_ref(), "admin.url")?;
    let public = require(config.public.url.as_ref(), "public.url")?;
    let administrator = Administrator {
        password: administrator_password(&args)?,
        user: args.admin_user,
    };
    let section = &config.identity.keycloak;
    let own =
        |secret: &Option<sumsub::Secret>| secret.as_ref().map(|secret| secret.expose().to_owned());
    let secrets = Secrets {
        panel: own(&section.panel_secret),
        portal: own(&section.portal_secret),
        provisioning: own(&section.provisioning_secret),
    };
    let prepared = set_up(
        &keycloak,
        &administrator,
        &secrets,
        &keycloak_urls(&admin, &public),
        &[],
    )
    .await
    .map_err(|error| Failure::other(format!("{error}.")))?;
    for line in &prepared.report {
        say::aside(line);
    }
    print_new_secrets(&secrets, &prepared);
    Ok(())
}

/// Secrets that aren't configured yet, as lines for the configuration file: the only thing on standard output.
fn print_new_secrets(had: &Secrets, prepared: &Prepared) {
    let lines: Vec<String> = [
        ("panel_secret", &had.panel, &prepared.panel_secret),
        ("portal_secret", &had.portal, &prepared.portal_secret),
        (
            "provisioning_secret",
            &had.provisioning,
            &prepared.provisioning_secret,
        ),
    ]
    .into_iter()
    .filter(|(_, had, _)| had.is_none())
    .map(|(key, _, secret)| format!("{key} = \"{secret}\""))
    .collect();
    if !lines.is_empty() {
        say::out("[identity.keycloak]");
        for line in lines {
            say::out(line);
        }
    }
}

fn administrator_password(args: &KeycloakSetupArgs) -> Result<String, Failure> {
    let password = match (&args.admin_password_file, &args.admin_password) {
        (Some(path), _) => read(path)?,
        (None, Some(password)) => password.clone(),
        (None, None) => {
            return Err(Failure::configuration(
                "The administrator's password is missing: name a file with --admin-password-file FILE, or set the environment variable USHER_KEYCLOAK_ADMIN_PASSWORD.",
            ));
        }
    };
    Ok(password)
}

fn read(path: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::configuration(format!(
            "The administrator's password can't be read from {} ({error}): name a readable file.",
            path.display()
        ))
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
