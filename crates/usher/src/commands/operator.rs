//! `usher operator …`: the operators of the panel, with built-in identity.

use std::{fs, io::Read as _, path::Path};

use access::{Access, AccessError, OperatorId, Operators, Role, Sealer, Subject};
use rand::Rng as _;
use sqlx::PgPool;

use crate::{
    cli::{ConfigArgs, OperatorCommand},
    config::{load, require},
    database,
    failure::Failure,
};

/// Adds, changes, disables or lists operators.
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
        OperatorCommand::Role {
            email,
            role,
            config,
        } => {
            let pool = connect(&config).await?;
            let changed = Operators::new(pool.clone()).set_role(&email, role).await;
            write_down(&pool, "operator.set_role", changed).await?;
            println!("The operator is {role} now.");
            Ok(())
        }
        OperatorCommand::Disable { email, config } => {
            let pool = connect(&config).await?;
            let disabled = Operators::new(pool.clone()).disable(&email).await;
            write_down(&pool, "operator.disable", disabled).await?;
            println!("The operator is disabled.");
            Ok(())
        }
        OperatorCommand::List { config } => {
            let operators = Operators::new(connect(&config).await?);
            for operator in operators.list().await.map_err(refused)? {
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
    let pool = connect(config).await?;
    let added = Operators::new(pool.clone())
        .add(email, &password, role)
        .await;
    write_down(&pool, "operator.add", added).await?;
    match given {
        Some(_) => println!("The operator is added."),
        None => println!("The operator is added. The password, shown only now: {password}"),
    }
    Ok(())
}

/// What the command line did is in the audit log too, sealed right away: perhaps no server runs.
async fn write_down(
    pool: &PgPool,
    action: &str,
    done: Result<OperatorId, AccessError>,
) -> Result<(), Failure> {
    let id = done.map_err(refused)?;
    let subject = Subject::system("cli");
    Access::new(pool.clone())
        .record(&subject, action, &format!("operator:{id}"), true)
        .await
        .map_err(refused)?;
    Sealer::seal_all(pool).await.map_err(refused)
}

async fn connect(config: &ConfigArgs) -> Result<PgPool, Failure> {
    let loaded = load(&config.given())?;
    let url = require(loaded.config.database.url.as_ref(), "database.url")?;
    let pool = database::connect(url.expose(), 2).await?;
    match database::schema_gap(&pool).await {
        Ok(None) => Ok(pool),
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
