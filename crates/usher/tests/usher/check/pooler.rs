//! A real PgBouncer in transaction mode before the database.

use testkit::Pooler;

use super::case::{all_are_named, fine, warning, wrong};

const URL: &str = "USHER_DATABASE__URL";
const DIRECT: &str = "USHER_DATABASE__DIRECT_URL";

/// What an older one can't be told, a newer one has to be told.
fn of_old() -> &'static str {
    if Pooler::keeps_statements() {
        "max_prepared_statements = 0"
    } else {
        ""
    }
}

#[tokio::test]
async fn a_pooler_in_transaction_mode_is_refused_unless_there_is_a_way_around() {
    let server = testkit::database().await.as_server().await.url;
    let strict = Pooler::before(&server, of_old());
    let lenient = Pooler::before(
        &server,
        "ignore_startup_parameters = extra_float_digits,options",
    );
    let mut cases = vec![
        wrong(
            "a pooler that says so",
            &["pooler", "session mode", "database.direct_url"],
        )
        .set(URL, strict.url(&server)),
        wrong(
            "a pooler that hides it",
            &[
                "hands one session to several",
                "session mode",
                "database.direct_url",
            ],
        )
        .set(URL, lenient.url(&server)),
        wrong(
            "a way around that is none",
            &["database.direct_url leads to a connection pooler"],
        )
        .set(URL, lenient.url(&server))
        .set(DIRECT, lenient.url(&server)),
        wrong(
            "one that doesn't keep prepared statements",
            &[
                "loses prepared statements",
                "1.21",
                "max_prepared_statements",
            ],
        )
        .set(URL, strict.url(&server))
        .set(DIRECT, &server),
    ];
    let keeping;
    if Pooler::keeps_statements() {
        keeping = Pooler::before(&server, "max_prepared_statements = 200");
        let through = keeping.url(&server);
        cases.push(
            fine("one that keeps them", &["FAILED"])
                .set(URL, &through)
                .set(DIRECT, &server),
        );
        cases.push(
            warning(
                "limits that don't get through",
                &["ALTER ROLE \"usher_app\" SET statement_timeout = 30000"],
            )
            .set(URL, through)
            .set(DIRECT, &server),
        );
    }
    all_are_named(&cases, &server);
}
