//! The lists of prospects and customers: filters, order, pages.

use access::Role;
use axum::http::StatusCode;

use crate::{
    common::{Answer, App},
    pages::{create, main},
};

#[tokio::test]
async fn the_list_filters_sorts_and_pages() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::Admin).await;
    let empty = browser.get("/prospects").await;
    insta::assert_snapshot!("an_empty_list", main(&empty, &[]));
    for n in 0..52 {
        create(&mut browser, &format!("p{n:02}@bank.example"), "").await;
    }
    let first = browser.get("/prospects").await;
    assert_eq!(rows(&first).len(), 50);
    assert_eq!(rows(&first)[0], "p51@bank.example");
    assert!(first.body.contains("aria-sort=\"descending\""));
    assert!(!first.body.contains(">Newer<"));
    let second = browser.get(&link(&first, "Older")).await;
    assert_eq!(rows(&second), ["p01@bank.example", "p00@bank.example"]);
    assert!(!second.body.contains(">Older<"));
    assert_eq!(
        rows(&browser.get(&link(&second, "Newer")).await),
        rows(&first)
    );

    // Counts may be a few seconds old.
    while !browser.get("/prospects").await.body.contains(">New (52)<") {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }

    let turned = browser.get("/prospects?sort=asc").await;
    assert_eq!(rows(&turned)[0], "p00@bank.example");
    assert!(turned.body.contains("aria-sort=\"ascending\""));
    assert_eq!(rows(&browser.get("/prospects?q=P1").await).len(), 10);
    assert_eq!(
        rows(&browser.get("/prospects?q=100003").await),
        ["p02@bank.example"]
    );
    assert_eq!(
        rows(
            &browser
                .get("/prospects?stage=new&type=individual&q=p07")
                .await
        )
        .len(),
        1
    );
    for nothing in ["q=p1%25", "stage=converted", "type=bank", "q=%00zzz"] {
        let page = browser.get(&format!("/prospects?{nothing}")).await;
        assert_eq!(page.status, StatusCode::OK, "{nothing}");
        assert!(
            page.body.contains("Nothing matches") && page.body.contains("Show all"),
            "{nothing}"
        );
    }
    let mean = browser
        .get(&format!(
            "/prospects?q={}",
            "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
        ))
        .await;
    assert!(!mean.body.contains("<script>alert"), "{}", mean.body);

    let customers = browser.get("/customers").await;
    assert!(customers.body.contains("No customers yet"));
}

#[tokio::test]
async fn a_list_says_where_one_is_and_takes_days_times_and_reasons() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::Admin).await;
    for n in 0..52 {
        create(&mut browser, &format!("p{n:02}@bank.example"), "").await;
    }
    for change in [
        "UPDATE prospects SET created_at = '2026-03-31 23:59:00Z', stage_since = '2026-03-31 23:59:00Z' WHERE email = 'p00@bank.example'",
        "UPDATE prospects SET stage = 'kyc_declined', kyc_status = 'declined' WHERE email = 'p01@bank.example'",
        "INSERT INTO prospect_reject_labels SELECT label, created_at, id FROM prospects, unnest('{DOCUMENT_MISSING,ZNEW<B>}'::text[]) AS label WHERE email = 'p01@bank.example'",
        "INSERT INTO statistics (figure, day, name, customer_type, created_by, bucket, n) VALUES ('reason', '2026-03-01', 'DOCUMENT_MISSING', 'individual', '', 0, 1)",
    ] {
        sqlx::query(change).execute(&app.pool).await.unwrap();
    }
    let place = |page: &Answer| {
        let after = page.body.split("class=\"place\">").nth(1)?;
        after.split('<').next().map(str::to_owned)
    };
    // What is kept may be a few seconds old.
    let mut first = browser.get("/prospects").await;
    while place(&first).as_deref() != Some("1–50 of 52") {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        first = browser.get("/prospects").await;
    }
    let second = browser.get(&link(&first, "Older")).await;
    assert_eq!(place(&second).as_deref(), Some("51–52 of 52"));

    for (query, found) in [
        ("created_to=2026-03-31", vec!["p00@bank.example"]),
        (
            "created_from=2026-03-31&created_to=2026-03-31",
            vec!["p00@bank.example"],
        ),
        ("created_to=2026-03-30", vec![]),
        ("in_stage=30d", vec!["p00@bank.example"]),
        ("reason=DOCUMENT_MISSING", vec!["p01@bank.example"]),
        ("reason=ZNEW%3CB%3E", vec!["p01@bank.example"]),
        ("reason=PEP", vec![]),
    ] {
        let page = browser.get(&format!("/prospects?{query}")).await;
        assert_eq!(rows(&page), found, "{query}");
        assert!(
            page.body.contains("open><summary>More filters ("),
            "{query}"
        );
        assert!(!page.body.contains("ZNEW<B>"), "{}", page.body);
        if found.is_empty() {
            assert_eq!(place(&page), None);
        }
    }
    let declined = browser.get("/prospects?stage=kyc_declined").await;
    for words in [
        ">In stage since</th>",
        ">Reason</th>",
        ">Document missing and 1 more</span>",
        ">Document missing</option>",
        "title=\"A document was not shown during the video interview. ZNEW&#60;B&#62;\"",
    ] {
        assert!(declined.body.contains(words), "{words}: {}", declined.body);
    }
    assert!(!first.body.contains(">Reason</th>"));

    for path in ["/prospects", "/customers"] {
        for (query, problem) in [
            ("created_from=2026-02-30", "Write the day as 2026-03-31."),
            (
                "created_from=2026-03-02&created_to=2026-03-01",
                "This day is before the first one.",
            ),
            ("created_to=%22%3E%00x", "Write the day as 2026-03-31."),
        ] {
            let page = browser.get(&format!("{path}?{query}")).await;
            assert_eq!(page.status, StatusCode::OK, "{query}");
            for words in [problem, "aria-invalid=\"true\"", "Which days?"] {
                assert!(page.body.contains(words), "{words}: {}", page.body);
            }
            assert!(rows(&page).is_empty());
        }
    }
    let bad = browser.get("/prospects?in_stage=5d").await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
}

/// A file as a spreadsheet reads it: rows of cells.
fn cells(file: &Answer) -> Vec<Vec<String>> {
    let text = file.body.strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let cells = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
    reader.records().map(|row| cells(row.unwrap())).collect()
}

#[tokio::test]
async fn all_that_is_filtered_is_a_file() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::Admin).await;
    for n in 0..2 {
        create(&mut browser, &format!("p{n}@bank.example"), "").await;
    }
    // More than a batch; and one who knows spreadsheets.
    for fill in [
        "INSERT INTO prospects (id, created_at, public_id, email, customer_type, stage, kyc_status, created_by)
         SELECT gen_random_uuid(), '2020-01-01'::timestamptz + n * interval '1 minute', (2000000 + n)::text,
                'x' || n || '@old.example', 'bank', 'new', 'not_started', 'test' FROM generate_series(1, 1203) n",
        "UPDATE prospects SET name = '=HYPERLINK(\"http://evil\")', created_at = '2021-01-01' WHERE email = 'p1@bank.example'",
    ] {
        sqlx::query(fill).execute(&app.pool).await.unwrap();
    }
    let list = browser.get("/prospects?type=bank&sort=asc").await;
    let address = link(&list, "Download CSV");
    assert_eq!(address, "/prospects.csv?type=bank&sort=asc");
    let file = browser.get(&address).await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(
        file.headers["content-type"],
        "text/csv; charset=utf-8; header=present"
    );
    let kept = file.headers["content-disposition"].to_str().unwrap();
    assert!(
        kept.starts_with("attachment; filename=\"prospects_20"),
        "{kept}"
    );
    let rows = cells(&file);
    assert_eq!(rows.len(), 1204);
    assert_eq!(
        rows[0],
        [
            "Public ID",
            "Name",
            "E-mail",
            "Customer type",
            "Stage",
            "KYC status",
            "Created"
        ]
    );
    assert_eq!(
        rows[1],
        [
            "2000001",
            "",
            "x1@old.example",
            "Bank",
            "New",
            "Not started",
            "2020-01-01T00:01:00Z"
        ]
    );
    assert_eq!(rows[1203][0], "2001203");

    let mean = cells(
        &browser
            .get("/prospects.csv?created_from=2021-01-01&created_to=2021-01-01")
            .await,
    );
    assert_eq!(mean.len(), 2);
    assert_eq!(mean[1][1], "'=HYPERLINK(\"http://evil\")");
    let nobody = cells(&browser.get("/prospects.csv?q=nobody").await);
    assert_eq!(nobody.len(), 1);
    let declined = cells(&browser.get("/prospects.csv?stage=kyc_declined").await);
    assert_eq!(declined[0][5..], ["In stage since", "Reason", "Created"]);
    let customers = cells(&browser.get("/customers.csv").await);
    assert_eq!(
        customers,
        [[
            "Public ID",
            "Name",
            "E-mail",
            "Customer type",
            "Status",
            "Verification",
            "Created"
        ]]
    );
    for bad in ["created_from=x", "stage=nowhere"] {
        let refused = browser.get(&format!("/prospects.csv?{bad}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{bad}");
    }

    // Who took what away is in the log: the decision, whose data each batch had, and how many rows there were.
    let entries: Vec<(String, i32)> = sqlx::query_as(
        "SELECT object, coalesce(cardinality(records), 0) FROM audit_entries WHERE action = 'prospect.download' ORDER BY id LIMIT 5",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap();
    let expected = [
        ("list", 0),
        ("list", 500),
        ("list", 500),
        ("list", 203),
        ("download:1203", 0),
    ];
    assert_eq!(
        entries,
        expected.map(|(object, records)| (object.to_owned(), records))
    );
    let log = browser.get("/audit?action=prospect.download").await;
    for words in [
        ">Download the list of prospects<",
        "Download of 1203 rows",
        "500 records",
    ] {
        assert!(log.body.contains(words), "{words}: {}", log.body);
    }

    let mut auditor = app.signed_in(Role::Auditor).await;
    let may = auditor.get("/prospects").await.status;
    assert_eq!(auditor.get("/prospects.csv").await.status, may);
}

/// What stands above the columns.
fn heads(page: &Answer) -> Vec<String> {
    let head = page.body.split("<thead>").nth(1).unwrap_or_default();
    let head = head.split("</thead>").next().unwrap_or_default();
    let cells = head.split("<th ").skip(1).filter_map(|cell| {
        let text = if cell.contains("<a ") {
            cell.split("<a ").nth(1)?.split_once('>')?.1
        } else {
            cell.split_once('>')?.1
        };
        text.split('<').next().map(str::to_owned)
    });
    cells.collect()
}

#[tokio::test]
async fn columns_and_views_are_each_operators_own() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::Admin).await;
    create(&mut browser, "p0@bank.example", "").await;
    let usual = [
        "Public ID",
        "Name",
        "E-mail",
        "Customer type",
        "Stage",
        "KYC status",
        "Created",
    ];
    assert_eq!(heads(&browser.get("/prospects").await), usual);

    let chosen = browser
        .post(
            "/columns",
            &[
                ("list", "prospects"),
                ("column", "since"),
                ("column", "created"),
                ("column", "nonsense"),
                ("back", "/prospects?type=individual"),
            ],
        )
        .await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER);
    assert_eq!(chosen.headers["location"], "/prospects?type=individual");
    let seen = heads(&browser.get("/prospects").await);
    assert_eq!(seen, ["E-mail", "In stage since", "Created"]);
    let file = cells(&browser.get("/prospects.csv").await);
    assert_eq!(file[0], ["E-mail", "In stage since", "Created"]);
    assert_eq!(
        heads(&browser.get("/customers").await),
        [""; 0],
        "nobody is there"
    );
    let mut other = app.signed_in(Role::Auditor).await;
    assert_eq!(heads(&other.get("/prospects").await), usual);
    let back = [
        ("list", "prospects"),
        ("usual", "yes"),
        ("back", "https://evil.example"),
    ];
    let usual_again = browser.post("/columns", &back).await;
    assert_eq!(usual_again.headers["location"], "/");
    assert_eq!(heads(&browser.get("/prospects").await), usual);
    let nowhere = browser.post("/columns", &[("list", "nowhere")]).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);

    // A view keeps filters and order, and nothing that may be somebody's name.
    let view = [
        ("list", "prospects"),
        ("name", "Ours <b>"),
        (
            "query",
            "q=ada&type=individual&created_to=2030-01-01&sort=asc&after=1_00000000000000000000000000000000",
        ),
    ];
    let saved = browser.post("/views", &view).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let address = "/prospects?type=individual&created_to=2030-01-01&sort=asc";
    assert_eq!(saved.headers["location"], address);
    let page = browser.get(address).await;
    assert!(
        page.body
            .contains("aria-current=\"page\">Ours &#60;b&#62;</a>"),
        "{}",
        page.body
    );
    assert_eq!(rows(&page), ["p0@bank.example"]);
    let elsewhere = browser.get("/prospects?type=bank").await;
    assert!(
        elsewhere.body.contains(">Ours &#60;b&#62;</a>") && elsewhere.body.contains(">Save view<")
    );
    // Somebody else who is sent the address sees the same, and not the name.
    let shared = other.get(address).await;
    assert_eq!(rows(&shared), ["p0@bank.example"]);
    assert!(!shared.body.contains("Ours"));

    for (bad, status) in [
        (
            [("list", "prospects"), ("name", "x"), ("query", "")],
            StatusCode::BAD_REQUEST,
        ),
        (
            [("list", "prospects"), ("name", "x"), ("query", "q=ada")],
            StatusCode::BAD_REQUEST,
        ),
        (
            [
                ("list", "prospects"),
                ("name", "x"),
                ("query", "type=nothing"),
            ],
            StatusCode::BAD_REQUEST,
        ),
        (
            [("list", "nowhere"), ("name", "x"), ("query", "type=bank")],
            StatusCode::BAD_REQUEST,
        ),
        (
            [("list", "prospects"), ("name", " "), ("query", "type=bank")],
            StatusCode::CONFLICT,
        ),
    ] {
        assert_eq!(browser.post("/views", &bad).await.status, status, "{bad:?}");
    }

    let id = page
        .body
        .split("/views/")
        .nth(1)
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned();
    let rename = format!("/views/{id}/rename");
    let theirs = other
        .post(&rename, &[("name", "Theirs"), ("back", address)])
        .await;
    assert_eq!(theirs.status, StatusCode::SEE_OTHER);
    assert!(
        browser
            .get(address)
            .await
            .body
            .contains(">Ours &#60;b&#62;</a>")
    );
    browser
        .post(&rename, &[("name", "Mine"), ("back", address)])
        .await;
    assert!(
        browser
            .get(address)
            .await
            .body
            .contains("aria-current=\"page\">Mine</a>")
    );
    let gone = browser
        .post(&format!("/views/{id}/delete"), &[("back", address)])
        .await;
    assert_eq!(gone.headers["location"], address);
    assert!(!browser.get(address).await.body.contains(">Mine</a>"));
}

#[tokio::test]
async fn a_list_is_narrowed_down_to_mine_to_a_colleagues_and_to_nobodys() {
    let app = App::open().await;
    let ids = [
        app.prospect("annas@bank.example").await,
        app.prospect("bens@bank.example").await,
        app.prospect("nobodys@bank.example").await,
    ];
    let mut anna = app.signed_in(Role::OnboardingOfficer).await;
    let mut ben = app.signed_in(Role::Admin).await;
    for (browser, record) in [(&mut anna, "100001"), (&mut ben, "100002")] {
        let to_me = format!("/prospects/{record}/assign-to-me");
        let done = browser.post(&to_me, &[]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    }
    app.reviewed(ids[1], "GREEN", 0).await;
    app.reviewed(ids[2], "GREEN", 1).await;
    let bens_id: uuid::Uuid = sqlx::query_scalar("SELECT assignee FROM prospects WHERE id = $1")
        .bind(ids[1])
        .fetch_one(&app.pool)
        .await
        .unwrap();

    // The choices: oneself under another name, and whoever can be given records.
    let page = anna.get("/prospects").await;
    for choice in [
        ">Me</option>".to_owned(),
        ">Nobody</option>".to_owned(),
        format!("<option value=\"{bens_id}\">admin@bank.example</option>"),
    ] {
        assert!(page.body.contains(&choice), "{choice}: {}", page.body);
    }
    assert!(
        !page
            .body
            .contains(">onboarding-officer@bank.example</option>")
    );
    let bens = format!("assigned={bens_id}");
    for (filter, prospects, customers) in [
        ("assigned=me", vec!["annas@bank.example"], vec![]),
        ("assigned=me&stage=kyc_declined", vec![], vec![]),
        (
            "assigned=nobody",
            vec!["nobodys@bank.example"],
            vec!["nobodys@bank.example"],
        ),
        (&bens, vec!["bens@bank.example"], vec!["bens@bank.example"]),
    ] {
        for (path, found) in [("/prospects", &prospects), ("/customers", &customers)] {
            let address = format!("{path}?{filter}");
            let page = anna.get(&address).await;
            assert_eq!(rows(&page), *found, "{address}");
            assert!(page.body.contains("More filters (1)"), "{}", page.body);
            // All of it as a file is the same.
            let file = cells(&anna.get(&address.replace('?', ".csv?")).await);
            let mails: Vec<&str> = file[1..].iter().map(|row| row[2].as_str()).collect();
            assert_eq!(mails, *found, "{address}");
        }
    }
    let mine = anna.get("/for-me").await;
    for address in ["/prospects?assigned=me", "/customers?assigned=me"] {
        let link = format!("href=\"{address}\"");
        assert!(mine.body.contains(&link), "{link}: {}", mine.body);
    }

    // Whose each is stands in a column for who wants it, and in their file.
    for (list, state) in [("prospects", "Stage"), ("customers", "Status")] {
        let path = format!("/{list}");
        assert!(!heads(&anna.get(&path).await).contains(&"Assigned to".to_owned()));
        anna.post(
            "/columns",
            &[("list", list), ("column", "state"), ("column", "assignee")],
        )
        .await;
        let page = anna.get(&format!("{path}?{bens}")).await;
        assert_eq!(heads(&page), ["E-mail", state, "Assigned to"]);
        assert!(
            page.body
                .contains("<td class=\"c-whose\">admin@bank.example</td>"),
            "{}",
            page.body
        );
        let file = cells(&anna.get(&format!("{path}.csv?{bens}")).await);
        assert_eq!(file[1][2], "admin@bank.example");
    }

    // A view of "mine" shows each who is sent its address their own.
    let view = [
        ("list", "prospects"),
        ("name", "Mine"),
        ("query", "assigned=me"),
    ];
    let saved = anna.post("/views", &view).await;
    let address = saved.header("location").to_owned();
    assert_eq!(address, "/prospects?assigned=me");
    assert_eq!(rows(&anna.get(&address).await), ["annas@bank.example"]);
    assert_eq!(rows(&ben.get(&address).await), ["bens@bank.example"]);

    // Who can be given nothing any more still has what they had.
    sqlx::query("UPDATE operators SET disabled_at = now() WHERE id = $1")
        .bind(bens_id)
        .execute(&app.pool)
        .await
        .unwrap();
    let page = anna.get(&format!("/prospects?{bens}")).await;
    assert_eq!(rows(&page), ["bens@bank.example"]);
    assert!(
        page.body.contains("selected>admin@bank.example</option>"),
        "{}",
        page.body
    );
    assert!(
        !anna
            .get("/prospects")
            .await
            .body
            .contains(&bens_id.to_string())
    );

    // Made up, or never an operator.
    for bad in [
        "assigned=anna",
        "assigned=0198c0de-0000-7000-8000-000000000000",
    ] {
        for path in [
            "/prospects",
            "/prospects.csv",
            "/customers",
            "/customers.csv",
        ] {
            let page = anna.get(&format!("{path}?{bad}")).await;
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{path} {bad}");
            let words = "There is no such colleague to filter by.";
            assert!(page.body.contains(words), "{}", page.body);
        }
        let view = [("list", "prospects"), ("name", "x"), ("query", bad)];
        let refused = anna.post("/views", &view).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn a_list_has_only_the_snoozed_or_all_but_them() {
    let app = App::open().await;
    app.prospect("asleep@bank.example").await;
    app.prospect("awake@bank.example").await;
    let mut browser = app.signed_in(Role::Admin).await;
    let snoozed = browser
        .post("/prospects/100001/snooze", &[("value", "3")])
        .await;
    assert_eq!(snoozed.status, StatusCode::SEE_OTHER, "{}", snoozed.body);
    for (filter, found) in [
        ("snoozed=yes", vec!["asleep@bank.example"]),
        ("snoozed=yes&stage=kyc_pending", vec![]),
        ("snoozed=no", vec!["awake@bank.example"]),
        ("snoozed=no&stage=new", vec!["awake@bank.example"]),
        (
            "snoozed=",
            vec!["awake@bank.example", "asleep@bank.example"],
        ),
    ] {
        let page = browser.get(&format!("/prospects?{filter}")).await;
        assert_eq!(rows(&page), found, "{filter}");
        let file = cells(&browser.get(&format!("/prospects.csv?{filter}")).await);
        assert_eq!(file.len() - 1, found.len(), "{filter}");
    }
    let page = browser.get("/prospects?snoozed=no").await;
    assert!(
        page.body
            .contains("<option value=\"no\" selected>Without snoozed</option>"),
        "{}",
        page.body
    );
    assert!(
        !browser
            .get("/customers")
            .await
            .body
            .contains("Without snoozed")
    );
    let bad = browser.get("/prospects?snoozed=maybe").await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn callbacks_and_the_audit_log_are_files_too() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::Admin).await;
    create(&mut browser, "p0@bank.example", "").await;
    sqlx::query(
        "INSERT INTO callbacks (received_at, idempotency_key, body_sha256, body, subject, callback_type, outcome, reason)
         SELECT '2020-01-01'::timestamptz + n * interval '1 hour', n::text, '\\x00', '{}', 's', 'applicantPending', 'ignored', '=1+1'
         FROM generate_series(0, 59) n",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let place = |page: &Answer| {
        let after = page.body.split("class=\"place\">").nth(1)?;
        after.split('<').next().map(str::to_owned)
    };
    let first = browser.get("/callbacks").await;
    assert_eq!(place(&first).as_deref(), Some("1–50 of 60"));
    let second = browser.get(&link(&first, "Older")).await;
    assert_eq!(place(&second).as_deref(), Some("51–60 of 60"));
    let days = browser
        .get("/callbacks?from=2020-01-02&to=2020-01-02")
        .await;
    assert_eq!(place(&days).as_deref(), Some("1–24 of 24"));
    let wrong = browser.get("/callbacks?from=x").await;
    assert!(
        wrong.body.contains("Write the day as 2026-03-31."),
        "{}",
        wrong.body
    );
    let file = browser.get(&link(&days, "Download CSV")).await;
    let rows = cells(&file);
    assert_eq!(rows.len(), 25);
    assert_eq!(
        rows[1][1..],
        [
            "2020-01-02T23:00:00Z",
            "applicantPending",
            "",
            "",
            "",
            "Ignored",
            "'=1+1",
            "1"
        ]
    );
    let decided = app.decisions("callback.download").await;
    assert_eq!(decided.len(), 3, "asked for, whose data, and how many rows");

    let log = browser.get("/audit?action=prospect.create").await;
    assert_eq!(place(&log).as_deref(), Some("1–1 of 1"));
    let file = cells(&browser.get(&link(&log, "Download CSV")).await);
    assert_eq!(file.len(), 2);
    assert_eq!(file[1][3..5], ["Create a prospect", "prospect.create"]);
    assert_eq!(file[1][7], "Allowed");
    let none = browser.get("/audit?to=2020-01-01").await;
    assert!(place(&none).is_none() && none.body.contains("Nothing matches"));
    let told = browser.get("/audit?action=audit.download").await;
    assert!(told.body.contains("Download of 1 row<"), "{}", told.body);
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let page = officer.get("/audit").await.status;
    assert_eq!(officer.get("/audit.csv").await.status, page);
}

/// The e-mails of the list.
fn rows(page: &Answer) -> Vec<String> {
    let cell = |row: &str| {
        row.split("class=\"main\"")
            .nth(1)?
            .split(['>', '<'])
            .nth(1)
            .map(str::to_owned)
    };
    page.body
        .split("<tr data-key")
        .skip(1)
        .filter_map(cell)
        .collect()
}

fn link(page: &Answer, words: &str) -> String {
    let before = page.body.split(&format!(">{words}<")).next().unwrap();
    before
        .rsplit("href=\"")
        .next()
        .and_then(|rest| rest.split('"').next())
        .unwrap()
        .replace("&#38;", "&")
}
