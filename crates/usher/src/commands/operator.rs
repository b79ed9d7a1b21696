//! `usher operator …`: the operators of the panel, with built-in identity.

use std::{fs, io::Read as _, path::Path, time::Duration};

use access::{
    Access, AccessError, AuditAction, AuditObject, GivenPassword, Invitation, Invitations as _,
    ObjectKind, OperatorId, Operators, Role, Sealer, Subject, password,
};
use kernel::text::case_folded;
use sqlx::PgPool;

use crate::{
    app::Invitations,
    cli::{ConfigArgs, OperatorCommand, PasswordArgs},
    config::{Config, load},
    database::{self, Reach, SessionLimits},
    failure::Failure,
    say,
};

/// Who does it: nobody knows which person sits there.
static CLI: Subject = Subject::system("cli");

/// Adds, changes, disables or lists operators.
///
/// # Errors
/// When the database can't be reached, or refuses.
pub async fn run(command: OperatorCommand) -> Result<(), Failure> {
    match command {
        OperatorCommand::Add {
            email,
            role,
            password,
            config,
        } => {
            let (desk, post) = open(&config, &password).await?;
            let handed = Handed::of(&password, post)?;
            let id = desk.add(&email, role, &handed.given()).await;
            let id = id.map_err(refused)?;
            handed
                .over(id, &email, "The operator is added", false)
                .await
        }
        OperatorCommand::Reset {
            email,
            remove_second_factor,
            password,
            config,
        } => {
            let (desk, post) = open(&config, &password).await?;
            let handed = Handed::of(&password, post)?;
            let id = desk.reset(&email, &handed.given()).await.map_err(refused)?;
            if remove_second_factor {
                desk.remove_second_factor(id).await.map_err(refused)?;
            }
            handed.over(id, &email, "The password is reset", true).await
        }
        OperatorCommand::Role {
            email,
            role,
            config,
        } => {
            let desk = Desk::at(connect(&config).await?);
            desk.set_role(&email, role).await.map_err(refused)?;
            say::out(format_args!("The operator is {role} now."));
            Ok(())
        }
        OperatorCommand::Disable { email, config } => {
            let desk = Desk::at(connect(&config).await?);
            desk.disable(&email).await.map_err(refused)?;
            say::out("The operator is disabled.");
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
                say::out(format_args!(
                    "{}  {}  {state}",
                    operator.email, operator.role
                ));
            }
            Ok(())
        }
    }
}

/// The desk, and the way to the operators' addresses where there is one and it is wanted.
async fn open(
    config: &ConfigArgs,
    password: &PasswordArgs,
) -> Result<(Desk, Option<Invitations>), Failure> {
    let loaded = load(&config.given())?;
    let wanted = !password.show_password && password.password_file.is_none();
    let post = if wanted {
        Invitations::of(&loaded.config)?
    } else {
        None
    };
    let desk = Desk::at(connect_to(&loaded.config).await?);
    Ok((desk, post))
}

/// A password, and how it gets to whom it is for.
struct Handed {
    password: String,
    way: Way,
}

enum Way {
    /// It was in a file: somebody has chosen it.
    File,
    /// It is shown here, and works for so long.
    Shown(Duration),
    /// It is sent, and nobody here sees it.
    Sent(Invitations),
}

/// How long a password works that is shown where nothing else is set.
const SHOWN_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl Handed {
    fn of(args: &PasswordArgs, post: Option<Invitations>) -> Result<Self, Failure> {
        let (password, way) = match (&args.password_file, post) {
            (Some(file), _) => (read_password(file)?, Way::File),
            (None, Some(post)) => (password::generate(), Way::Sent(post)),
            (None, None) => (password::generate(), Way::Shown(SHOWN_FOR)),
        };
        Ok(Self { password, way })
    }

    fn given(&self) -> GivenPassword<'_> {
        GivenPassword {
            password: &self.password,
            by: &CLI,
            known: !matches!(self.way, Way::Sent(_)),
            temporary_for: match &self.way {
                Way::File => None,
                Way::Shown(time) => Some(*time),
                Way::Sent(post) => Some(post.valid_for()),
            },
        }
    }

    /// Shows or sends it.
    async fn over(
        self,
        operator: OperatorId,
        email: &str,
        done: &str,
        again: bool,
    ) -> Result<(), Failure> {
        match self.way {
            Way::File => say::out(format_args!("{done}.")),
            Way::Shown(_) => say::out(format_args!(
                "{done}. The password, shown only now: {}\nIt is for one time: whoever signs in with it chooses another.",
                self.password
            )),
            Way::Sent(post) => {
                let invitation = Invitation {
                    operator,
                    email: email.trim().to_owned(),
                    password: self.password,
                    valid_for: post.valid_for(),
                    again,
                };
                post.send(invitation).await.map_err(|error| {
                    Failure::other(format!(
                        "{done}, but the e-mail with the password did not go out ({error}): mend that and run `usher operator reset {0}`, \
                         or `usher operator reset {0} --show-password`.",
                        email.trim()
                    ))
                })?;
                say::out(format_args!(
                    "{done}. A password for one time is on its way to their address."
                ));
            }
        }
        Ok(())
    }
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

    async fn add(
        &self,
        email: &str,
        role: Role,
        given: &GivenPassword<'_>,
    ) -> Result<OperatorId, AccessError> {
        self.write_down(
            AuditAction::OperatorAdd,
            ObjectKind::Operator.yet_to_be_made(),
        )
        .await?;
        self.operators.add_given(email, role, given).await
    }

    async fn reset(
        &self,
        email: &str,
        given: &GivenPassword<'_>,
    ) -> Result<OperatorId, AccessError> {
        let id = self.named(email).await?;
        self.write_down(AuditAction::OperatorResetPassword, object(id))
            .await?;
        self.operators.reset_password(id, given).await?;
        Ok(id)
    }

    async fn remove_second_factor(&self, id: OperatorId) -> Result<(), AccessError> {
        self.write_down(AuditAction::OperatorRemoveSecondFactor, object(id))
            .await?;
        self.operators.remove_lost_second_factor(id, &CLI).await
    }

    async fn set_role(&self, email: &str, role: Role) -> Result<(), AccessError> {
        let object = object(self.named(email).await?);
        self.write_down(AuditAction::OperatorSetRole, object)
            .await?;
        self.operators.set_role(email, role).await?;
        Ok(())
    }

    async fn disable(&self, email: &str) -> Result<(), AccessError> {
        let object = object(self.named(email).await?);
        self.write_down(AuditAction::OperatorDisable, object)
            .await?;
        self.operators.disable(email).await?;
        Ok(())
    }

    /// The operator with this e-mail.
    async fn named(&self, email: &str) -> Result<OperatorId, AccessError> {
        let email = case_folded(email.trim());
        let all = self.operators.list().await?;
        all.iter()
            .find(|operator| case_folded(&operator.email) == email)
            .map(|operator| operator.id)
            .ok_or(AccessError::NoSuchOperator)
    }

    async fn write_down(
        &self,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<(), AccessError> {
        Access::new(self.pool.clone())
            .record(&CLI, action, object, true)
            .await?;
        Sealer::seal_all(&self.pool).await
    }
}

/// As the audit log calls them.
fn object(id: OperatorId) -> AuditObject {
    ObjectKind::Operator.id(id)
}

async fn connect(config: &ConfigArgs) -> Result<PgPool, Failure> {
    connect_to(&load(&config.given())?.config).await
}

async fn connect_to(config: &Config) -> Result<PgPool, Failure> {
    let reach = Reach::of(&config.database, SessionLimits::of(&config.database))?;
    let pool = reach.connect(2).await?;
    match database::schema_gap(&pool).await {
        Ok(None) => Ok(pool),
        Ok(Some(gap)) => Err(Failure::other(format!("The database is not ready: {gap}."))),
        Err(error) => Err(Failure::other(format!(
            "The database doesn't answer ({error}): try again."
        ))),
    }
}

fn refused(error: access::AccessError) -> Failure {
    // Some of them are whole sentences, for a page.
    Failure::other(format!("{}.", error.to_string().trim_end_matches('.')))
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

    static GIVEN: GivenPassword<'static> = GivenPassword {
        password: "correct horse battery",
        by: &CLI,
        known: true,
        temporary_for: None,
    };

    #[tokio::test]
    async fn nothing_is_changed_that_could_not_be_written_down() {
        let database = testkit::database().await;
        let desk = Desk::at(database.pool.clone());
        desk.add("ann@usher.test", Role::Admin, &GIVEN)
            .await
            .unwrap();
        sqlx::query("ALTER TABLE audit_entries RENAME TO audit_entries_away")
            .execute(&database.pool)
            .await
            .unwrap();
        for change in [
            desk.add("bob@usher.test", Role::Admin, &GIVEN)
                .await
                .map(|_| ()),
            desk.reset("ann@usher.test", &GIVEN).await.map(|_| ()),
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
        desk.add("Ann@usher.test", Role::Admin, &GIVEN)
            .await
            .unwrap();
        desk.reset("ann@usher.test", &GIVEN).await.unwrap();
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
            ("operator.reset_password", &about),
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
