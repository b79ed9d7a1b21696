//! Prospects from a file, page by page.

use access::Role;
use axum::http::StatusCode;
use claim_loop::{Turn, Work as _};

use crate::common::{App, Browser};

async fn works_off(app: &App) {
    let importer = app.onboarding.importer();
    while importer.batch().await.unwrap() == Turn::Worked {}
}

/// Uploads a file; answers the address of its page.
async fn uploaded(browser: &mut Browser, name: &str, file: &str) -> String {
    let answer = browser
        .upload("/prospects/import", name, file.as_bytes())
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.header("location").to_owned()
}

const FILE: &str = "\u{feff}E-Mail;Telegram;Customer Type;Phone\r\n\
    ada@example.com;@ada_lovelace;Individual;1\r\n\
    bank@example.org;;Bank;2\r\n\
    no address;;Individual;3\r\n\
    bob@example.com;;Individual;4\r\n\
    =cmd@example.com;;<b>Zoo</b>;5\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_looked_at_imported_and_its_result_taken_along() {
    let app = App::open().await;
    app.prospect("bob@example.com").await;
    let bob: String = sqlx::query_scalar("SELECT public_id FROM prospects")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let list = officer.get("/prospects").await.body;
    assert!(
        list.contains(r#"href="/prospects/import">Import CSV"#),
        "{list}"
    );
    let form = officer.get("/prospects/import").await;
    assert!(
        form.body.contains("10,000 rows") && form.body.contains("Private Company"),
        "{}",
        form.body
    );

    let page = uploaded(&mut officer, "C:\\files\\people.csv", FILE).await;
    let seen = officer.get(&page).await.body;
    for words in [
        "<h1 id=\"heading\">people.csv</h1>",
        "2 prospects can be created, nothing is yet; 1 row is already there, 2 rows have errors.",
        "Import 2 prospects",
        "Send the verification link now",
        "Phone",
        "This is not an e-mail address.",
        "Unknown customer type.",
        "&#60;b&#62;Zoo",
    ] {
        assert!(seen.contains(words), "{words}: {seen}");
    }
    assert!(
        !seen.contains("bank@example.org"),
        "what is wrong comes first: {seen}"
    );
    let there = officer
        .get(&format!("{page}?show=already_there"))
        .await
        .body;
    assert!(
        there.contains(&format!("/prospects/{bob}\">See {bob}")),
        "{there}"
    );
    let all = officer.get(&format!("{page}?show=all")).await.body;
    assert!(
        all.contains("bank@example.org") && all.contains("no address"),
        "{all}"
    );

    let started = officer.post(&page, &[("send_link", "yes")]).await;
    assert_eq!(started.status, StatusCode::SEE_OTHER);
    let running = officer.get(&page).await.body;
    assert!(
        running.contains("<progress") && running.contains("0 of 2 prospects created so far"),
        "{running}"
    );
    assert!(!running.contains("Import 2 prospects"), "{running}");
    works_off(&app).await;
    let done = officer.get(&page).await.body;
    assert!(
        done.contains("2 prospects were created; 1 row is already there, 2 rows have errors."),
        "{done}"
    );
    assert!(
        !done.contains("<progress") && done.contains("sent to each"),
        "{done}"
    );
    let file = officer.get(&format!("{page}/result.csv")).await;
    assert!(
        file.header("content-disposition")
            .contains("import_1_result.csv"),
        "{:?}",
        file.headers
    );
    let lines: Vec<&str> = file.body.lines().collect();
    assert_eq!(
        lines[0],
        "line,email,telegram,customer type,outcome,public id,error"
    );
    assert!(
        lines[1].starts_with("2,ada@example.com,'@ada_lovelace,Individual,Created,"),
        "{}",
        lines[1]
    );
    assert!(
        lines[4].starts_with(&format!(
            "5,bob@example.com,,Individual,Already there,{bob},"
        )),
        "{}",
        lines[4]
    );
    assert!(
        lines[5].starts_with("6,'=cmd@example.com,,<b>Zoo</b>,Error,,"),
        "{}",
        lines[5]
    );
    for (action, times) in [
        ("prospect_import.upload", 1),
        ("prospect_import.start", 1),
        ("prospect_import.download", 1),
        ("prospect.create", 3),
        ("prospect.send_link", 2),
    ] {
        assert_eq!(app.decisions(action).await, vec![true; times], "{action}");
    }

    // The result again, and the file again: nobody new.
    for again in [file.body.as_str(), FILE] {
        let page = uploaded(&mut officer, "again.csv", again).await;
        let seen = officer.get(&page).await.body;
        assert!(
            seen.contains(
                "There is nothing new in this file; 3 rows are already there, 2 rows have errors."
            ),
            "{seen}"
        );
        assert!(!seen.contains("<button class=\"primary\">Import"), "{seen}");
        let refused = officer.post(&page, &[]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    }
    let list = officer.get("/prospects/import").await.body;
    assert!(
        list.contains("people.csv") && list.contains("2 of 5") && list.contains("Not started"),
        "{list}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_read_is_said_beside_the_field() {
    let app = App::open().await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    for (file, words) in [
        (b"".to_vec(), "Choose a CSV file"),
        (b"PK\x03\x04".to_vec(), "This is a spreadsheet"),
        (
            b"email,type\nM\xfcller,Bank".to_vec(),
            "Line 2 has characters",
        ),
        (b"Name\nAnna".to_vec(), "There is no column"),
        (vec![b'a'; 5 * 1024 * 1024], "The file is larger than 4 MiB"),
        (
            vec![b'a'; 17 * 1024 * 1024],
            "The file is larger than 4 MiB",
        ),
    ] {
        let answer = officer.upload("/prospects/import", "a.csv", &file).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
        let problem = answer.body.split("id=\"file-problem\">").nth(1);
        assert!(
            problem.is_some_and(|it| it.starts_with(words)),
            "{words}: {}",
            answer.body
        );
    }
    let answer = officer.post("/prospects/import", &[("file", "a")]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    for path in [
        "/prospects/import/7",
        "/prospects/import/x",
        "/prospects/import/7/result.csv",
    ] {
        assert_eq!(
            officer.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_come_page_by_page() {
    let app = App::open().await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let rows: String = (0..230)
        .map(|number| format!("p{number}@example.com,Bank\n"))
        .collect();
    let page = uploaded(&mut officer, "a.csv", &format!("email,type\n{rows}")).await;
    let first = officer.get(&page).await.body;
    assert!(
        first.contains("p99@example.com") && !first.contains("p100@example.com"),
        "{first}"
    );
    let next = first.split("rel=\"next\" href=\"").nth(1).unwrap();
    let next = next.split('"').next().unwrap();
    let second = officer.get(next).await.body;
    assert!(
        second.contains("p100@example.com") && second.contains("p199@example.com"),
        "{second}"
    );
    assert!(second.contains("First rows"), "{second}");
    let last = officer
        .get(&format!("{page}?show=ready&after=201"))
        .await
        .body;
    assert!(
        last.contains("p229@example.com") && !last.contains("More rows"),
        "{last}"
    );
}
