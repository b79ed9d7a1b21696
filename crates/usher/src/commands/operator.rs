//! `usher operator …`: the operators of the panel, with built-in identity.

use std::{fs, io::Read as _, path::Path};

use access::{Access, AccessError, Operators, Role, Sealer, Subject, password};
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
            let desk = Desk::at(connect(&config).await?);
            desk.set_role(&email, role).await.map_err(refused)?;
            println!("The operator is {role} now.");
            Ok(())
        }
        OperatorCommand::Disable { email, config } => {
            let desk = Desk::at(connect(&config).await?);
            desk.disable(&email).await.map_err(refused)?;
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
    let password = given.clone().unwrap_or_else(password::generate);
    let desk = Desk::at(connect(config).await?);
    desk.add(email, &password, role).await.map_err(refused)?;
    match given {
        Some(_) => println!("The operator is added."),
        None => println!("The operator is added. The password, shown only now: {password}"),
    }
    Ok(())
}

/// Where the command line changes operators. What it is about to do is in the audit log before it is done, and nothing is
/// done that could not be written down; the entry is sealed right away, as perhaps no server runs.
struct Desk {
    pool: PgPool,
    operators: Operators,
}

impl Desk {
    fn at(pool: PgPool) -> Self {
        Self {
            operators: Operators::new(pool.clone()),
            pool,
        }
    }

    async fn add(&self, email: &str, password: &str, role: Role) -> Result<(), AccessError> {
        self.write_down("operator.add", "operator:new").await?;
        self.operators.add(email, password, role).await?;
        Ok(())
    }

    async fn set_role(&self, email: &str, role: Role) -> Result<(), AccessError> {
        let object = self.named(email).await?;
        self.write_down("operator.set_role", &object).await?;
        self.operators.set_role(email, role).await?;
        Ok(())
    }

    async fn disable(&self, email: &str) -> Result<(), AccessError> {
        let object = self.named(email).await?;
        self.write_down("operator.disable", &object).await?;
        self.operators.disable(email).await?;
        Ok(())
    }

    /// The operator with this e-mail, as the audit log calls them.
    async fn named(&self, email: &str) -> Result<String, AccessError> {
        let email = email.trim().to_lowercase();
        let all = self.operators.list().await?;
        all.iter()
            .find(|operator| operator.email.to_lowercase() == email)
            .map(|operator| format!("operator:{}", operator.id))
            .ok_or(AccessError::NoSuchOperator)
    }

    async fn write_down(&self, action: &str, object: &str) -> Result<(), AccessError> {
        Access::new(self.pool.clone())
            .record(&Subject::system("cli"), action, object, true)
            .await?;
        Sealer::seal_all(&self.pool).await
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str = "correct horse battery";

    #[tokio::test]
    async fn nothing_is_changed_that_could_not_be_written_down() {
        let database = testkit::database().await;
        let desk = Desk::at(database.pool.clone());
        desk.add("ann@usher.test", PASSWORD, Role::Admin)
            .await
            .unwrap();
        sqlx::query("ALTER TABLE audit_entries RENAME TO audit_entries_away")
            .execute(&database.pool)
            .await
            .unwrap();
        for change in [
            desk.add("bob@usher.test", PASSWORD, Role::Admin).await,
            desk.set_role("ann@usher.test", Role::Auditor).await,
            desk.disable("ann@usher.test").await,
        ] {
            assert!(
                matches!(change, Err(AccessError::Database(_))),
                "{change:?}"
            );
        }
        let operators = desk.operators.list().await.unwrap();
        let left: Vec<_> = operators
            .iter()
            .map(|operator| (operator.role, operator.disabled_at))
            .collect();
        assert_eq!(left, [(Role::Admin, None)]);
    }

    #[tokio::test]
    async fn what_was_changed_is_written_down_and_sealed() {
        let database = testkit::database().await;
        let desk = Desk::at(database.pool.clone());
        desk.add("Ann@usher.test", PASSWORD, Role::Admin)
            .await
            .unwrap();
        desk.set_role(" ANN@usher.test ", Role::Auditor)
            .await
            .unwrap();
        desk.disable("ann@usher.test").await.unwrap();
        let nobody = desk.disable("bob@usher.test").await;
        assert!(matches!(nobody, Err(AccessError::NoSuchOperator)));
        let operator = desk.operators.list().await.unwrap().remove(0);
        assert_eq!(operator.role, Role::Auditor);
        assert!(operator.disabled_at.is_some());
        let written: Vec<(String, String)> =
            sqlx::query_as("SELECT action, object FROM audit_entries ORDER BY id")
                .fetch_all(&database.pool)
                .await
                .unwrap();
        let about = format!("operator:{}", operator.id);
        let expected = [
            ("operator.add", "operator:new"),
            ("operator.set_role", &about),
            ("operator.disable", &about),
        ];
        assert_eq!(written.len(), expected.len());
        for ((action, object), expected) in written.iter().zip(expected) {
            assert_eq!((action.as_str(), object.as_str()), expected);
        }
        let report = access::verify_audit_log(&database.pool).await.unwrap();
        assert_eq!(report.unsealed, 0);
    }
}
