//! Operations over `POST /graphql`.

use std::time::Duration;

use access::Role;
use axum::{
    body::{Body, Bytes},
    http::{Method, StatusCode},
};

use futures::StreamExt as _;

use super::{JSON, TYPENAME, ask, failure, token};
use crate::common::{ADMIN, App, PORTAL};

const PATH: &str = "/graphql";
const STREAM: &str = "/graphql/stream";

#[tokio::test]
async fn nobody_is_answered_without_saying_who_they_are() {
    let app = App::open().await;
    for path in [PATH, STREAM] {
        for headers in [
            &[JSON][..],
            &[JSON, ("origin", ADMIN)],
            &[JSON, ("origin", "https://evil.example")],
            &[JSON, ("authorization", "Bearer usher_nonsense")],
            &[JSON, ("authorization", "Basic dXNlcg==")],
            &[JSON, ("cookie", "usher_admin=rubbish")],
            // Also before anything else about the request is looked at.
            &[],
        ] {
            let answer = ask(&app.admin, Method::POST, path, headers, TYPENAME).await;
            failure(&answer, StatusCode::UNAUTHORIZED, "UNAUTHENTICATED");
            let challenge = answer.header("www-authenticate");
            assert!(challenge.starts_with("Bearer"), "{headers:?}: {challenge}");
            assert!(answer.header("location").is_empty());
        }
    }
}

#[tokio::test]
async fn a_program_gets_in_with_its_token_until_it_is_revoked() {
    let app = App::open().await;
    let bearer = token(&app, Role::Auditor).await;
    let headers = [JSON, ("authorization", bearer.as_str())];
    let answer = ask(&app.admin, Method::POST, PATH, &headers, TYPENAME).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.body, r#"{"data":{"__typename":"Query"}}"#);
    assert_eq!(
        answer.header("content-type"),
        "application/json; charset=utf-8"
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    // With a token no cookie counts, so neither does where a page may be.
    let elsewhere = [JSON, headers[1], ("origin", PORTAL)];
    let answer = ask(&app.admin, Method::POST, PATH, &elsewhere, TYPENAME).await;
    assert_eq!(answer.status, StatusCode::OK);

    sqlx::query!("UPDATE api_tokens SET revoked_at = now()")
        .execute(&app.pool)
        .await
        .unwrap();
    let answer = ask(&app.admin, Method::POST, PATH, &headers, TYPENAME).await;
    failure(&answer, StatusCode::UNAUTHORIZED, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_session_counts_from_a_page_of_the_panel_only() {
    let app = App::open().await;
    let inside = app.signed_in(Role::Admin).await;
    let cookie = inside.cookie.unwrap();
    for path in [PATH, STREAM] {
        for own in [("origin", ADMIN), ("sec-fetch-site", "same-origin")] {
            let headers = [JSON, ("cookie", cookie.as_str()), own];
            let answer = ask(&app.admin, Method::POST, path, &headers, TYPENAME).await;
            assert_eq!(answer.status, StatusCode::OK, "{own:?}: {}", answer.body);
        }
        for elsewhere in [
            &[("origin", "https://evil.example")][..],
            &[("origin", PORTAL)],
            &[("origin", "null")],
            &[("sec-fetch-site", "same-site")],
            &[],
        ] {
            let mut headers = vec![JSON, ("cookie", cookie.as_str())];
            headers.extend(elsewhere);
            let answer = ask(&app.admin, Method::POST, path, &headers, TYPENAME).await;
            failure(&answer, StatusCode::FORBIDDEN, "FORBIDDEN");
        }
        // A form of another site can send no JSON.
        for kind in ["text/plain", "application/x-www-form-urlencoded"] {
            let headers = [
                ("content-type", kind),
                ("cookie", cookie.as_str()),
                ("origin", ADMIN),
            ];
            let answer = ask(&app.admin, Method::POST, path, &headers, TYPENAME).await;
            failure(&answer, StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_REQUEST");
        }
    }
    sqlx::query!("UPDATE operators SET disabled_at = now()")
        .execute(&app.pool)
        .await
        .unwrap();
    let headers = [JSON, ("cookie", cookie.as_str()), ("origin", ADMIN)];
    let answer = ask(&app.admin, Method::POST, PATH, &headers, TYPENAME).await;
    failure(&answer, StatusCode::UNAUTHORIZED, "UNAUTHENTICATED");
}

#[tokio::test]
async fn what_is_no_request_is_refused_in_words() {
    let app = App::open().await;
    let bearer = token(&app, Role::Admin).await;
    let auth = ("authorization", bearer.as_str());
    let send = async |kind: Option<&'static str>, body: String| {
        let mut headers = vec![auth];
        headers.extend(kind.map(|kind| ("content-type", kind)));
        ask(&app.admin, Method::POST, PATH, &headers, body).await
    };
    let json = Some("application/json");
    for body in [
        "",
        "{",
        "null",
        "\"{ __typename }\"",
        "{}",
        r#"{"query": 7}"#,
        r#"{"query": "{ __typename }", "variables": "x"}"#,
        r#"[]"#,
        r#"[{"query": "{ __typename }"}]"#,
        r#"["{ __typename }"]"#,
    ] {
        let answer = send(json, body.to_owned()).await;
        failure(&answer, StatusCode::BAD_REQUEST, "BAD_REQUEST");
    }
    for body in [
        r#"{"query": "{ __typename }", "variables": null, "operationName": null, "extensions": null}"#,
        r#" {"query": "query A { __typename }", "operationName": "A", "variables": {}}"#,
        r#"{"query": "{ __typename }", "operationName": ""}"#,
    ] {
        let answer = send(Some("application/json; charset=utf-8"), body.to_owned()).await;
        assert_eq!(answer.body, r#"{"data":{"__typename":"Query"}}"#, "{body}");
    }
    for kind in [
        None,
        Some("text/plain"),
        Some("application/graphql"),
        Some("multipart/form-data"),
    ] {
        let answer = send(kind, TYPENAME.to_owned()).await;
        failure(&answer, StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_REQUEST");
    }
    let large = |bytes: usize| format!(r#"{{"query": "{{ __typename }} #{}"}}"#, "x".repeat(bytes));
    assert_eq!(send(json, large(250_000)).await.status, StatusCode::OK);
    let answer = send(json, large(262_144)).await;
    failure(&answer, StatusCode::PAYLOAD_TOO_LARGE, "BAD_REQUEST");
    let kibibyte = Bytes::from(vec![b'{'; 1024]);
    let stream = futures::stream::iter(vec![kibibyte; 300]).map(Ok::<_, std::io::Error>);
    let headers = [JSON, auth];
    let answer = ask(
        &app.admin,
        Method::POST,
        PATH,
        &headers,
        Body::from_stream(stream),
    )
    .await;
    failure(&answer, StatusCode::PAYLOAD_TOO_LARGE, "BAD_REQUEST");
}

#[tokio::test]
async fn only_post_is_taken() {
    let app = App::open().await;
    let bearer = token(&app, Role::Admin).await;
    let auth = ("authorization", bearer.as_str());
    for (path, allowed) in [(PATH, "POST"), (STREAM, "POST")] {
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
            let path = format!("{path}?query=%7B__typename%7D");
            let answer = ask(&app.admin, method, &path, &[auth], Body::empty()).await;
            failure(&answer, StatusCode::METHOD_NOT_ALLOWED, "BAD_REQUEST");
            assert_eq!(answer.header("allow"), allowed);
        }
    }
}

#[tokio::test]
async fn the_newer_media_type_tells_a_refusal_by_its_status() {
    let app = App::open().await;
    let bearer = token(&app, Role::Admin).await;
    let newer = "application/graphql-response+json";
    for (query, refused) in [
        ("{ __typename }", false),
        ("{ nothingOfThatName }", true),
        ("{", true),
        ("query A { __typename } query B { __typename }", true),
        ("subscription { nothingOfThatName }", true),
    ] {
        let body = serde_json::json!({"query": query}).to_string();
        for (accept, kind) in [
            ("application/json", "application/json"),
            ("*/*", "application/json"),
            (newer, newer),
            (
                "application/json;q=0.5, application/graphql-response+json",
                newer,
            ),
        ] {
            let headers = [JSON, ("authorization", bearer.as_str()), ("accept", accept)];
            let answer = ask(&app.admin, Method::POST, PATH, &headers, body.clone()).await;
            let expected = if refused && kind == newer {
                StatusCode::BAD_REQUEST
            } else {
                StatusCode::OK
            };
            assert_eq!(answer.status, expected, "{query} {accept}");
            assert_eq!(
                answer.header("content-type"),
                format!("{kind}; charset=utf-8")
            );
            let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!(body.get("data").is_none(), refused, "{body}");
            assert_eq!(body.get("errors").is_some(), refused, "{body}");
        }
    }
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_said_with_when_to_try_again() {
    let app = App::open().await;
    let bearer = token(&app, Role::Admin).await;
    sqlx::query("ALTER TABLE api_tokens RENAME TO api_tokens_away")
        .execute(&app.pool)
        .await
        .unwrap();
    let headers = [JSON, ("authorization", bearer.as_str())];
    let answer = ask(&app.admin, Method::POST, PATH, &headers, TYPENAME).await;
    let error = failure(&answer, StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE");
    assert_eq!(answer.header("retry-after"), "5");
    assert_eq!(error["extensions"]["retryAfterSeconds"], 5);
}

#[tokio::test]
async fn a_mutation_is_not_cut_in_half_when_the_program_hangs_up() {
    let app = App::open().await;
    let bearer = token(&app, Role::Admin).await;
    let headers = [JSON, ("authorization", bearer.as_str())];
    let create = r#"{"query": "mutation { prospectCreate(input: {email: \"half@bank.example\", customerType: INDIVIDUAL}) { prospect { publicId } } }"}"#;
    let mut held = app.pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE prospects IN EXCLUSIVE MODE")
        .execute(&mut *held)
        .await
        .unwrap();
    let asked = ask(&app.admin, Method::POST, PATH, &headers, create);
    let waits = async {
        let waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'prospects'::regclass AND database = \
                       (SELECT oid FROM pg_database WHERE datname = current_database()))";
        loop {
            let asked = sqlx::query_scalar::<_, bool>(waiting);
            if asked.fetch_one(&app.pool).await.unwrap() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    // It hangs up as soon as its mutation waits for the table.
    tokio::select! {
        _ = asked => panic!("it did not wait for the table"),
        () = waits => {}
    }
    held.rollback().await.unwrap();
    for _ in 0..100 {
        let made = sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM prospects"#);
        if made.fetch_one(&app.pool).await.unwrap() == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the prospect was never made");
}
