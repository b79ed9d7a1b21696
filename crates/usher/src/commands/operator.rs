//! `usher operator …`: the operators of the panel, with built-in identity.

use std::{fs, io::Read as _, path::Path};

use access::{Operators, Role};
use rand::Rng as _;

use crate::{
    cli::{ConfigArgs, OperatorCommand},
    config::{load, require},
    database,
    failure::Failure,
};

/// Adds, disables or lists operators.
///
/// # Errors
/// When the database can't be reached, or refuses.
pub async fn run(command: OperatorCommand) -> Result<(), Failure> {
    match command {
        OperatorCommand::Add {
            email,
            role,
            password_file,
            config,
        } => add(&email, role, password_file.as_deref(), &config).await,
        OperatorCommand::Disable { email, config } => {
            operators(&config)
                .await?
                .disable(&email)
                .await
                .map_err(refused)?;
            println!("The operator is disabled.");
            Ok(())
        }
        OperatorCommand::List { config } => {
            for operator in operators(&config).await?.list().await.map_err(refused)? {
                let state = if operator.disabled_at.is_some() {
                    "disabled"
                } else {
                    "enabled"
                };
                println!("{}  {}  {state}", operator.email, operator.role);
            }
            Ok(())
        }
    }
}

async fn add(
    email: &str,
    role: Role,
    password_file: Option<&Path>,
    config: &ConfigArgs,
) -> Result<(), Failure> {
    let given = password_file.map(read_password).transpose()?;
    let password = given.clone().unwrap_or_else(make_password);
    operators(config)
        .await?
        .add(email, &password, role)
        .await
        .map_err(refused)?;
    match given {
        Some(_) => println!("The operator is added."),
        None => println!("The operator is added. The password, shown only now: {password}"),
    }
    Ok(())
}

async fn operators(config: &ConfigArgs) -> Result<Operators, Failure> {
    let loaded = load(&config.given())?;
    let url = require(loaded.config.database.url.as_ref(), "database.url")?;
    let pool = database::connect(url.expose(), 2).await?;
    match database::schema_gap(&pool).await {
        Ok(None) => Ok(Operators::new(pool)),
        Ok(Some(gap)) => Err(Failure::other(format!("The database is not ready: {gap}."))),
        Err(error) => Err(Failure::other(format!(
            "The database doesn't answer ({error}): try again."
        ))),
    }
}

fn refused(error: access::AccessError) -> Failure {
    Failure::other(format!("{error}."))
}

fn read_password(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(|_| ())
    } else {
        fs::read_to_string(path).map(|read| text = read)
    };
    read.map_err(|error| {
        Failure::other(format!(
            "The password can't be read from {} ({error}): name a readable file.",
            path.display()
        ))
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// 100 random bits, in groups that can be typed.
fn make_password() -> String {
    const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = rand::rng();
    let groups: Vec<String> = (0..4)
        .map(|_| {
            (0..5)
                .map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())]))
                .collect()
        })
        .collect();
    groups.join("-")
}
