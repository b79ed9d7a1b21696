//! The verification link by e-mail, as pages show it: the tick of the create form, the record, and where the mail leads.

use axum::http::StatusCode;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::common::App;
use access::Role;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const SUMSUB: &str = "https://in.sumsub.test/websdk/p/link";

impl App {
    /// A link that ends in so many seconds, and a mail with it that was sent to this address.
    async fn mailed(&self, prospect: Uuid, address: &str, ends_in: f64) {
        let sequence: i32 = sqlx::query_scalar(
            "INSERT INTO prospect_events (id, sequence, event_type, event, recorded_at)
             SELECT $1, max(sequence) + 1, 'link_created', jsonb_build_object('type', 'link_created', 'url', null, 'level', 'basic-kyc-level',
                'created_at', now(), 'expires_at', now() + make_interval(secs => $2), 'created_by', 'system:test'), now()
             FROM prospect_events WHERE id = $1 RETURNING sequence",
        )
        .bind(prospect)
        .bind(ends_in)
        .fetch_one(&self.pool)
        .await
        .unwrap();
        sqlx::query("INSERT INTO prospects_forgettable_payloads (entity_id, sequence, payload) VALUES ($1, $2, jsonb_build_object('url', $3::text))")
            .bind(prospect)
            .bind(sequence)
            .bind(SUMSUB)
            .execute(&self.pool)
            .await
            .unwrap();
        sqlx::query(
            "WITH mail AS (
                 INSERT INTO link_mails (id, prospect_id, kind, requested_by, address, link_made_at, sent_at)
                 VALUES (gen_random_uuid(), $1, 'first', 'system:test', $2, now(), now()) RETURNING id
             )
             INSERT INTO link_tokens (digest, mail_id) SELECT $3, id FROM mail ON CONFLICT DO NOTHING",
        )
        .bind(prospect)
        .bind(address)
        .bind(Sha256::digest(TOKEN).as_slice())
        .execute(&self.pool)
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn create_and_send_is_a_tick_that_each_operator_finds_again() {
    let app = App::open().await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let mut another = app.signed_in(Role::Admin).await;
    let form = officer.get("/prospects/new").await.body;
    let tick = |form: &str| {
        let (_, rest) = form.split_once("id=\"send_link\"").unwrap();
        rest.split('>').next().unwrap().contains(" checked")
    };
    assert!(!tick(&form), "{form}");
    let fields = [
        ("email", "ada@bank.example"),
        ("telegram", "123456"),
        ("customer_type", "individual"),
        ("send_link", "yes"),
    ];
    let asked = officer.post("/prospects/new", &fields).await.body;
    for words in [
        "<button class=\"primary\" autofocus>Create and send</button>",
        "<input type=\"hidden\" name=\"send_link\" value=\"yes\">",
        "sent at once",
    ] {
        assert!(asked.contains(words), "{words}: {asked}");
    }
    let made = officer.post("/prospects", &fields).await;
    assert_eq!(made.header("location"), "/prospects/100001");
    let page = officer.get("/prospects/100001").await.body;
    assert!(page.contains("Being sent, asked for"), "{page}");
    assert!(page.contains("<a href=\"tg://user?id=123456\""), "{page}");
    assert_eq!(app.decisions("prospect.send_link").await, [true]);
    assert!(
        tick(&officer.get("/prospects/new").await.body),
        "it is remembered"
    );
    assert!(!tick(&another.get("/prospects/new").await.body), "for each");
    let [email, telegram, kind, _] = fields;
    let without = [(email.0, "bob@bank.example"), (telegram.0, ""), kind];
    assert_eq!(
        officer.post("/prospects", &without).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(
        !tick(&officer.get("/prospects/new").await.body),
        "so is the other choice"
    );
    let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM link_mails WHERE sent_at IS NULL")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert_eq!(waiting, 1);
}

#[tokio::test]
async fn the_record_says_how_the_mail_stands_and_shows_the_link_to_a_camera() {
    let app = App::open().await;
    let id = app.prospect("ada@bank.example").await;
    app.mailed(id, "ada@bank.example", 3600.0).await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let page = officer.get("/prospects/100001").await.body;
    for words in [
        "Sent ",
        "not opened yet",
        "<summary>Show QR</summary>",
        "aria-label=\"QR code of the verification link\"",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let mut auditor = app.signed_in(Role::Auditor).await;
    let seen = auditor.get("/prospects/100001").await.body;
    assert!(
        !seen.contains("Show QR") && !seen.contains(SUMSUB),
        "{seen}"
    );
}

#[tokio::test]
async fn what_could_not_be_sent_says_why() {
    let app = App::open().await;
    app.prospect("ada@bank.example").await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    for (state, error, words) in [
        (
            "retrying",
            "the mail server does not answer",
            "Not sent yet, 3 attempts",
        ),
        ("needs_person", "550 no such user", "a person has to look"),
    ] {
        let sent = officer.post("/prospects/100001/send-link", &[]).await;
        assert_eq!(
            sent.header("location"),
            "/prospects/100001?done=send-link#done"
        );
        sqlx::query("UPDATE provisioning_steps SET state = $1, attempt = 3, last_error = $2, next_try = now() + interval '4 minutes'")
            .bind(state)
            .bind(error)
            .execute(&app.pool)
            .await
            .unwrap();
        let page = officer.get("/prospects/100001").await.body;
        for said in [words, error] {
            assert!(page.contains(said), "{said}: {page}");
        }
        let board = officer.get("/provisioning").await.body;
        assert!(
            board.contains("<a href=\"/prospects/100001\">100001</a>"),
            "{board}"
        );
        // Asked for again it is tried at once.
        officer.post("/prospects/100001/send-link", &[]).await;
        let due: bool = sqlx::query_scalar("SELECT next_try <= now() FROM provisioning_steps")
            .fetch_one(&app.pool)
            .await
            .unwrap();
        assert!(due, "{state}");
    }
}

#[tokio::test]
async fn the_mail_leads_to_a_page_that_opens_nothing_by_itself() {
    let app = App::open().await;
    let id = app.prospect("ada@bank.example").await;
    app.mailed(id, "ada@bank.example", 3600.0).await;
    let path = format!("/verify/{TOKEN}");
    let mut person = app.customer_browser();
    let opened = async || {
        sqlx::query_scalar::<_, bool>("SELECT opened_at IS NOT NULL FROM link_mails")
            .fetch_one(&app.pool)
            .await
            .unwrap()
    };
    for _ in 0..2 {
        let page = person.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            page.body.contains("Begin verification") && !page.body.contains(SUMSUB),
            "{}",
            page.body
        );
        assert!(
            !page.body.contains("ada@"),
            "no data of anybody: {}",
            page.body
        );
        assert!(
            page.header("content-security-policy")
                .contains("https://in.sumsub.test")
        );
        assert_eq!(page.header("x-robots-tag"), "noindex, nofollow");
    }
    assert!(!opened().await, "looking is not opening");
    let begun = person.post(&path, &[]).await;
    assert_eq!(
        (begun.status, begun.header("location")),
        (StatusCode::SEE_OTHER, SUMSUB)
    );
    assert!(opened().await);
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let page = officer.get("/prospects/100001").await.body;
    assert!(page.contains("opened <time"), "{page}");
    assert!(
        page.contains("Verification begun from the e-mail"),
        "{page}"
    );
}

#[tokio::test]
async fn a_link_that_leads_nowhere_says_why() {
    let app = App::open().await;
    let path = format!("/verify/{TOKEN}");
    let mut person = app.customer_browser();
    let unknown = person.get(&path).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(
        person.get("/verify/%00").await.status,
        StatusCode::NOT_FOUND
    );

    let id = app.prospect("ada@bank.example").await;
    app.mailed(id, "ada@bank.example", -1.0).await;
    let said = async |words: &str| {
        let mut person = app.customer_browser();
        for answer in [person.get(&path).await, person.post(&path, &[]).await] {
            assert_eq!(answer.status, StatusCode::GONE);
            assert!(answer.body.contains(words), "{words}: {}", answer.body);
            assert!(
                !answer.body.contains("Begin verification"),
                "{}",
                answer.body
            );
        }
    };
    said("This link has ended").await;
    let usher = access::Subject::system("test");
    let moved = app
        .onboarding
        .change_email(&usher, id.into(), "b@bank.example")
        .await;
    moved.unwrap();
    said("This link was replaced").await;
    let closed = app
        .onboarding
        .close_prospect(&usher, id.into(), "gone")
        .await;
    closed.unwrap();
    said("There is nothing to verify any more").await;
}

#[tokio::test]
async fn who_tries_tokens_is_slowed_down() {
    let app = App::open().await;
    let mut person = app.customer_browser();
    let mut slowed = false;
    for number in 0..70 {
        let answer = person.get(&format!("/verify/{number:032}")).await;
        slowed |= answer.status == StatusCode::TOO_MANY_REQUESTS;
    }
    assert!(slowed);
}
