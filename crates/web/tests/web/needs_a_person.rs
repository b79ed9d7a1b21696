//! `/needs-a-person`: what waits, with what resolves it; what was resolved; two records that look like one person.

use access::Role;
use axum::http::StatusCode;
use customer::raised::Cause;
use uuid::Uuid;

use crate::{
    common::{Answer, App},
    pages::main,
};

const PATH: &str = "/needs-a-person";

/// Raises a cause at a record, as long ago as said.
async fn raise(app: &App, cause: Cause, about: Uuid, hours: i32) {
    sqlx::query(
        "INSERT INTO raised (cause, cause_name, prospect_id, raised_at) VALUES ($1, $2, $3, now() - $4 * interval '1 hour')",
    )
    .bind(cause.sample())
    .bind(cause.name())
    .bind(about)
    .bind(hours)
    .execute(&app.pool)
    .await
    .unwrap();
}

/// Two who look like one person: one row.
async fn twins(app: &App) -> (Uuid, Uuid) {
    let ada = app.prospect("ada@bank.example").await;
    let other = app.prospect("countess@bank.example").await;
    sqlx::query(
            "INSERT INTO raised (cause, cause_name, prospect_id, other_id, fact_key) VALUES ($1, 'possible_duplicate', $2, $3, 'twins:' || $2)",
        )
        .bind(Cause::PossibleDuplicate.sample())
        .bind(other)
        .bind(ada)
        .execute(&app.pool)
        .await
        .unwrap();
    (ada, other)
}

fn items(page: &Answer) -> usize {
    page.body.matches("data-key=\"raised-").count()
}

#[tokio::test]
async fn the_list_says_what_to_do_and_offers_it() {
    let app = App::open().await;
    let open = app.prospect("open@bank.example").await;
    let closed = app.prospect("closed@bank.example").await;
    let customer = Uuid::now_v7();
    app.approved(customer, "customer@bank.example").await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    officer
        .post("/prospects/100002/close", &[("value", "a mistake")])
        .await;
    raise(&app, Cause::GreenForClosedProspect, closed, 50).await;
    raise(&app, Cause::LevelChanged, open, 49).await;
    raise(&app, Cause::CustomerOnHold, customer, 48).await;
    raise(&app, Cause::WrongApplicantType, open, 47).await;
    raise(&app, Cause::GreenForClosedProspect, open, 46).await;
    let page = officer.get(PATH).await;
    assert_eq!(page.status, StatusCode::OK);
    for (id, offered) in [
        (1, vec!["/prospects/100002/reopen"]),
        (
            2,
            vec![
                "/prospects/100001/verification-link",
                "/prospects/100001/refresh",
            ],
        ),
        (
            3,
            vec!["/customers/100003/deactivate", "/customers/100003/refresh"],
        ),
        (4, vec!["/prospects/100001/change-type"]),
        // It is open by now: nothing to reopen.
        (5, vec![]),
    ] {
        let item = page.body.split(&format!("data-key=\"raised-{id}\"")).nth(1);
        let item = item.unwrap().split("</li>").next().unwrap();
        let actions = item.split("action=\"").skip(1);
        let actions: Vec<&str> = actions.filter_map(|it| it.split('"').next()).collect();
        let mut expected = vec![format!("/raised/{id}/resolve")];
        expected.extend(offered.into_iter().map(str::to_owned));
        assert_eq!(actions, expected, "{id}");
        // What takes something away is not the one that people mostly want.
        assert_eq!(
            item.matches("primary").count(),
            usize::from(expected.len() > 1 && id != 3),
            "{id}"
        );
    }
    assert!(
        page.body
            .contains("Needs a person <span class=\"count\" data-count=\"waiting\">5</span>"),
        "{}",
        page.body
    );
    // Each address is an operation that is offered there.
    for ask in [
        "/prospects/100002/reopen",
        "/customers/100003/deactivate",
        "/prospects/100001/change-type",
    ] {
        let asked = officer.get(&format!("{ask}?from=%2Fneeds-a-person")).await;
        assert!(asked.body.contains("<dialog open"), "{ask}: {}", asked.body);
    }
    let mut auditor = app.signed_in(Role::Auditor).await;
    let page = auditor.get(PATH).await;
    assert_eq!(items(&page), 5);
    let list = page.body.split("id=\"needs\"").nth(1).unwrap();
    assert!(!list.contains("<form"), "{list}");
}

#[tokio::test]
async fn it_is_filtered_by_cause_and_age_and_paged() {
    let app = App::open().await;
    let open = app.prospect("open@bank.example").await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    for hours in 0..60 {
        raise(&app, Cause::LevelChanged, open, hours).await;
    }
    raise(&app, Cause::OwnerOnHold, open, 24 * 8).await;
    let first = officer.get(PATH).await;
    assert_eq!(items(&first), 50);
    assert!(first.body.contains("50 of 61"), "{}", first.body);
    assert!(
        first.body.contains("Level was changed (60)"),
        "{}",
        first.body
    );
    let next = first.body.split("rel=\"next\" href=\"").nth(1).unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&");
    let second = officer.get(&next).await;
    assert_eq!(items(&second), 11);
    let back = second.body.split("rel=\"prev\" href=\"").nth(1).unwrap();
    let back = back.split('"').next().unwrap().replace("&#38;", "&");
    assert_eq!(items(&officer.get(&back).await), 50);
    for (query, found) in [
        ("cause=owner_on_hold", 1),
        ("cause=late_red", 0),
        ("age=7d", 1),
        ("age=1d", 37),
        ("age=30d", 0),
        ("cause=level_changed&age=1d&sort=desc", 36),
    ] {
        let page = officer.get(&format!("{PATH}?{query}")).await;
        assert_eq!(items(&page), found, "{query}");
        assert_eq!(
            page.body.contains("Nothing matches these filters."),
            found == 0,
            "{query}"
        );
        assert_eq!(page.body.contains(">Show all</a>"), found == 0, "{query}");
    }
    // "Resolve" comes back to the list as it is filtered, also when it is asked without a script.
    let from = "%2Fneeds-a-person%3Fcause%3Downer_on_hold";
    let asked = officer
        .get(&format!("/raised/61/resolve?from={from}"))
        .await;
    assert!(asked.body.contains("<dialog open"), "{}", asked.body);
    assert_eq!(items(&asked), 1);
    let done = officer
        .post(
            "/raised/61/resolve",
            &[
                ("from", "/needs-a-person?cause=owner_on_hold"),
                ("value", "seen"),
            ],
        )
        .await;
    assert_eq!(
        done.header("location"),
        "/needs-a-person?cause=owner_on_hold"
    );
    let resolved = officer
        .get(&format!("{PATH}?show=resolved&cause=owner_on_hold"))
        .await;
    assert!(resolved.body.contains("1 of 1"), "{}", resolved.body);
    let none = officer.get(&format!("{PATH}?show=resolved&age=1d")).await;
    assert!(
        none.body.contains("Nothing matches these filters."),
        "{}",
        none.body
    );
    for bad in ["cause=x", "age=x", "sort=x", "before=x"] {
        let page = officer.get(&format!("{PATH}?{bad}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn two_who_look_alike_stand_side_by_side_until_somebody_decides() {
    let app = App::open().await;
    twins(&app).await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let page = officer.get(PATH).await;
    assert_eq!(page.body.matches("<table class=\"pair\">").count(), 1);
    assert!(
        page.body
            .contains("E-mail <span class=\"look\">differs</span>"),
        "{}",
        page.body
    );
    assert!(
        !page
            .body
            .contains("Stage <span class=\"look\">differs</span>"),
        "{}",
        page.body
    );
    let asked = officer
        .get("/raised/1/different-people?from=%2Fneeds-a-person")
        .await;
    let dialog = asked.body.split("<dialog").nth(1).unwrap();
    assert!(
        dialog.contains("countess@bank.example · ada@bank.example (differs)"),
        "{dialog}"
    );

    let said = officer
        .post("/raised/1/same-person", &[("from", PATH), ("reason", "")])
        .await;
    let there = "/needs-a-person?done=same-person#done";
    assert_eq!(
        (said.status, said.header("location")),
        (StatusCode::SEE_OTHER, there)
    );
    let page = officer.get("/needs-a-person?done=same-person").await;
    for words in [
        "It is written down that they are the same person.",
        "The same person, as onboarding-officer@bank.example decided",
        "Close 100002</button>",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert_eq!(items(&page), 1, "nothing is closed by itself");
    officer
        .post("/prospects/100002/close", &[("value", "a duplicate")])
        .await;
    let page = officer.get(PATH).await;
    assert!(
        page.body.contains("Nothing at the moment."),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn different_people_leave_both_records() {
    let app = App::open().await;
    twins(&app).await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let open = officer.get(PATH).await;
    let cells = open
        .body
        .split("<td>")
        .filter_map(|it| it.split("</td>").next());
    let created = cells.filter(|cell| cell.ends_with(" UTC"));
    let named: Vec<_> = created.map(|created| (created, "CREATED")).collect();
    insta::assert_snapshot!("a_pair_needs_a_person", main(&open, &named));
    for path in ["/prospects/100001", "/prospects/100002"] {
        let record = officer.get(path).await;
        assert!(
            record.body.contains("/raised/1/different-people"),
            "{path}: {}",
            record.body
        );
    }
    let mut auditor = app.signed_in(Role::Auditor).await;
    let refused = auditor
        .post("/raised/1/different-people", &[("from", PATH)])
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    officer
        .post(
            "/raised/1/different-people",
            &[("from", "/needs-a-person?age="), ("reason", "met both")],
        )
        .await;
    for path in [PATH, "/", "/prospects/100001", "/prospects/100002"] {
        let page = officer.get(path).await;
        assert_eq!(items(&page), 0, "{path}");
    }
    let resolved = officer.get(&format!("{PATH}?show=resolved")).await;
    assert_eq!(
        resolved.body.matches("met both").count(),
        1,
        "{}",
        resolved.body
    );
    insta::assert_snapshot!("a_pair_that_was_decided", main(&resolved, &[]));
    for missing in ["/raised/99/same-person", "/raised/1/nonsense"] {
        let answer = officer.post(missing, &[("from", PATH)]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{missing}");
    }
}

#[tokio::test]
async fn several_are_resolved_with_one_reason_and_each_says_what_became_of_it() {
    let app = App::open().await;
    let open = app.prospect("open@bank.example").await;
    for hours in [3, 2, 1] {
        raise(&app, Cause::LevelChanged, open, hours).await;
    }
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let page = officer.get(PATH).await;
    assert_eq!(page.body.matches("form=\"resolve-several\"").count(), 3);
    let asked = officer
        .get("/needs-a-person/resolve?item=1&item=2&from=%2Fneeds-a-person%3Fsort%3Ddesc")
        .await;
    let dialog = asked.body.split("<dialog").nth(1).unwrap();
    assert!(
        dialog.contains("Resolve 2 items")
            && dialog.contains("name=\"item\" value=\"1\"")
            && dialog.contains("name=\"item\" value=\"2\"")
            && dialog.contains("value=\"/needs-a-person?sort=desc\""),
        "{dialog}"
    );
    // Nothing chosen, and no reason: nothing is done.
    let none = officer.get("/needs-a-person/resolve").await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.body.contains("tick the boxes"), "{}", none.body);
    let no_reason = [("item", "1"), ("item", "2"), ("value", " ")];
    let asked = officer.post("/needs-a-person/resolve", &no_reason).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(asked.body.contains("Enter the reason"), "{}", asked.body);
    assert_eq!(items(&officer.get(PATH).await), 3);
    // Meanwhile a colleague resolves one of them.
    let mut admin = app.signed_in(Role::Admin).await;
    admin
        .post("/raised/2/resolve", &[("value", "mine"), ("from", PATH)])
        .await;
    let all = [
        ("item", "1"),
        ("item", "2"),
        ("item", "99"),
        ("value", "put right"),
    ];
    let done = officer.post("/needs-a-person/resolve", &all).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    for words in [
        "1 of 3 resolved",
        "open@bank.example (100001): resolved</li>",
        "Item 2: was resolved already</li>",
        "Item 99: there is no such item</li>",
    ] {
        assert!(done.body.contains(words), "{words}: {}", done.body);
    }
    assert_eq!(items(&done), 1);
    let resolved = officer.get(&format!("{PATH}?show=resolved")).await;
    for reason in ["mine", "put right"] {
        assert_eq!(
            resolved.body.matches(reason).count(),
            1,
            "{}",
            resolved.body
        );
    }
    let mut auditor = app.signed_in(Role::Auditor).await;
    let page = auditor.get(PATH).await;
    assert!(!page.body.contains("checkbox"), "{}", page.body);
    let refused = auditor.post("/needs-a-person/resolve", &all).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}
