//! `usher operator …`: the operators of the panel, with built-in identity.

mod desk;

use std::{fs, io::Read as _, path::Path, time::Duration};

use access::{
    GivenPassword, Invitation, Invitations as _, OperatorId, Operators, Subject, password,
};
use sqlx::PgPool;

use self::desk::Desk;
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
