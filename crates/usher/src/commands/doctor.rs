//! `usher doctor`: looks at everything that `usher serve` needs, and says all that is wrong rather than the first thing.

use access::KeptSeal;
use sqlx::PgPool;

use crate::{
    check::{self, Line, Weight},
    cli::DoctorArgs,
    config::load_all,
    failure::Failure,
    health::{self, queues},
    say,
};

/// Prints one line for each check.
///
/// # Errors
/// When a check fails. A warning is none.
pub async fn run(args: &DoctorArgs) -> Result<(), Failure> {
    let loaded = load_all(&args.config.given())?;
    let examined = check::examine(&loaded, None).await;
    let mut report = Report::default();
    for line in examined.findings.lines() {
        report.add(line);
    }
    // An older or newer schema may keep the chain in another form.
    if let Some(pool) = examined.database {
        let refused = health::refused_writes(&pool).await;
        report.say("what is written is kept", refused);
        look_at_queues(&pool, &mut report).await;
        look_at_audit_log(&pool, &mut report).await;
        for seal in &args.seals {
            look_at_seal(&pool, seal, &mut report).await;
        }
        look_at_books(&pool, &mut report).await;
        look_at_documents(&pool, &mut report).await;
    }
    match report.failed {
        0 => Ok(()),
        1 => Err(Failure::other("One check failed: see above.")),
        failed => Err(Failure::other(format!(
            "{failed} checks failed: see above."
        ))),
    }
}

/// By the list that health and metrics have, too. What makes a server unready fails here; what only waits long is worth a look.
async fn look_at_queues(pool: &PgPool, report: &mut Report) {
    const CHECK: &str = "what is due is done in time";
    let depths = match queues::look(pool, queues::QUEUES).await {
        Ok(depths) => depths,
        Err(error) => return report.say(CHECK, Some(error.to_string())),
    };
    let mut well = true;
    for depth in &depths {
        let Some(words) = depth.trouble() else {
            continue;
        };
        well = false;
        if depth.needed {
            report.say(CHECK, Some(words));
        } else {
            say::out(format_args!("WARNING {words}"));
        }
    }
    let oldest = depths
        .iter()
        .filter(|depth| depth.due > 0)
        .max_by_key(|depth| depth.oldest);
    let shown = oldest.map_or_else(
        || "nothing waits".to_owned(),
        |depth| {
            format!(
                "the oldest, of `{}`, for {} s",
                depth.name,
                depth.oldest.as_secs()
            )
        },
    );
    if well {
        report.say(&format!("{CHECK} ({shown})"), None);
    }
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
        say::out(format_args!("        {counts}"));
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
    let found = match deposit::reconcile(pool).await {
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
    let books = match ledger::check_books(pool).await {
        Ok(books) => books,
        Err(error) => return report.say(CHECK, Some(error.to_string())),
    };
    for finding in &books.findings {
        report.say(CHECK, Some(finding.to_string()));
    }
    if books.findings.is_empty() {
        report.say(CHECK, None);
    }
}

#[derive(Default)]
struct Report {
    failed: u32,
}

impl Report {
    /// What the check that servers share has found.
    fn add(&mut self, line: &Line) {
        match &line.found {
            None => self.say(&line.what, None),
            Some((Weight::Warning, words)) => say::out(format_args!("WARNING {words}")),
            Some((_, words)) if words.starts_with(&line.what) => {
                self.failed += 1;
                say::out(format_args!("FAILED  {words}"));
            }
            Some((_, words)) => self.say(&line.what, Some(words.clone())),
        }
    }

    fn say(&mut self, check: &str, reason: Option<String>) {
        match reason {
            None => say::out(format_args!("ok      {check}")),
            Some(reason) => {
                self.failed += 1;
                say::out(format_args!("FAILED  {check}: {reason}"));
            }
        }
    }
}
