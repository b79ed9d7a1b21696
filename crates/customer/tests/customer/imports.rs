//! Prospects from a file: what is said of each row, each created once, and nothing left of who is erased.

use access::Role;
use claim_loop::{Turn, Work as _};
use customer::{
    import::{Import, Importer, RowOutcome, RowsAsked},
    onboarding::Onboarding,
};
use kernel::Error;
use sqlx::PgPool;

use crate::common::{Log, admin, officer};

async fn works_off(importer: &Importer) {
    while importer.batch().await.unwrap() == Turn::Worked {}
}

async fn import_of(onboarding: &Onboarding, import: i64) -> Import {
    onboarding.import(&officer(), import).await.unwrap()
}

/// Every row: its line, outcome, why, and the public id beside it.
async fn rows(
    onboarding: &Onboarding,
    import: i64,
) -> Vec<(i32, RowOutcome, Option<String>, Option<String>)> {
    let asked = RowsAsked {
        outcome: None,
        after: 0,
        first: 20_000,
    };
    let found = onboarding.import_rows(&officer(), import, asked).await;
    let rows = found.unwrap().rows.into_iter();
    rows.map(|row| {
        let beside = row.prospect.map(|prospect| prospect.public_id);
        (row.line, row.outcome, row.problem, beside)
    })
    .collect()
}

async fn public_id(pool: &PgPool, email: &str) -> String {
    sqlx::query_scalar(
        "SELECT public_id FROM prospects WHERE email = $1 ORDER BY created_at DESC LIMIT 1",
    )
    .bind(email)
    .fetch_one(pool)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_becomes_a_prospect_or_says_why_not_and_the_same_file_again_makes_nobody() {
    let log = Log::open().await;
    let (onboarding, importer, who) = (&log.onboarding, log.onboarding.importer(), officer());
    let bob = log.prospect("bob@example.com").await;
    onboarding
        .change_telegram_handle(&who, bob, "bobs_handle")
        .await
        .unwrap();
    let bobs = public_id(&log.pool, "bob@example.com").await;
    let file = "email;telegram;customer type;note\n\
        ada@example.com;@ada_lovelace;Individual;x\n\
        BOB@example.com;;Bank;\n\
        no address;;Individual;\n\
        eve@example.com;@bobs_handle;Individual;\n\
        Ada@Example.com;;Bank;\n\
        bank@example.org;;FINANCIAL_INSTITUTION;\n\
        zoe@example.com;;Zoo;\n";
    let import = onboarding
        .upload_import(&who, "people.csv", file.as_bytes())
        .await
        .unwrap();
    let seen = import_of(onboarding, import).await;
    assert_eq!(seen.unused_columns, ["note"]);
    assert_eq!(
        (
            seen.counts.ready,
            seen.counts.already_there,
            seen.counts.errors
        ),
        (2, 1, 4)
    );
    assert_eq!(log.count("prospects").await, 1, "nothing is created yet");
    let said = rows(onboarding, import).await;
    assert_eq!(
        said[1],
        (3, RowOutcome::AlreadyThere, None, Some(bobs.clone()))
    );
    let taken = Some(format!("This Telegram handle is taken by {bobs}."));
    assert_eq!(said[3], (5, RowOutcome::Error, taken, Some(bobs.clone())));
    let repeated = Some("The same e-mail address stands in line 2.".to_owned());
    assert_eq!(said[4], (6, RowOutcome::Error, repeated, None));

    onboarding.start_import(&who, import, false).await.unwrap();
    onboarding.start_import(&who, import, true).await.unwrap();
    works_off(&importer).await;
    let done = import_of(onboarding, import).await;
    assert!(done.finished_at.is_some() && !done.sends_link, "{done:?}");
    assert_eq!(
        (
            done.counts.created,
            done.counts.already_there,
            done.counts.errors
        ),
        (2, 1, 4)
    );
    let ada = public_id(&log.pool, "ada@example.com").await;
    assert_eq!(
        rows(onboarding, import).await[0],
        (2, RowOutcome::Created, None, Some(ada.clone()))
    );
    let made: Vec<(String, String)> = sqlx::query_as(
        "SELECT event ->> 'created_by', customer_type FROM prospect_events JOIN prospects USING (id)
         WHERE sequence = 1 AND email <> 'bob@example.com' ORDER BY public_id",
    )
    .fetch_all(&log.pool)
    .await
    .unwrap();
    assert_eq!(
        made,
        [
            (who.as_text(), "individual".to_owned()),
            (who.as_text(), "financial_institution".to_owned())
        ]
    );
    let audited = format!("audit_entries WHERE subject = '{who}' AND action = 'prospect.create'");
    assert_eq!(log.count(&audited).await, 2);

    let again = onboarding
        .upload_import(&who, "people.csv", file.as_bytes())
        .await
        .unwrap();
    let seen = import_of(onboarding, again).await;
    assert_eq!(
        (
            seen.counts.ready,
            seen.counts.already_there,
            seen.counts.errors
        ),
        (0, 3, 4)
    );
    let refused = onboarding.start_import(&who, again, false).await;
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    assert_eq!(log.count("prospects").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_a_contact_meanwhile_keeps_it() {
    let log = Log::open().await;
    let (onboarding, importer, who) = (&log.onboarding, log.onboarding.importer(), officer());
    let file = "email,telegram,type\nada@example.com,,Bank\neve@example.com,eves_handle,Bank\nzoe@example.com,,Bank\n";
    let mut imports = Vec::new();
    for _ in 0..2 {
        let upload = onboarding.upload_import(&who, "a.csv", file.as_bytes());
        imports.push(upload.await.unwrap());
    }
    log.prospect("ada@example.com").await;
    let bob = log.prospect("bob@example.com").await;
    onboarding
        .change_telegram_handle(&who, bob, "eves_handle")
        .await
        .unwrap();
    for import in &imports {
        onboarding.start_import(&who, *import, false).await.unwrap();
    }
    works_off(&importer).await;
    let outcomes = |rows: Vec<(i32, RowOutcome, Option<String>, Option<String>)>| {
        rows.into_iter().map(|row| row.1).collect::<Vec<_>>()
    };
    use RowOutcome::{AlreadyThere, Created, Error};
    let (one, other) = (
        rows(onboarding, imports[0]).await,
        rows(onboarding, imports[1]).await,
    );
    assert!(
        one[1]
            .2
            .as_ref()
            .unwrap()
            .contains("Telegram handle is taken"),
        "{one:?}"
    );
    assert_eq!(outcomes(one), [AlreadyThere, Error, Created]);
    assert_eq!(outcomes(other), [AlreadyThere, Error, AlreadyThere]);
    // The address of the row that was refused for its handle is nobody's.
    log.prospect("eve@example.com").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_and_one_that_dies_create_each_row_once_and_send_its_link() {
    let log = Log::open().await;
    let (onboarding, who) = (&log.onboarding, officer());
    let mut file = "email,customer type\n".to_owned();
    for number in 0..300 {
        file.push_str(&format!("person-{number}@example.com,Individual\n"));
    }
    let import = onboarding
        .upload_import(&who, "many.csv", file.as_bytes())
        .await
        .unwrap();
    onboarding.start_import(&who, import, true).await.unwrap();
    // One is stopped wherever it stands, again and again.
    let dying = async {
        let importer = onboarding.importer();
        loop {
            for stopped_at in 0..50 {
                let batch = importer.batch();
                tokio::pin!(batch);
                for _ in 0..stopped_at {
                    if futures_ready(&mut batch).await {
                        break;
                    }
                }
            }
        }
    };
    let working = async {
        let importers = [
            onboarding.importer(),
            onboarding.importer(),
            onboarding.importer(),
        ];
        let [one, two, three] = &importers;
        tokio::join!(works_off(one), works_off(two), works_off(three));
    };
    tokio::select! { () = working => {}, () = dying => {} }
    // A transaction that was given up keeps its rows until the connection has told so.
    let mut done = import_of(onboarding, import).await;
    while done.finished_at.is_none() {
        works_off(&onboarding.importer()).await;
        done = import_of(onboarding, import).await;
    }
    assert_eq!(done.counts.created, 300, "{done:?}");
    for (what, count) in [
        ("prospects", 300),
        ("(SELECT DISTINCT email FROM prospects) AS emails", 300),
        ("taken", 300),
        ("link_mails", 300),
        ("audit_entries WHERE action = 'prospect.create'", 300),
        ("audit_entries WHERE action = 'prospect.send_link'", 300),
    ] {
        assert_eq!(log.count(what).await, count, "{what}");
    }
}

/// Polls once more, when it is woken.
async fn futures_ready<F: Future>(future: &mut std::pin::Pin<&mut F>) -> bool {
    let mut polled = false;
    std::future::poll_fn(|context| {
        if polled {
            return std::task::Poll::Ready(false);
        }
        polled = true;
        match future.as_mut().poll(context) {
            std::task::Poll::Ready(_) => std::task::Poll::Ready(true),
            std::task::Poll::Pending => std::task::Poll::Pending,
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_can_never_be_created_keeps_no_other_waiting() {
    let log = Log::open().await;
    let (onboarding, importer, who) = (&log.onboarding, log.onboarding.importer(), officer());
    let file = "email,type\nada@example.com,Bank\neve@example.com,Bank\nzoe@example.com,Bank\n";
    let import = onboarding
        .upload_import(&who, "a.csv", file.as_bytes())
        .await
        .unwrap();
    // A prospect of this id, with another address: no such row can be written.
    let id: uuid::Uuid =
        sqlx::query_scalar("SELECT prospect_id FROM prospect_import_rows WHERE line = 3")
            .fetch_one(&log.pool)
            .await
            .unwrap();
    let input = customer::ProspectInput {
        email: "other@example.com".to_owned(),
        customer_type: "bank".to_owned(),
        ..Default::default()
    };
    onboarding
        .create_prospect(&who, id.into(), &input)
        .await
        .unwrap();
    onboarding.start_import(&who, import, false).await.unwrap();
    works_off(&importer).await;
    let outcomes: Vec<RowOutcome> = rows(onboarding, import)
        .await
        .iter()
        .map(|row| row.1)
        .collect();
    assert_eq!(
        outcomes,
        [RowOutcome::Created, RowOutcome::Error, RowOutcome::Created]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_blanked_with_the_person_and_after_a_while() {
    let log = Log::open().await;
    let (onboarding, importer, who) = (&log.onboarding, log.onboarding.importer(), admin());
    let file =
        "email,telegram,type\nada@example.com,adas_handle,Bank\neve@example.com,eves_handle,Bank\n";
    let upload = |name: &'static str| onboarding.upload_import(&who, name, file.as_bytes());
    let first = upload("ada.csv").await.unwrap();
    onboarding.start_import(&who, first, false).await.unwrap();
    works_off(&importer).await;
    let second = upload("second.csv").await.unwrap();
    let left = async |what: &str| {
        log.count(&format!("prospect_import_rows WHERE {what}"))
            .await
    };
    assert_eq!(left("email ILIKE 'ada@%'").await, 2);
    let id: uuid::Uuid =
        sqlx::query_scalar("SELECT id FROM prospects WHERE email = 'ada@example.com'")
            .fetch_one(&log.pool)
            .await
            .unwrap();
    onboarding
        .close_prospect(&who, id.into(), "done")
        .await
        .unwrap();
    // Free again: this one waits to be created.
    let third = upload("third.csv").await.unwrap();
    sqlx::query(
        "UPDATE prospect_events SET recorded_at = recorded_at - interval '6 years' WHERE id = $1",
    )
    .bind(id)
    .execute(&log.pool)
    .await
    .unwrap();
    onboarding
        .erase_personal_data(&who, id.into())
        .await
        .unwrap();
    assert_eq!(
        left("email ILIKE 'ada%' OR telegram_handle ILIKE '%adas%' OR email_key ILIKE 'ada%'")
            .await,
        0
    );
    assert_eq!(left("email ILIKE 'eve@%'").await, 3);
    let refused = onboarding.start_import(&who, third, false).await;
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    let said = rows(onboarding, first).await;
    assert_eq!(said[0].1, RowOutcome::Created, "what became of it stays");

    sqlx::query(
        "UPDATE prospect_imports SET uploaded_at = uploaded_at - interval '29 days' WHERE id <> $1",
    )
    .bind(second)
    .execute(&log.pool)
    .await
    .unwrap();
    works_off(&importer).await;
    assert_eq!(left("email IS NOT NULL").await, 3);
    sqlx::query("UPDATE prospect_imports SET uploaded_at = uploaded_at - interval '2 days'")
        .execute(&log.pool)
        .await
        .unwrap();
    works_off(&importer).await;
    assert_eq!(left("email IS NOT NULL").await, 1);
    let old = import_of(onboarding, first).await;
    assert!(
        old.erased_at.is_some() && old.file_name.is_none(),
        "{old:?}"
    );
    assert_eq!(rows(onboarding, first).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_create_prospects_imports_none() {
    let log = Log::open().await;
    let (onboarding, importer) = (&log.onboarding, log.onboarding.importer());
    let auditor = access::Subject::ApiToken {
        id: uuid::Uuid::now_v7().into(),
        role: Role::Auditor,
    };
    let file = b"email,type\nada@example.com,Bank\n";
    let import = onboarding
        .upload_import(&officer(), "a.csv", file)
        .await
        .unwrap();
    let refused = onboarding.upload_import(&auditor, "a.csv", file).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let refused = onboarding.start_import(&auditor, import, false).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    works_off(&importer).await;
    assert_eq!(log.count("prospects").await, 0);
}
