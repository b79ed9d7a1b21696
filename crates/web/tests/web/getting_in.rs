//! Who gets in at which site: cross-site requests, throttled sign-in, bearer tokens; error pages.

use std::time::Duration;

use crate::common::{ADMIN, App, Browser, PASSWORD, PORTAL};
use access::Role;
use axum::http::{Method, StatusCode};
use identity::{IdentityProvider as _, NewLogin};
use uuid::Uuid;

#[tokio::test]
async fn a_post_from_elsewhere_is_refused() {
    let app = App::open().await;
    let inside = app.signed_in(Role::Admin).await;
    let cases: [(&[(&str, &str)], bool); 9] = [
        (&[("origin", ADMIN)], true),
        (&[("origin", "http://localhost:7600")], true),
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("origin", PORTAL)], false),
        (&[("origin", "http://127.0.0.1")], false),
        (&[("origin", "null")], false),
        (&[("origin", "https://evil.example")], false),
        (&[("sec-fetch-site", "same-site")], false),
        (&[], false),
    ];
    for (headers, allowed) in cases {
        let mut browser = inside.clone().with(headers);
        let answer = browser.post("/prospects/new", &[("email", "x")]).await;
        let expected = if allowed {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::FORBIDDEN
        };
        assert_eq!(answer.status, expected, "{headers:?}");
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let status = browser
                .ask(method.clone(), "/prospects/new", String::new())
                .await
                .status;
            assert_eq!(
                status == StatusCode::FORBIDDEN,
                !allowed,
                "{method} {headers:?}: {status}"
            );
        }
        assert_eq!(
            browser.get("/prospects").await.status,
            StatusCode::OK,
            "looking is safe"
        );
    }
    let mut portal = app.customer_browser().with(&[("origin", ADMIN)]);
    assert_eq!(
        portal
            .post("/login", &[("email", "x"), ("password", "y")])
            .await
            .status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        portal.post("/logout", &[]).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_disabled_operator_is_out_at_the_next_click() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::Admin).await;
    app.operators.disable("admin@bank.example").await.unwrap();
    assert_eq!(
        browser.get("/prospects").await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        browser.get("/changes").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_role_counts_as_of_now() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    assert_eq!(browser.get("/prospects/new").await.status, StatusCode::OK);
    sqlx::query!("UPDATE operators SET role = 'auditor'")
        .execute(&app.pool)
        .await
        .unwrap();
    let answer = browser.get("/prospects/new").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("CUSTOMER_CREATE"));
    assert!(!browser.get("/prospects").await.body.contains(">Create<"));
}

#[tokio::test]
async fn a_stranger_is_sent_to_the_sign_in_and_back() {
    let app = App::open().await;
    let mut browser = app.browser();
    for (path, next) in [
        ("/", "/login"),
        (
            "/prospects?stage=new&q=a%40b",
            "/login?next=%2Fprospects%3Fstage%3Dnew%26q%3Da%2540b",
        ),
        ("/prospects/new", "/login?next=%2Fprospects%2Fnew"),
        ("/customers", "/login?next=%2Fcustomers"),
        ("/customers/100001", "/login?next=%2Fcustomers%2F100001"),
    ] {
        let answer = browser.get(path).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (StatusCode::SEE_OTHER, next),
            "{path}"
        );
    }
    assert_eq!(
        browser.post("/prospects", &[]).await.header("location"),
        "/login"
    );

    app.operators
        .add("a@bank.example", PASSWORD, Role::Admin)
        .await
        .unwrap();
    for (next, leads_to) in [
        ("/prospects?stage=new", "/prospects?stage=new"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
    ] {
        let page = app
            .browser()
            .get(&format!("/login?next={}", encoded(next)))
            .await;
        assert!(!page.body.contains("evil"), "{}", page.body);
        let form = [
            ("email", "a@bank.example"),
            ("password", PASSWORD),
            ("next", next),
        ];
        assert_eq!(
            app.browser().post("/login", &form).await.header("location"),
            leads_to
        );
    }
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let app = App::open().await;
    app.operators
        .add("a@bank.example", PASSWORD, Role::Admin)
        .await
        .unwrap();
    customer(&app, "a@bank.example").await;
    for (mut browser, path) in [
        (app.browser(), "/login"),
        (app.customer_browser(), "/login"),
    ] {
        let mut statuses = Vec::new();
        for n in 0..9_u8 {
            browser.peer = [192, 0, 2, n];
            browser.headers.retain(|(name, _)| *name == "origin");
            // Nobody trusts this browser to name its own address.
            browser
                .headers
                .push(("x-forwarded-for", format!("198.51.100.{n}")));
            let answer = browser
                .post(path, &[("email", "a@bank.example"), ("password", "guess")])
                .await;
            statuses.push(answer.status.as_u16());
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                let wait: u64 = answer.header("retry-after").parse().unwrap();
                assert!((1..=16).contains(&wait), "{wait}");
                assert!(answer.body.contains("Too many attempts"));
            }
        }
        assert_eq!(statuses, [401, 401, 401, 401, 401, 401, 401, 401, 429]);
        let right = browser
            .post(path, &[("email", "a@bank.example"), ("password", PASSWORD)])
            .await;
        assert_eq!(
            right.status,
            StatusCode::TOO_MANY_REQUESTS,
            "also with the right password"
        );
    }
}

/// Whoever guesses from elsewhere keeps out nobody who has been here before.
#[tokio::test]
async fn guesses_from_elsewhere_never_keep_the_right_person_out() {
    let app = App::open().await;
    app.operators
        .add("a@bank.example", PASSWORD, Role::Admin)
        .await
        .unwrap();
    customer(&app, "a@bank.example").await;
    let right = [("email", "a@bank.example"), ("password", PASSWORD)];
    for mut own in [app.browser(), app.customer_browser()] {
        let mut stranger = own.clone();
        assert_eq!(
            own.post("/login", &right).await.status,
            StatusCode::SEE_OTHER
        );
        let device = own.device.clone().unwrap();
        let guess = [("email", "A@bank.example"), ("password", "guess")];
        stranger.peer = [198, 51, 100, 9];
        // A cookie that somebody made up is no known browser.
        let name = device.split('=').next().unwrap();
        stranger.device = Some(format!("{name}={}", "A".repeat(43)));
        let turned_away = async |stranger: &mut Browser| {
            for _ in 0..20 {
                let answer = stranger.post("/login", &guess).await;
                if answer.status == StatusCode::TOO_MANY_REQUESTS {
                    return true;
                }
            }
            false
        };
        assert!(turned_away(&mut stranger).await);
        // The same browser at another place, and the same place in another browser.
        let mut elsewhere = own.clone();
        (elsewhere.peer, elsewhere.cookie) = ([203, 0, 113, 5], None);
        let mut another = own.clone();
        (another.device, another.cookie) = (None, None);
        for known in [&mut elsewhere, &mut another] {
            let answer = known.post("/login", &right).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        }
        let answer = stranger.post("/login", &right).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        // Nor does it let the known browser guess for ever.
        assert!(turned_away(&mut elsewhere).await);
    }
    let kept: Vec<Vec<u8>> = sqlx::query_scalar!("SELECT digest FROM known_devices")
        .fetch_all(&app.pool)
        .await
        .unwrap();
    assert!(!kept.is_empty() && kept.iter().all(|digest| digest.len() == 32));
}

#[tokio::test]
async fn a_bearer_token_opens_every_route_and_needs_no_origin() {
    let app = App::open().await;
    let (id, token) = app
        .tokens
        .mint("t", Role::Admin, Duration::from_secs(60))
        .await
        .unwrap();
    let bearer = format!("Bearer {token}");
    let mut program = app.browser().with(&[("authorization", &bearer)]);
    assert_eq!(program.get("/prospects").await.status, StatusCode::OK);
    let form = [("email", "p@bank.example"), ("customer_type", "individual")];
    let made = program.post("/prospects", &form).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    assert!(program.cookie.is_none(), "no session begins");

    app.tokens.revoke(id).await.unwrap();
    let refused = program.get("/prospects").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(refused.header("www-authenticate").starts_with("Bearer"));
    // A session beside it doesn't heal it.
    let mut both = app
        .signed_in(Role::Admin)
        .await
        .with(&[("authorization", "Bearer usher_nonsense")]);
    assert_eq!(
        both.get("/prospects").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        both.post("/prospects", &form).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn error_pages_say_what_to_do_and_quote_the_request() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::Admin).await;
    for path in [
        "/prospects/999999",
        "/customers/999999",
        "/prospects/%00",
        "/prospects/abc",
        "/nowhere",
        "/assets/x.css",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        let id = answer.header("x-request-id");
        assert!(
            !id.is_empty() && answer.body.contains(id),
            "{path}: {}",
            answer.body
        );
        assert!(
            answer.header("content-type").starts_with("text/html"),
            "{path}"
        );
    }
    let answer = browser
        .ask(Method::DELETE, "/prospects", String::new())
        .await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.body.contains("<h1"));
    let answer = browser.get("/prospects?stage=nowhere").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let answer = browser
        .post("/prospects/new", &[("email", &"x".repeat(70_000))])
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.body.contains("<h1"));
    assert_eq!(
        app.customer_browser().get("/nowhere").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn headers_keep_pages_private_and_assets_for_ever() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::Admin).await;
    let page = browser.get("/prospects").await;
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(
        !page.body.contains("<style")
            && !page.body.contains(" style=")
            && !page.body.contains(" onclick")
    );
    for marker in ["href=\"/assets/", "src=\"/assets/"] {
        let path = page
            .body
            .split(marker)
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let asset = browser.get(&format!("/assets/{path}")).await;
        assert_eq!(asset.status, StatusCode::OK, "{path}");
        assert!(asset.header("cache-control").contains("immutable"));
    }
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A customer with a login at the portal and a password of their own.
pub async fn customer(app: &App, email: &str) {
    let id = Uuid::now_v7();
    app.approved(id, email).await;
    let new = NewLogin {
        customer_id: id,
        email: email.to_owned(),
    };
    app.identity
        .ensure_logins(&[new], &identity::SoleOwner)
        .await
        .remove(0)
        .unwrap();
    app.identity
        .set_temporary_passwords(&[id], &identity::SoleOwner)
        .await
        .remove(0)
        .unwrap();
    app.identity.choose_password(id, PASSWORD).await.unwrap();
}
