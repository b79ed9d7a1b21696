//! `usher doctor`: looks at everything that `usher serve` needs, and says all that is wrong rather than the first thing.

use std::fmt::Display;

use access::KeptSeal;
use sqlx::PgPool;

use crate::{
    cli::DoctorArgs,
    config::{IdentityProvider, Loaded, keycloak, load, require, serve_settings},
    database,
    failure::Failure,
    house::examine_keycloak,
};

/// Prints one line for each check.
///
/// # Errors
/// When a check fails. A configuration that can't be read at all is said at once.
pub async fn run(args: &DoctorArgs) -> Result<(), Failure> {
    let loaded = load(&args.config.given())?;
    let mut report = Report::default();
    report.say("configuration can be read", None);
    report.say(
        "`usher serve` accepts it",
        serve_settings(&loaded)
            .err()
            .map(|failure| failure.to_string()),
    );
    match require(loaded.config.database.url.as_ref(), "database.url") {
        Err(failure) => report.say("database", Some(failure.to_string())),
        Ok(url) => {
            let app_role = &loaded.config.database.app_role;
            look_at_database(url.expose(), app_role, &args.seals, &mut report).await;
        }
    }
    look_at_keycloak(&loaded, &mut report).await?;
    match report.failed {
        0 => Ok(()),
        1 => Err(Failure::other("One check failed: see above.")),
        failed => Err(Failure::other(format!(
            "{failed} checks failed: see above."
        ))),
    }
}

async fn look_at_keycloak(loaded: &Loaded, report: &mut Report) -> Result<(), Failure> {
    let config = &loaded.config;
    let (Some(IdentityProvider::Keycloak), Some(admin), Some(public)) = (
        config.identity.provider,
        config.admin.url.as_ref(),
        config.public.url.as_ref(),
    ) else {
        return Ok(());
    };
    // What is missing in the configuration was said above.
    let Ok(keycloak) = keycloak(config) else {
        return Ok(());
    };
    for finding in examine_keycloak(&keycloak, admin, public).await? {
        report.say(&finding.what, finding.problem);
    }
    Ok(())
}

async fn look_at_database(url: &str, app_role: &str, seals: &[KeptSeal], report: &mut Report) {
    let pool = match database::connect(url, 1).await {
        Ok(pool) => pool,
        Err(failure) => return report.say("database answers", Some(failure.to_string())),
    };
    report.say("database answers", None);
    let version: Result<i32, sqlx::Error> =
        sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
            .fetch_one(&pool)
            .await;
    report.say(
        "PostgreSQL is 14 or newer",
        match version {
            Ok(version) if version >= 140_000 => None,
            Ok(version) => Some(format!("it is {}: upgrade it", version / 10_000)),
            Err(error) => Some(error.to_string()),
        },
    );
    let gap = database::schema_gap(&pool)
        .await
        .unwrap_or_else(|error| Some(error.to_string()));
    let current = gap.is_none();
    report.say("schema is current", gap);
    let marked = match database::is_marked_by_dev(&pool).await {
        Ok(false) => None,
        Ok(true) => Some("`usher dev` made this database: use another".to_owned()),
        Err(error) => Some(error.to_string()),
    };
    report.say("database is a real one", marked);
    look_at_roles(&pool, app_role, report).await;
    // An older or newer schema may keep the chain in another form.
    if current {
        look_at_audit_log(&pool, report).await;
        for seal in seals {
            look_at_seal(&pool, seal, report).await;
        }
        look_at_books(&pool, report).await;
        look_at_documents(&pool, report).await;
    }
}

async fn look_at_roles(pool: &PgPool, app_role: &str, report: &mut Report) {
    let findings = database::role_findings(pool, app_role).await;
    report.say_all("the server's role has its rights and no more", findings);
}

async fn look_at_audit_log(pool: &PgPool, report: &mut Report) {
    const CHECK: &str = "audit log is as it was recorded";
    let log = match access::verify_audit_log(pool).await {
        Ok(log) => log,
        Err(error) => return report.say(CHECK, Some(error.to_string())),
    };
    for finding in &log.findings {
        report.say(CHECK, Some(finding.to_string()));
    }
    if log.unlisted > 0 {
        report.say(CHECK, Some(format!("{} more", log.unlisted)));
    }
    let newest = log.newest_seal.map_or_else(String::new, |(number, hash)| {
        format!(
            ", the newest seal is {number} with the hash {hash}: keep {number}:{hash} elsewhere, for --seal"
        )
    });
    let counts = format!(
        "{} entries sealed, {} not yet{newest}",
        log.sealed, log.unsealed
    );
    if log.findings.is_empty() {
        report.say(&format!("{CHECK} ({counts})"), None);
    } else {
        println!("        {counts}");
    }
}

async fn look_at_seal(pool: &PgPool, seal: &KeptSeal, report: &mut Report) {
    let problem = match seal.compare(pool).await {
        Ok(finding) => finding.map(|finding| finding.to_string()),
        Err(error) => Some(error.to_string()),
    };
    report.say("audit log has the seal that was kept", problem);
}

async fn look_at_documents(pool: &PgPool, report: &mut Report) {
    const CHECK: &str = "deposits and withdrawals are what the ledger posted";
    let found = match money::reconcile(pool).await {
        Ok(found) => found,
        Err(error) => return report.say(CHECK, Some(error.to_string())),
    };
    for finding in &found.findings {
        report.say(CHECK, Some(finding.to_string()));
    }
    if found.unlisted > 0 {
        report.say(CHECK, Some(format!("{} more", found.unlisted)));
    }
    if found.findings.is_empty() {
        report.say(&format!("{CHECK} ({} compared)", found.documents), None);
    }
}

async fn look_at_books(pool: &PgPool, report: &mut Report) {
    const CHECK: &str = "books balance";
    let books = match deposit::check_books(pool).await {
        Ok(books) => books,
        Err(error) => return report.say(CHECK, Some(error.to_string())),
    };
    for finding in &books.findings {
        report.say(CHECK, Some(finding.to_string()));
    }
    let behind = match books.behind {
        0 => String::new(),
        1 => "1 entry is not in the sums of the sets yet".to_owned(),
        behind => format!("{behind} entries are not in the sums of the sets yet"),
    };
    match (books.findings.is_empty(), books.behind) {
        (true, 0) => report.say(CHECK, None),
        (true, _) => report.say(
            &format!("{CHECK} ({behind}: a running server adds them, then look again)"),
            None,
        ),
        (false, 0) => {}
        (false, _) => println!("        {behind}"),
    }
}

#[derive(Default)]
struct Report {
    failed: u32,
}

impl Report {
    /// A check that can find several things.
    fn say_all<F: Display, E: Display>(&mut self, check: &str, findings: Result<Vec<F>, E>) {
        match findings {
            Err(error) => self.say(check, Some(error.to_string())),
            Ok(findings) if findings.is_empty() => self.say(check, None),
            Ok(findings) => {
                for finding in findings {
                    self.say(check, Some(finding.to_string()));
                }
            }
        }
    }

    fn say(&mut self, check: &str, reason: Option<String>) {
        match reason {
            None => println!("ok      {check}"),
            Some(reason) => {
                self.failed += 1;
                println!("FAILED  {check}: {reason}");
            }
        }
    }
}
