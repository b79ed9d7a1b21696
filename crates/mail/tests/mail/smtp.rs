//! Sending: TLS, login, refusals, outages.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use crate::support::{settings_for, welcome};
use mail::{ExamineError, MailError, Mailer, Sent, SmtpConfig, Tls};
use testkit::{SmtpServer, SmtpTls};
use tokio::{io::AsyncReadExt as _, io::AsyncWriteExt as _, net::TcpListener};

fn unavailable(result: Result<(), MailError>) -> String {
    match result {
        Err(MailError::Unavailable(words)) => words,
        other => unreachable!("not worth a retry: {other:?}"),
    }
}

fn refused(result: Result<(), MailError>) -> String {
    match result {
        Err(MailError::Refused(words)) => words,
        other => unreachable!("not refused: {other:?}"),
    }
}

async fn send_to_ann(config: SmtpConfig) -> Result<(), MailError> {
    let mailer = Mailer::new(config).unwrap();
    mailer.send(welcome("ann@example.com")).await
}

#[tokio::test]
async fn a_mail_arrives_over_starttls_with_a_login() {
    let server = SmtpServer::with_tls(SmtpTls::StartTls);
    let mailer = Mailer::new(settings_for(&server, Tls::StartTls)).unwrap();
    mailer.probe().await.unwrap();
    mailer.send(welcome("ann@example.com")).await.unwrap();

    let mail = server.mails().remove(0);
    assert!(mail.over_tls && mail.logged_in, "{mail:?}");
    assert_eq!(
        (&*mail.from, &*mail.to),
        ("no-reply@bank.example", "ann@example.com")
    );
    let data = mail.data;
    for part in [
        "From: Usher <no-reply@bank.example>",
        "To: ann@example.com",
        "Message-ID: <welcome.00000000-0000-0000-0000-000000000007.1.",
        "@bank.example>",
        "Date: ",
        "Auto-Submitted: auto-generated",
        "multipart/alternative",
        "text/plain; charset=utf-8",
        "text/html; charset=utf-8",
        "7K3M-9QTR-0V2X-B8CD-5EFG-HJ1N-PW4Y",
    ] {
        assert!(data.contains(part), "{part} in\n{data}");
    }
}

#[tokio::test]
async fn a_mail_that_is_not_wanted_any_more_is_withheld_just_before_its_content() {
    let server = SmtpServer::start();
    let mailer = Mailer::new(settings_for(&server, Tls::None)).unwrap();
    let asked = AtomicUsize::new(0);
    let withheld = mailer.send_while(welcome("ann@example.com"), || {
        asked.fetch_add(1, Ordering::SeqCst);
        std::future::ready(false)
    });
    assert_eq!(withheld.await.unwrap(), Sent::Withheld);
    assert_eq!(asked.into_inner(), 1);
    // The connection is as good as before.
    let taken = mailer.send_while(welcome("bob@example.com"), || std::future::ready(true));
    assert_eq!(taken.await.unwrap(), Sent::Accepted);
    assert_eq!(server.mails()[0].to, "bob@example.com");
}

/// Whoever looks whether mail would be taken names the sender, and no more.
#[tokio::test]
async fn a_look_at_the_server_tells_wrong_settings_from_an_outage_and_sends_nothing() {
    let server = SmtpServer::with_tls(SmtpTls::StartTls);
    let look = async |config: SmtpConfig| Mailer::new(config).unwrap().examine().await;
    look(settings_for(&server, Tls::StartTls)).await.unwrap();
    let wrong = |looked: Result<(), ExamineError>| match looked {
        Err(ExamineError::Permanent(words)) => words,
        other => unreachable!("no wrong setting: {other:?}"),
    };
    let password = wrong(
        look(SmtpConfig {
            password: Some("wrong".to_owned()),
            ..settings_for(&server, Tls::StartTls)
        })
        .await,
    );
    assert!(password.contains("smtp.password"), "{password}");
    let untrusted = wrong(
        look(SmtpConfig {
            ca_file: None,
            ..settings_for(&server, Tls::StartTls)
        })
        .await,
    );
    assert!(untrusted.contains("smtp.ca_file"), "{untrusted}");
    let mailer = Mailer::new(settings_for(&server, Tls::StartTls)).unwrap();
    mailer.send(welcome("ann@example.com")).await.unwrap();
    assert_eq!(server.mails()[0].to, "ann@example.com");
    server.set_away(true);
    let away = look(settings_for(&server, Tls::StartTls)).await;
    assert!(matches!(away, Err(ExamineError::Transient(_))), "{away:?}");
}

#[tokio::test]
async fn a_mail_arrives_over_implicit_tls() {
    let server = SmtpServer::with_tls(SmtpTls::Implicit);
    send_to_ann(settings_for(&server, Tls::Implicit))
        .await
        .unwrap();
    assert!(server.mails()[0].over_tls);
}

#[tokio::test]
async fn nothing_is_sent_in_clear_when_starttls_is_not_offered() {
    let server = SmtpServer::start();
    let config = SmtpConfig {
        tls: Tls::StartTls,
        ..settings_for(&server, Tls::None)
    };
    let words = unavailable(send_to_ann(config).await);
    assert!(
        words.contains("does not offer STARTTLS") && words.contains("smtp.tls"),
        "{words}"
    );
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_names_the_setting() {
    for (tls, kind) in [
        (Tls::StartTls, SmtpTls::StartTls),
        (Tls::Implicit, SmtpTls::Implicit),
    ] {
        let server = SmtpServer::with_tls(kind);
        let good = settings_for(&server, tls);
        let untrusted = SmtpConfig {
            ca_file: None,
            ..good.clone()
        };
        let words = unavailable(send_to_ann(untrusted).await);
        assert!(words.contains("smtp.ca_file"), "{words}");

        let of_another_name = SmtpConfig {
            host: "127.0.0.1".to_owned(),
            ..good
        };
        let words = unavailable(send_to_ann(of_another_name).await);
        assert!(words.contains("smtp.host"), "{words}");
    }
}

#[tokio::test]
async fn a_wrong_password_names_the_setting_and_not_the_password() {
    let server = SmtpServer::with_tls(SmtpTls::StartTls);
    let config = SmtpConfig {
        password: Some("wrong-secret".to_owned()),
        ..settings_for(&server, Tls::StartTls)
    };
    assert!(!format!("{config:?}").contains("wrong-secret"));
    let words = unavailable(send_to_ann(config).await);
    assert!(
        words.contains("535") && words.contains("smtp.password"),
        "{words}"
    );
    assert!(!words.contains("wrong-secret"), "{words}");

    let config = SmtpConfig {
        username: None,
        password: None,
        ..settings_for(&server, Tls::StartTls)
    };
    let words = unavailable(send_to_ann(config).await);
    assert!(words.contains("smtp.username"), "{words}");
}

/// Replies as servers give them to who names this recipient.
fn scripted(replies: &[(&'static str, &'static str)]) -> SmtpServer {
    let server = SmtpServer::start();
    for (local, reply) in replies {
        server.answer(&format!("{local}@example.com"), Some(reply));
    }
    server
}

#[tokio::test]
async fn what_the_server_says_decides_who_has_to_act() {
    let server = scripted(&[
        (
            "refused",
            "550 5.1.1 <REFUSED@EXAMPLE.COM>: Recipient address rejected: User unknown",
        ),
        ("gone", "550-Sorry, nobody here\r\n550 5.2.1 of that name"),
        (
            "exchange",
            "550 5.4.1 Recipient address rejected: Access denied",
        ),
        ("qmail", "550 sorry, no mailbox here by that name. (#5.1.1)"),
        ("busy", "451 4.3.0 Try again later"),
        (
            "grey",
            "450 4.7.1 <GREY@EXAMPLE.COM>: Recipient address rejected: Greylisted",
        ),
        (
            "relay",
            "554 5.7.1 <RELAY@EXAMPLE.COM>: Relay access denied",
        ),
        (
            "greeting",
            "504 5.5.2 <web1>: Helo command rejected: need fully-qualified hostname",
        ),
        (
            "unresolved",
            "450 4.7.1 <web1.bank.example>: Helo command rejected: Host not found",
        ),
        (
            "sender",
            "450 4.1.8 <no-reply@bank.example>: Sender address rejected: Domain not found",
        ),
        (
            "listed",
            "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service \
          provider since part of their network is on our block list (S3140).",
        ),
    ]);
    for (local, reply) in [
        ("late", "550 5.1.1 No such user after all"),
        ("spam", "554 5.7.1 Looks like spam"),
        (
            "dmarc",
            "550-5.7.26 This mail has been blocked because the sender is unauthenticated.\r\n550 5.7.26 See our help",
        ),
    ] {
        server.reply(&format!("END {local}@example.com"), Some(reply));
    }
    let mailer = Mailer::new(settings_for(&server, Tls::None)).unwrap();
    for local in ["refused", "late", "gone", "exchange", "qmail"] {
        let words = refused(mailer.send(welcome(&format!("{local}@example.com"))).await);
        assert!(words.contains("(550 "), "{words}");
        assert!(
            words.contains("correct it, then retry"),
            "what to do: {words}"
        );
        assert!(
            !words.to_lowercase().contains("refused@example.com"),
            "no address in it: {words}"
        );
    }
    // Ours: it waits, and names what to mend.
    for (local, part) in [
        ("busy", "451"),
        ("grey", "come again later (450"),
        ("relay", "smtp.username"),
        ("greeting", "smtp.hello"),
        ("unresolved", "smtp.hello"),
        ("sender", "smtp.from"),
        ("listed", "spam (550"),
        ("dmarc", "SPF"),
        ("spam", "refused the mail itself"),
    ] {
        let words = unavailable(mailer.send(welcome(&format!("{local}@example.com"))).await);
        assert!(
            words.contains(part) && !words.contains(&format!("{local}@")),
            "{local}: {words}"
        );
    }
    for impossible in [
        "no address",
        "ann@example.com\r\nRCPT TO:<eve@example.com>",
        "ann@example.com, eve@example.com",
    ] {
        refused(mailer.send(welcome(impossible)).await);
    }

    // And the next one goes out as if nothing had been.
    mailer.send(welcome("ann@example.com")).await.unwrap();
    assert_eq!(server.mails()[0].to, "ann@example.com");
}

#[tokio::test]
async fn what_the_recipient_puts_off_is_worth_a_while() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let server = scripted(&[
        (
            "unverified",
            "450 4.1.1 <UNVERIFIED@EXAMPLE.COM>: Recipient address rejected: unverified address",
        ),
        (
            "full",
            "552 5.2.2 The mailbox of <FULL@EXAMPLE.COM> is over quota",
        ),
        ("fullish", "452 4.2.2 over quota"),
    ]);
    let mailer = Mailer::new(settings_for(&server, Tls::None)).unwrap();
    for (local, days, part) in [
        ("unverified", 1, "takes no mail for the moment (450 4.1.1"),
        ("full", 7, "mailbox is full (552 5.2.2"),
        ("fullish", 7, "mailbox is full (452 4.2.2"),
    ] {
        let came = mailer.send(welcome(&format!("{local}@example.com"))).await;
        let Err(MailError::Deferred { words, patience }) = came else {
            unreachable!("{local}: {came:?}");
        };
        assert_eq!(patience, days * DAY, "{words}");
        assert!(
            words.contains(part) && !words.to_lowercase().contains(&format!("{local}@")),
            "{words}"
        );
    }
}

#[tokio::test]
async fn the_server_is_greeted_with_the_name_that_is_set() {
    let server = SmtpServer::start();
    let greeting = |hello: &str| SmtpConfig {
        hello: Some(hello.to_owned()),
        ..settings_for(&server, Tls::None)
    };
    let full = Mailer::new(greeting("mail.bank.example")).unwrap();
    assert_eq!(full.warnings(), []);
    let bare = Mailer::new(greeting("bare")).unwrap();
    let warned = bare.warnings().remove(0).to_string();
    assert!(
        warned.starts_with("smtp.hello: `bare` is no full name"),
        "{warned}"
    );
    let reply = "504 5.5.2 <bare>: Helo command rejected: need fully-qualified hostname";
    server.reply("EHLO", Some(reply));
    let words = unavailable(bare.probe().await);
    assert!(
        words.contains("504 5.5.2") && words.contains("smtp.hello"),
        "{words}"
    );
    let never = Mailer::new(greeting("a.example\r\nRSET")).err().unwrap();
    assert_eq!(never.setting, "smtp.hello");
    server.reply("EHLO", None);
    full.send(welcome("ann@example.com")).await.unwrap();
    assert_eq!(server.mails()[0].hello, "mail.bank.example");
}

#[tokio::test]
async fn a_reply_that_comes_too_late_is_never_taken_for_the_answer_to_another_mail() {
    const LATE: &str = "late@example.com";
    let server = SmtpServer::start();
    server.reply(
        &format!("END {LATE}"),
        Some("554 5.7.1 That took long, and it is a no"),
    );
    let config = SmtpConfig {
        timeout: Duration::from_millis(500),
        connections: 1,
        ..settings_for(&server, Tls::None)
    };
    let mailer = Mailer::new(config).unwrap();
    mailer.send(welcome("first@example.com")).await.unwrap();
    let hold = server.hold(LATE, "END");
    let words = unavailable(mailer.send(welcome(LATE)).await);
    assert!(words.contains("in time"), "{words}");
    // Were the connection used again, this reply would come before the next one.
    hold.release();
    mailer.send(welcome("second@example.com")).await.unwrap();
    server.refuse("refused@example.com", true);
    refused(mailer.send(welcome("refused@example.com")).await);

    // Nor when whoever waited for the mail has gone away.
    let hold = server.hold(LATE, "END");
    tokio::select! {
        sent = mailer.send(welcome(LATE)) => unreachable!("{sent:?}"),
        () = hold.has_begun() => {}
    }
    hold.release();
    mailer.send(welcome("third@example.com")).await.unwrap();
    let taken: Vec<String> = server.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(
        taken,
        [
            "first@example.com",
            "second@example.com",
            "third@example.com"
        ]
    );
}

#[tokio::test]
async fn an_outage_is_worth_a_retry_and_its_end_needs_no_restart() {
    let server = SmtpServer::start();
    let mailer = Mailer::new(settings_for(&server, Tls::None)).unwrap();
    mailer.send(welcome("ann@example.com")).await.unwrap();
    server.set_away(true);
    let words = unavailable(mailer.send(welcome("ann@example.com")).await);
    assert!(
        words.contains("smtp.host") && words.contains(&server.port.to_string()),
        "{words}"
    );
    let words = unavailable(mailer.probe().await);
    assert!(
        words.contains("does not answer (Connection refused)"),
        "{words}"
    );

    server.set_away(false);
    mailer.send(welcome("bob@example.com")).await.unwrap();
    assert_eq!(server.mails()[1].to, "bob@example.com");
}

#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_costs_no_mail() {
    // A server that closes after each mail, as some do.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (closed, mut closings) = tokio::sync::mpsc::unbounded_channel();
    let server = tokio::spawn(async move {
        let mut mails = 0;
        while let Ok((mut stream, _)) = listener.accept().await {
            let replies = ["220 hi", "250 hi", "250 ok", "250 ok", "354 go", "250 ok"];
            let mut buffer = vec![0; 64 * 1024];
            for (place, reply) in replies.iter().enumerate() {
                if place == 5 {
                    let mut body = Vec::new();
                    while !body.ends_with(b"\r\n.\r\n") {
                        let read = stream.read(&mut buffer).await.unwrap();
                        body.extend_from_slice(&buffer[..read]);
                    }
                } else if place > 0 {
                    assert!(stream.read(&mut buffer).await.unwrap() > 0);
                }
                stream
                    .write_all(format!("{reply}\r\n").as_bytes())
                    .await
                    .unwrap();
            }
            drop(stream);
            closed.send(()).unwrap();
            mails += 1;
            if mails == 3 {
                return;
            }
        }
    });
    let mailer = Mailer::new(SmtpConfig::plain(
        "127.0.0.1",
        port,
        "no-reply@bank.example",
    ))
    .unwrap();
    for _ in 0..3 {
        mailer.send(welcome("ann@example.com")).await.unwrap();
        closings.recv().await.unwrap();
    }
    server.await.unwrap();
}

#[tokio::test]
async fn settings_that_can_not_work_are_named_before_anything_is_sent() {
    let good = SmtpConfig::plain("localhost", 25, "no-reply@bank.example");
    let wrong = |config: SmtpConfig| {
        Mailer::new(config)
            .err()
            .expect("has to be refused")
            .setting
    };
    assert_eq!(
        wrong(SmtpConfig {
            from: "nobody".to_owned(),
            ..good.clone()
        }),
        "smtp.from"
    );
    assert_eq!(
        wrong(SmtpConfig {
            connections: 0,
            ..good.clone()
        }),
        "smtp.connections"
    );
    let some = Some("x".to_owned());
    assert_eq!(
        wrong(SmtpConfig {
            username: some.clone(),
            ..good.clone()
        }),
        "smtp.password"
    );
    assert_eq!(
        wrong(SmtpConfig {
            password: some.clone(),
            ..good.clone()
        }),
        "smtp.username"
    );
    let clear = SmtpConfig {
        host: "mail.example".to_owned(),
        username: some.clone(),
        password: some,
        ..good.clone()
    };
    assert_eq!(wrong(clear), "smtp.tls");
    for ca_file in ["/nowhere/ca.pem", "/etc/hostname"] {
        let config = SmtpConfig {
            tls: Tls::StartTls,
            ca_file: Some(ca_file.into()),
            ..good.clone()
        };
        assert_eq!(wrong(config), "smtp.ca_file");
    }
    for name in ["none", "starttls", "implicit"] {
        assert!(name.parse::<Tls>().is_ok());
    }
    assert!("STARTTLS".parse::<Tls>().is_err());
}
