//! The development mailbox: what it takes it has, and shows.

use std::time::Duration;

use crate::support::welcome;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use mail::{
    MailError, Mailer, SmtpConfig, Tls,
    mailbox::{Mailbox, MailboxError},
};
use serde_json::Value;
use sqlx::PgPool;
use testkit::TestDatabase;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

const ANY: &str = "127.0.0.1:0";

struct Running {
    mailbox: Mailbox,
    stop: CancellationToken,
    database: TestDatabase,
}

async fn start() -> Running {
    let database = testkit::database().await;
    let stop = CancellationToken::new();
    let mailbox = Mailbox::start(database.pool.clone(), ANY.parse().unwrap(), stop.clone())
        .await
        .unwrap();
    Running {
        mailbox,
        stop,
        database,
    }
}

fn mailer(mailbox: &Mailbox) -> Mailer {
    let address = mailbox.smtp_address();
    Mailer::new(SmtpConfig::plain(
        address.ip().to_string(),
        address.port(),
        "Usher <no-reply@bank.example>",
    ))
    .unwrap()
}

async fn ask(router: Router, method: Method, path: &str) -> (StatusCode, String, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .body(Body::empty())
        .unwrap();
    let response = router.oneshot(request).await.unwrap();
    let policy = response
        .headers()
        .get(header::CONTENT_SECURITY_POLICY)
        .map(|value| value.to_str().unwrap().to_owned())
        .unwrap_or_default();
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap(), policy)
}

async fn messages(mailbox: &Mailbox, query: &str) -> Vec<Value> {
    let (status, body, _) = ask(
        mailbox.router(),
        Method::GET,
        &format!("/mail/messages{query}"),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    serde_json::from_str(&body).unwrap()
}

async fn count(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM dev_mail.messages")
        .fetch_one(pool)
        .await
        .unwrap()
}

/// A client that says exactly what it is told to.
struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(mailbox: &Mailbox) -> Self {
        let mut client = Self(BufReader::new(
            TcpStream::connect(mailbox.smtp_address()).await.unwrap(),
        ));
        assert!(client.reply().await.starts_with("220"));
        client
    }

    async fn say(&mut self, octets: &str) {
        self.0.get_mut().write_all(octets.as_bytes()).await.unwrap();
    }

    /// The last line of the next reply.
    async fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(
                self.0.read_line(&mut line).await.unwrap() > 0,
                "the mailbox hung up"
            );
            if line.as_bytes()[3] == b' ' {
                return line.trim_end().to_owned();
            }
        }
    }

    async fn ask(&mut self, command: &str) -> String {
        self.say(&format!("{command}\r\n")).await;
        self.reply().await
    }
}

#[tokio::test]
async fn a_mail_is_in_the_database_before_the_sender_hears_250() {
    let running = start().await;
    let mailer = mailer(&running.mailbox);
    for sent in 1..=5 {
        mailer.send(welcome("ann@example.com")).await.unwrap();
        assert_eq!(count(&running.database.pool).await, sent);
    }
}

#[tokio::test]
async fn many_at_once_all_arrive_and_share_their_commits() {
    let running = start().await;
    let mailer = mailer(&running.mailbox);
    let sending: Vec<_> = (0..500)
        .map(|n| {
            let mailer = mailer.clone();
            tokio::spawn(async move { mailer.send(welcome(&format!("c{n}@example.com"))).await })
        })
        .collect();
    for one in sending {
        one.await.unwrap().unwrap();
    }
    assert_eq!(count(&running.database.pool).await, 500);
    let commits: i64 =
        sqlx::query_scalar("SELECT count(DISTINCT xmin::text) FROM dev_mail.messages")
            .fetch_one(&running.database.pool)
            .await
            .unwrap();
    assert!(commits < 400, "{commits} commits for 500 mails");
}

#[tokio::test]
async fn what_the_json_says() {
    let running = start().await;
    let mailer = mailer(&running.mailbox);
    assert!(messages(&running.mailbox, "").await.is_empty());
    mailer.send(welcome("Ann@example.com")).await.unwrap();
    mailer.send(welcome("bob@example.com")).await.unwrap();

    let all = messages(&running.mailbox, "").await;
    assert_eq!(all.len(), 2);
    assert_eq!(
        all[0]["to"],
        serde_json::json!(["bob@example.com"]),
        "newest first"
    );
    let anns = messages(&running.mailbox, "?to=ann@EXAMPLE.com").await;
    assert_eq!(anns.len(), 1);
    let mail = &anns[0];
    assert_eq!(mail["from"], "Usher <no-reply@bank.example>");
    assert_eq!(mail["subject"], "Your login for the customer portal");
    assert!(
        mail["messageId"]
            .as_str()
            .unwrap()
            .starts_with("welcome.00000000-")
    );
    assert!(mail["date"].as_str().unwrap().ends_with('Z'));
    let sent = welcome("Ann@example.com");
    let text = mail["text"].as_str().unwrap().replace("\r\n", "\n");
    assert_eq!(text.trim_end(), sent.text().trim_end());
    assert_eq!(
        mail["html"]
            .as_str()
            .unwrap()
            .replace("\r\n", "\n")
            .trim_end(),
        sent.html().trim_end()
    );
    assert!(
        messages(&running.mailbox, "?to=eve@example.com")
            .await
            .is_empty()
    );

    let (status, ..) = ask(running.mailbox.router(), Method::DELETE, "/mail/messages").await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert!(messages(&running.mailbox, "").await.is_empty());
}

#[tokio::test]
async fn what_the_pages_show() {
    let running = start().await;
    let get = async |path: &str| ask(running.mailbox.router(), Method::GET, path).await;
    let (status, empty, _) = get("/mail").await;
    assert_eq!(status, StatusCode::OK);
    assert!(empty.contains("No mail yet") && empty.contains("welcome e-mail"));

    let mut client = Client::connect(&running.mailbox).await;
    client.ask("EHLO x").await;
    client.ask("MAIL FROM:<eve@example.com>").await;
    client.ask("RCPT TO:<ann@example.com>").await;
    client.ask("DATA").await;
    let nasty = "Subject: <script>alert(1)</script>\r\nContent-Type: text/html\r\n\r\n\
                 <html><head></head><body><script>alert(\"2\")</script></body></html>\r\n.";
    assert!(client.ask(nasty).await.starts_with("250"));

    let id = messages(&running.mailbox, "").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (_, list, _) = get("/mail").await;
    assert!(
        list.contains("ann@example.com")
            && list.contains(&format!("/mail/{id}"))
            && list.contains("just now")
    );
    let (status, page, policy) = get(&format!("/mail/{id}")).await;
    assert_eq!(status, StatusCode::OK);
    for html in [&list, &page] {
        assert!(!html.contains("<script"), "{html}");
    }
    assert!(
        page.contains("<iframe")
            && page.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\"")
    );
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("script-src"),
        "{policy}"
    );

    for path in [
        "/mail/01234567-0000-7000-8000-000000000000",
        "/mail/nonsense",
    ] {
        let (status, page, _) = get(path).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(page.contains("Back to the mailbox"));
    }
}

#[tokio::test]
async fn it_speaks_smtp_as_clients_do() {
    let running = start().await;
    let mut client = Client::connect(&running.mailbox).await;
    assert!(client.ask("NOOP").await.starts_with("250"));
    assert!(client.ask("WHAT is this").await.starts_with("500"));
    assert!(
        client
            .ask("RCPT TO:<a@example.com>")
            .await
            .starts_with("503")
    );
    assert!(
        client
            .ask("EHLO client.example")
            .await
            .starts_with("250 AUTH PLAIN LOGIN")
    );
    assert!(client.ask("AUTH PLAIN AGEAYg==").await.starts_with("235"));
    assert!(client.ask("AUTH PLAIN").await.starts_with("334"));
    assert!(client.ask("AGEAYg==").await.starts_with("235"));
    assert_eq!(client.ask("AUTH LOGIN").await, "334 VXNlcm5hbWU6");
    assert_eq!(client.ask("YQ==").await, "334 UGFzc3dvcmQ6");
    assert!(client.ask("Yg==").await.starts_with("235"));
    assert_eq!(client.ask("AUTH LOGIN").await, "334 VXNlcm5hbWU6");
    assert!(client.ask("*").await.starts_with("501"));
    assert!(
        client
            .ask("MAIL FROM:<a@example.com> SIZE=99999999")
            .await
            .starts_with("552")
    );
    assert!(
        client
            .ask("MAIL FROM:<a@example.com> BODY=8BITMIME")
            .await
            .starts_with("250")
    );
    assert!(
        client
            .ask("MAIL FROM:<a@example.com>")
            .await
            .starts_with("503")
    );
    assert!(client.ask("DATA").await.starts_with("503"));
    assert!(
        client
            .ask("RCPT TO:<gone@example.com>")
            .await
            .starts_with("250")
    );
    assert!(client.ask("RSET").await.starts_with("250"));

    // All of it in one packet, dots at the beginning of lines, two recipients; then octet by octet.
    let mail = "MAIL FROM:<>\r\nRCPT TO:<one@example.com>\r\nRCPT TO:<two@example.com>\r\nDATA\r\n\
                Subject: dots\r\n\r\n..one\r\nin . between\r\n....\r\n.\r\nNOOP\r\n";
    client.say(mail).await;
    for code in ["250", "250", "250", "354", "250", "250"] {
        assert!(client.reply().await.starts_with(code));
    }
    for octet in mail.chars() {
        client.say(&octet.to_string()).await;
    }
    for code in ["250", "250", "250", "354", "250", "250"] {
        assert!(client.reply().await.starts_with(code));
    }
    // A dot on the very first line is the end of an empty mail.
    client
        .say("MAIL FROM:<a@example.com>\r\nRCPT TO:<empty@example.com>\r\nDATA\r\n.\r\n")
        .await;
    for code in ["250", "250", "354", "250"] {
        assert!(client.reply().await.starts_with(code));
    }
    assert!(client.ask("QUIT").await.starts_with("221"));

    let stored = messages(&running.mailbox, "?to=two@example.com").await;
    assert_eq!(stored.len(), 2);
    for mail in stored {
        assert_eq!(
            mail["to"],
            serde_json::json!(["one@example.com", "two@example.com"])
        );
        assert_eq!(
            mail["text"].as_str().unwrap().replace("\r\n", "\n"),
            ".one\nin . between\n...\n"
        );
        assert_eq!(mail["html"], "", "none is made up");
    }
    assert_eq!(
        messages(&running.mailbox, "?to=empty@example.com")
            .await
            .len(),
        1
    );
}

#[tokio::test]
async fn a_mail_that_is_too_large_is_refused_and_the_next_one_taken() {
    let running = start().await;
    let mut client = Client::connect(&running.mailbox).await;
    client.ask("EHLO x").await;
    client
        .say("MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
        .await;
    for code in ["250", "250", "354"] {
        assert!(client.reply().await.starts_with(code));
    }
    let line = format!("{}\r\n", "x".repeat(998)).repeat(1024);
    for _ in 0..27 {
        client.say(&line).await;
    }
    assert!(client.ask(".").await.starts_with("552"));
    client.say("MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\n").await;
    for code in ["250", "250", "354", "250"] {
        assert!(client.reply().await.starts_with(code));
    }
    assert_eq!(count(&running.database.pool).await, 1);

    client.say(&"x".repeat(10_000)).await;
    assert!(
        client.reply().await.starts_with("500"),
        "a command has an end"
    );
}

#[tokio::test]
async fn without_its_database_it_promises_nothing() {
    let running = start().await;
    let mailer = mailer(&running.mailbox);
    running.database.pool.close().await;
    let sent = mailer.send(welcome("ann@example.com")).await;
    assert!(
        matches!(&sent, Err(MailError::Unavailable(words)) if words.contains("451")),
        "{sent:?}"
    );
}

#[tokio::test]
async fn it_stops_when_told_and_keeps_its_mail() {
    let running = start().await;
    mailer(&running.mailbox)
        .send(welcome("ann@example.com"))
        .await
        .unwrap();
    let address = running.mailbox.smtp_address();

    let taken = Mailbox::start(
        running.database.pool.clone(),
        address,
        CancellationToken::new(),
    )
    .await;
    let Err(MailboxError::Bind { .. }) = &taken else {
        unreachable!("{taken:?}")
    };
    assert!(
        taken
            .unwrap_err()
            .to_string()
            .contains(&address.to_string())
    );

    running.stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), running.mailbox.stopped())
        .await
        .expect("it has to end though a connection is open");
    assert!(TcpStream::connect(address).await.is_err());

    let stop = CancellationToken::new();
    let again = Mailbox::start(running.database.pool.clone(), address, stop)
        .await
        .unwrap();
    assert_eq!(messages(&again, "").await.len(), 1);
}

#[tokio::test]
async fn a_client_that_insists_on_tls_is_told_that_there_is_none() {
    let running = start().await;
    let address = running.mailbox.smtp_address();
    let config = SmtpConfig {
        tls: Tls::StartTls,
        ..SmtpConfig::plain("127.0.0.1", address.port(), "no-reply@bank.example")
    };
    let sent = Mailer::new(config)
        .unwrap()
        .send(welcome("ann@example.com"))
        .await;
    assert!(
        matches!(&sent, Err(MailError::Unavailable(words)) if words.contains("STARTTLS")),
        "{sent:?}"
    );
    assert_eq!(count(&running.database.pool).await, 0);
}
