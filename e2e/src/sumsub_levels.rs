//! A Sumsub that knows its levels, and nobody else or nothing of anybody else: enough for `usher doctor`, and for stories that
//! tell all by webhooks.

use std::{
    io::{BufRead as _, BufReader, Read as _, Result, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

use crate::callback::applicant_of;

const LEVELS: &str =
    r#"{"list":{"items":[{"name":"basic-kyc-level"},{"name":"basic-kyb-level"}]}}"#;
const NOT_FOUND: &str = r#"{"code":404,"correlationId":"req-1","description":"not found"}"#;

/// Starts one that lives as long as this process; answers what `sumsub.base_url` takes.
///
/// # Errors
/// When no port is free.
pub fn start() -> Result<String> {
    start_knowing(false)
}

/// The same, where every applicant is there and has told nothing.
///
/// # Errors
/// When no port is free.
pub fn start_with_applicants() -> Result<String> {
    start_knowing(true)
}

fn start_knowing(applicants: bool) -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let url = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream, applicants));
        }
    });
    Ok(url)
}

fn serve(mut stream: TcpStream, applicants: bool) -> Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut asked = String::new();
        if reader.read_line(&mut asked)? == 0 {
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
                length = value.trim().parse().unwrap_or_default();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let (status, answer) = if asked.contains("/resources/applicants/-/levels ") {
            ("200 OK", LEVELS.to_owned())
        } else if let Some(id) = applicant(&asked).filter(|_| applicants) {
            let answer = format!(r#"{{"id":"{id}","type":"individual"}}"#);
            ("200 OK", answer)
        } else {
            ("404 Not Found", NOT_FOUND.to_owned())
        };
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        )?;
    }
}

/// Whose applicant a request line asks for; nobody's when it is the one that nobody has.
fn applicant(asked: &str) -> Option<String> {
    let rest = asked.split("/resources/applicants/").nth(1)?;
    let (id, _) = rest.split_once("/one ")?;
    match id.strip_prefix("-;externalUserId=") {
        Some(ours) => Some(applicant_of(ours.parse().ok()?)),
        None => (!id.bytes().all(|letter| letter == b'0')).then(|| id.to_owned()),
    }
}
