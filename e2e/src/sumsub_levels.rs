//! A Sumsub that knows its levels and nobody else: enough for `usher doctor`.

use std::{
    io::{BufRead as _, BufReader, Read as _, Result, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

const LEVELS: &str =
    r#"{"list":{"items":[{"name":"basic-kyc-level"},{"name":"basic-kyb-level"}]}}"#;
const NOT_FOUND: &str = r#"{"code":404,"correlationId":"req-1","description":"not found"}"#;

/// Starts one that lives as long as this process; answers what `sumsub.base_url` takes.
///
/// # Errors
/// When no port is free.
pub fn start() -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let url = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    Ok(url)
}

fn serve(mut stream: TcpStream) -> Result<()> {
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
            ("200 OK", LEVELS)
        } else {
            ("404 Not Found", NOT_FOUND)
        };
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        )?;
    }
}
