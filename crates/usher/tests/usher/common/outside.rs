//! Who answers outside: a Sumsub, a Keycloak that isn't quite one, and mail servers, played in the test's process.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Mutex, OnceLock},
    thread,
};

use testkit::SmtpServer;

/// Serves each connection in a thread of its own, for as long as the tests run; answers the port.
pub fn listen(serve: impl Fn(TcpStream) + Send + Sync + Clone + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let serve = serve.clone();
            thread::spawn(move || serve(connection.unwrap()));
        }
    });
    port
}

/// A port at which nobody listens.
pub const NOBODY: u16 = 1;

/// Where Sumsub is. The first part of the path says how it is today: `good`, and what [`answer`] knows.
pub fn web(how: &str) -> String {
    static PORT: OnceLock<u16> = OnceLock::new();
    let port = PORT.get_or_init(|| {
        listen(|stream| {
            let _ = serve_web(stream);
        })
    });
    format!("http://127.0.0.1:{port}/{how}")
}

fn serve_web(mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let path = first.split(' ').nth(1).unwrap_or_default();
        let (how, path) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
        let (status, answer) = answer(how, path);
        write!(
            stream,
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        )?;
    }
}

fn refusal(status: u16, code: u16) -> (u16, String) {
    (
        status,
        format!(
            r#"{{"code":{status},"correlationId":"req-1","errorCode":{code},"description":"refused"}}"#
        ),
    )
}

fn answer(how: &str, path: &str) -> (u16, String) {
    let levels = path.ends_with("resources/applicants/-/levels");
    match how {
        "unknown-token" => refusal(401, 4001),
        "wrong-signature" => refusal(401, 4003),
        "late" => refusal(401, 4004),
        "busy" => refusal(503, 0),
        "no-links" if path.contains("websdkLink") => refusal(403, 0),
        "no-list" if levels => refusal(403, 0),
        "a-page" => (200, "<html>Welcome</html>".to_owned()),
        "elsewhere" => (404, "<html>Not found</html>".to_owned()),
        "other-issuer" => (
            200,
            r#"{"issuer": "https://login.bank.example/realms/usher-internal"}"#.to_owned(),
        ),
        _ if levels => (
            200,
            r#"{"list":{"items":[{"id":"1","name":"basic-kyc-level"},{"id":"2","name":"basic-kyb-level"}]}}"#
                .to_owned(),
        ),
        _ => refusal(404, 0),
    }
}

/// How a mail server is today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Smtp {
    Good,
    RefusesSender,
    RefusesLogin,
    Busy,
}

/// The port of such a mail server, which runs as long as the tests.
pub fn smtp(how: Smtp) -> u16 {
    static SERVERS: OnceLock<Mutex<HashMap<Smtp, SmtpServer>>> = OnceLock::new();
    let mut servers = SERVERS.get_or_init(Mutex::default).lock().unwrap();
    let server = servers.entry(how).or_insert_with(|| {
        let server = SmtpServer::start();
        match how {
            Smtp::Good => {}
            Smtp::RefusesSender => server.reply("MAIL", Some("550 5.7.1 sender not allowed")),
            Smtp::RefusesLogin => server.reply("AUTH", Some("535 5.7.8 authentication failed")),
            Smtp::Busy => server.reply("CONNECT", Some("421 4.3.2 too busy")),
        }
        server
    });
    server.port
}
