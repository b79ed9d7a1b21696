//! `GET /events`: what programs follow.

use std::{collections::BTreeSet, time::Duration};

use access::{Permission, Role};
use axum::{
    body::{Body, BodyDataStream},
    http::{Method, Request, StatusCode},
};
use futures::StreamExt as _;
use serde_json::Value;
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::{
    common::{Answer, App},
    graphql::{ask, token},
};

const DOCS: &str = include_str!("../../../../docs/events.md");

/// A program with a token.
struct Program<'a> {
    app: &'a App,
    bearer: String,
}

impl<'a> Program<'a> {
    async fn of(app: &'a App, role: Role) -> Self {
        let bearer = token(app, role).await;
        Self { app, bearer }
    }

    async fn get(&self, query: &str) -> Answer {
        let headers = [("authorization", self.bearer.as_str())];
        let path = format!("/events{query}");
        ask(&self.app.admin, Method::GET, &path, &headers, Body::empty()).await
    }

    async fn page(&self, query: &str) -> Value {
        let answer = self.get(query).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert_eq!(answer.header("content-type"), "application/json");
        serde_json::from_str(&answer.body).unwrap()
    }

    /// As the documentation tells to: until there is nothing more. Answers the events and where to go on.
    async fn follow(&self, after: &str, limit: usize, until: usize) -> (Vec<Value>, String) {
        let (mut events, mut after) = (Vec::new(), after.to_owned());
        // Neighbours' transactions hold the newest up for a moment.
        while events.len() < until {
            let page = self.page(&format!("?after={after}&limit={limit}")).await;
            let more = page["events"].as_array().unwrap();
            assert!(more.len() <= limit);
            if more.is_empty() && !after.is_empty() {
                assert_eq!(page["next"], after.as_str(), "it stands where it stood");
            }
            if let Some(last) = more.last() {
                assert_eq!(last["cursor"], page["next"]);
            }
            events.extend(more.iter().cloned());
            after = page["next"].as_str().unwrap().to_owned();
        }
        (events, after)
    }

    async fn stream(&self, headers: &[(&str, &str)]) -> Events {
        let mut request = Request::get("/events")
            .header("authorization", &self.bearer)
            .header("accept", "text/event-stream");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = self.app.admin.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events {
            body: response.into_body().into_data_stream(),
            text: String::new(),
        }
    }
}

/// Server-sent events, one after the other.
struct Events {
    body: BodyDataStream,
    text: String,
}

impl Events {
    /// The next one's fields; none at the end.
    async fn next(&mut self) -> Option<Vec<(String, String)>> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let fields = block
                    .lines()
                    .filter_map(|line| line.split_once(':'))
                    .map(|(name, value)| (name.to_owned(), value.trim_start().to_owned()))
                    .collect();
                self.text = rest.to_owned();
                return Some(fields);
            }
            let chunk = self.body.next().await?.unwrap();
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next that is no comment: id, event, data.
    async fn told(&mut self) -> Option<(String, String, Value)> {
        loop {
            let fields = self.next().await?;
            let field = |name: &str| {
                let found = fields.iter().find(|(field, _)| field == name);
                found.map_or(String::new(), |(_, value)| value.clone())
            };
            if !field("data").is_empty() {
                let data = serde_json::from_str(&field("data")).unwrap();
                return Some((field("id"), field("event"), data));
            }
        }
    }
}

async fn published(app: &App) -> Vec<String> {
    sqlx::query_scalar("SELECT id::text FROM outbox_events ORDER BY era, turn, number")
        .fetch_all(&app.pool)
        .await
        .unwrap()
}

fn ids(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["id"].as_str().unwrap())
        .collect()
}

fn problem(answer: &Answer, status: StatusCode) -> String {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["status"], status.as_u16());
    assert_eq!(body["requestId"], answer.header("x-request-id"));
    let detail = body["detail"].as_str().unwrap();
    assert!(detail.ends_with('.'), "{detail}");
    detail.to_owned()
}

#[tokio::test]
async fn a_program_follows_what_happens_and_misses_nothing() {
    let app = App::open().await;
    let reader = Program::of(&app, Role::EventReader).await;
    let nothing = reader.page("").await;
    assert_eq!(nothing["events"], serde_json::json!([]));
    assert_eq!(nothing["more"], false);
    let id = Uuid::now_v7();
    app.approved(id, "ada@bank.example").await;
    let expected = published(&app).await;
    assert!(expected.len() >= 3, "{expected:?}");
    for start in ["", nothing["next"].as_str().unwrap()] {
        let (events, after) = reader.follow(start, 2, expected.len()).await;
        assert_eq!(ids(&events)[..expected.len()], expected);
        assert_eq!(events[0]["subject"], id.to_string());
        assert_eq!(events[0]["type"], "ProspectCreated");
        assert!(
            !events
                .iter()
                .any(|event| event.to_string().contains("ada@"))
        );
        app.prospect(&format!("{}@bank.example", Uuid::now_v7()))
            .await;
        let (more, _) = reader.follow(&after, 1000, 1).await;
        assert_eq!(more[0]["type"], "ProspectCreated");
    }
}

#[tokio::test]
async fn the_answer_is_as_the_documentation_says() {
    let app = App::open().await;
    app.prospect("ada@bank.example").await;
    let reader = Program::of(&app, Role::Auditor).await;
    let (_, _) = reader.follow("", 1, 1).await;
    let page = reader.page("").await;
    let (_, rest) = DOCS.split_once("```json\n{\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let example: Value = serde_json::from_str(&format!("{{{example}")).unwrap();
    let keys = |value: &Value| -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(keys(&page), keys(&example));
    let (event, described) = (&page["events"][0], &example["events"][0]);
    assert_eq!(described["type"], "ProspectCreated");
    assert_eq!(keys(event), keys(described));
    for key in ["id", "cursor", "recorded_at", "subject"] {
        let (is, said) = (
            event[key].as_str().unwrap(),
            described[key].as_str().unwrap(),
        );
        assert_eq!(is.len(), said.len(), "{key}: {is} {said}");
    }
    assert_eq!(described["cursor"], example["next"]);
    let described: outbox::Cursor = example["next"].as_str().unwrap().parse().unwrap();
    assert_ne!(described, outbox::Cursor::START);
    let gone = reader.get(&format!("?after={described}")).await;
    assert!(
        DOCS.replace('\n', " ")
            .contains(&problem(&gone, StatusCode::GONE))
    );
}

#[tokio::test]
async fn only_who_may_reads_them_and_who_may_nothing_else_reads_nothing_else() {
    let app = App::open().await;
    for role in Role::ALL {
        let program = Program::of(&app, role).await;
        let answer = program.get("").await;
        if role.allows(Permission::EventsRead) {
            assert_eq!(answer.status, StatusCode::OK, "{role}");
        } else {
            let detail = problem(&answer, StatusCode::FORBIDDEN);
            assert!(detail.contains("EVENTS_READ"), "{detail}");
        }
    }
    let decisions = app.decisions("events.read").await;
    assert_eq!(decisions.iter().filter(|allowed| !**allowed).count(), 1);
    for headers in [
        vec![],
        vec![("authorization", "Bearer usher_nobody")],
        vec![("authorization", "Basic dXNlcg==")],
    ] {
        let answer = ask(&app.admin, Method::GET, "/events", &headers, "").await;
        problem(&answer, StatusCode::UNAUTHORIZED);
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
    // A browser has `/changes`.
    let mut browser = app.signed_in(Role::Admin).await;
    let answer = browser.get("/events").await;
    problem(&answer, StatusCode::UNAUTHORIZED);

    let reader = Program::of(&app, Role::EventReader).await;
    let headers = [
        ("authorization", reader.bearer.as_str()),
        ("content-type", "application/json"),
    ];
    for path in [
        "/",
        "/prospects",
        "/customers",
        "/ledger",
        "/access",
        "/audit",
        "/changes",
    ] {
        let answer = ask(&app.admin, Method::GET, path, &headers, "").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    for query in [
        "{ prospects(first: 1) { edges { cursor } } }",
        "{ customers(first: 1) { edges { cursor } } }",
    ] {
        let body = serde_json::json!({"query": query}).to_string();
        let answer = ask(&app.admin, Method::POST, "/graphql", &headers, body).await;
        assert!(answer.body.contains("FORBIDDEN"), "{}", answer.body);
    }
}

#[tokio::test]
async fn what_is_asked_wrongly_is_said_and_nothing_is_guessed() {
    let app = App::open().await;
    app.prospect("ada@bank.example").await;
    let reader = Program::of(&app, Role::EventReader).await;
    for (query, words) in [
        ("?limit=0", "from 1 to 1000"),
        ("?limit=1001", "from 1 to 1000"),
        ("?limit=-1", "from 1 to 1000"),
        ("?limit=%2B1", "from 1 to 1000"),
        ("?limit=ten", "from 1 to 1000"),
        ("?limit=", "from 1 to 1000"),
        ("?after=17", "no cursor of ours"),
        ("?after=AQAAAAA", "no cursor of ours"),
        ("?after=%FF", "no cursor of ours"),
        ("?afer=x", "not known here"),
        ("?limit=1&limit=2", "once"),
        ("?after=&after=", "once"),
    ] {
        let detail = problem(&reader.get(query).await, StatusCode::BAD_REQUEST);
        assert!(detail.contains(words), "{query}: {detail}");
    }
    let headers = [("authorization", reader.bearer.as_str())];
    let answer = ask(&app.admin, Method::POST, "/events", &headers, "").await;
    problem(&answer, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(reader.page("?limit=1000&after=").await["more"], false);
}

#[tokio::test]
async fn nobody_reads_unseen_and_the_log_is_not_filled_with_it() {
    let app = App::open().await;
    let reader = Program::of(&app, Role::EventReader).await;
    for _ in 0..3 {
        reader.page("").await;
    }
    assert_eq!(app.decisions("events.read").await, [true]);
    sqlx::query("UPDATE audit_entries SET recorded_at = recorded_at - interval '61 minutes'")
        .execute(&app.pool)
        .await
        .unwrap();
    reader.page("").await;
    assert_eq!(app.decisions("events.read").await, [true, true]);
    let subject: String =
        sqlx::query_scalar("SELECT subject FROM audit_entries ORDER BY id LIMIT 1")
            .fetch_one(&app.pool)
            .await
            .unwrap();
    // Where it stands is known to retention once it comes back with a cursor.
    let readers = async || -> Vec<String> {
        sqlx::query_scalar("SELECT reader FROM outbox_readers")
            .fetch_all(&app.pool)
            .await
            .unwrap()
    };
    assert!(readers().await.is_empty());
    let next = reader.page("").await["next"].as_str().unwrap().to_owned();
    reader.page(&format!("?after={next}")).await;
    assert_eq!(readers().await, [subject]);
}

#[tokio::test]
async fn a_cursor_that_can_not_be_continued_says_so() {
    let app = App::open().await;
    let reader = Program::of(&app, Role::EventReader).await;
    app.approved(Uuid::now_v7(), "ada@bank.example").await;
    let all = published(&app).await.len();
    let (events, after) = reader.follow("", 100, all).await;
    let mut stream = reader.stream(&[("last-event-id", &after)]).await;
    stream.next().await.unwrap();
    // Restored to an earlier moment.
    sqlx::query("DELETE FROM outbox_events WHERE id = $1::uuid")
        .bind(events.last().unwrap()["id"].as_str().unwrap())
        .execute(&app.pool)
        .await
        .unwrap();
    let detail = problem(
        &reader.get(&format!("?after={after}")).await,
        StatusCode::GONE,
    );
    assert!(detail.contains("Begin anew without `after`"), "{detail}");
    let (id, event, data) = stream.told().await.unwrap();
    assert_eq!((id.as_str(), event.as_str()), ("", "gone"));
    assert_eq!(data["detail"], detail);
    assert!(stream.next().await.is_none(), "it ends");
    let before = events[0]["cursor"].as_str().unwrap();
    assert_eq!(reader.follow(before, 100, all - 2).await.0.len(), all - 2);
}

#[tokio::test]
async fn a_stream_tells_all_and_is_taken_up_again() {
    let app = App::open().await;
    let reader = Program::of(&app, Role::EventReader).await;
    app.approved(Uuid::now_v7(), "ada@bank.example").await;
    let expected = published(&app).await;
    let mut stream = reader.stream(&[]).await;
    let opened = stream.next().await.unwrap();
    assert!(opened.iter().any(|(name, _)| name == "retry"), "{opened:?}");
    let mut told = Vec::new();
    for id in &expected {
        let (cursor, event, data) = stream.told().await.unwrap();
        assert_eq!(data["id"], id.as_str());
        assert_eq!(data["type"], event.as_str());
        assert_eq!(data["cursor"], cursor.as_str());
        told.push((cursor, data));
    }
    let (page, _) = reader.follow("", 100, expected.len()).await;
    assert!(
        page.iter().eq(told.iter().map(|(_, data)| data)),
        "as in a page"
    );
    // What happens while it waits.
    let id = app.prospect("bob@bank.example").await;
    let (last, event, data) = stream.told().await.unwrap();
    assert_eq!(
        (event.as_str(), &data["subject"]),
        ("ProspectCreated", &id.to_string().into())
    );
    drop(stream);
    app.prospect("cyd@bank.example").await;
    // A browser's EventSource says the last id, and asks at the same address as before.
    let mut stream = reader.stream(&[("last-event-id", &last)]).await;
    let (_, _, data) = stream.told().await.unwrap();
    assert_ne!(data["subject"], id.to_string());
    assert_eq!(data["type"], "ProspectCreated");
    // It ends with the server.
    app.stop.cancel();
    while stream.next().await.is_some() {}
}

#[tokio::test]
async fn a_long_stream_is_read_page_by_page() {
    let app = App::open().await;
    sqlx::query(
        "INSERT INTO outbox_events (id, era, turn, number, subject, payload)
         SELECT gen_random_uuid(), 0, 0, number, gen_random_uuid(), '{\"type\": \"ProspectCreated\"}'
         FROM generate_series(1, 1050) AS number",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let expected = published(&app).await;
    let reader = Program::of(&app, Role::EventReader).await;
    let mut stream = reader.stream(&[]).await;
    for id in &expected {
        let (_, _, data) = stream.told().await.unwrap();
        assert_eq!(data["id"], id.as_str());
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let app = App::open().await;
    let hour = Duration::from_secs(3600);
    let (id, secret) = app
        .tokens
        .mint("robot", Role::EventReader, hour)
        .await
        .unwrap();
    let reader = Program {
        app: &app,
        bearer: format!("Bearer {secret}"),
    };
    let mut stream = reader.stream(&[]).await;
    stream.next().await.unwrap();
    app.tokens.revoke(id).await.unwrap();
    while stream.next().await.is_some() {}
    problem(&reader.get("").await, StatusCode::UNAUTHORIZED);
}
