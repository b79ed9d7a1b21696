//! As much of RFC 5321 as a client needs.

use std::io;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

use super::{Mail, SmtpTls, State};

/// The login of a server with TLS.
pub const USER: &str = "usher";
/// The password of that login.
pub const PASSWORD: &str = "mail-server-password";

trait Octets: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Octets for T {}

type Stream = BufReader<Box<dyn Octets>>;

/// Speaks with one client until it goes.
pub(super) async fn serve(state: &State, stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut mail = Mail::default();
    let mut stream: Stream = BufReader::new(Box::new(stream));
    if state
        .tls
        .as_ref()
        .is_some_and(|tls| tls.kind == SmtpTls::Implicit)
    {
        stream = encrypted(state, stream, &mut mail).await?;
    }
    if let Some(greeting) = state.scripted("CONNECT") {
        return say(&mut stream, greeting).await;
    }
    say(&mut stream, "220 mail.bank.example").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let address = line.split(['<', '>']).nth(1).unwrap_or_default();
        match verb.as_str() {
            "RCPT" => address.clone_into(&mut mail.to),
            "MAIL" => address.clone_into(&mut mail.from),
            "EHLO" => line[4..].trim().clone_into(&mut mail.hello),
            _ => {}
        }
        if let Some(reply) = scripted(state, &verb, &mail.to).await {
            say(&mut stream, reply).await?;
            continue;
        }
        let reply = match verb.as_str() {
            "EHLO" => capabilities(state, &mail),
            "STAR" => {
                say(&mut stream, "220 2.0.0 go on").await?;
                stream = encrypted(state, stream, &mut mail).await?;
                continue;
            }
            "QUIT" => return say(&mut stream, "221 2.0.0 bye").await,
            "AUTH" if is_right(state, &line) => {
                mail.logged_in = true;
                "235 2.7.0 welcome"
            }
            "AUTH" => "535 5.7.8 authentication credentials invalid",
            "MAIL" if state.tls.is_some() && !mail.logged_in => "530 5.7.0 authentication required",
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                let Some(data) = content(&mut stream).await? else {
                    return Ok(());
                };
                match scripted(state, "END", &mail.to).await {
                    Some(reply) => reply,
                    None => {
                        state.take(Mail {
                            data,
                            ..mail.clone()
                        });
                        "250 2.0.0 taken"
                    }
                }
            }
            _ => "250 2.0.0 fine",
        };
        say(&mut stream, reply).await?;
    }
}

/// What the test wants this command to be answered, once it lets the client go on.
async fn scripted(state: &State, verb: &str, to: &str) -> Option<&'static str> {
    let command = format!("{verb} {to}");
    if matches!(verb, "RCPT" | "DATA" | "END") {
        state.holds.here(&command).await;
    }
    state.scripted(verb).or_else(|| state.scripted(&command))
}

fn capabilities(state: &State, mail: &Mail) -> &'static str {
    if state.tls.is_some() && !mail.over_tls {
        "250-mail.bank.example\r\n250 STARTTLS"
    } else {
        "250-mail.bank.example\r\n250 AUTH PLAIN LOGIN"
    }
}

fn is_right(state: &State, line: &str) -> bool {
    let login = BASE64_STANDARD.encode(format!("\0{USER}\0{PASSWORD}"));
    state.tls.is_none() || line.trim_end() == format!("AUTH PLAIN {login}")
}

async fn encrypted(state: &State, stream: Stream, mail: &mut Mail) -> io::Result<Stream> {
    let Some(tls) = &state.tls else {
        return Ok(stream);
    };
    let octets = tls.acceptor.accept(stream.into_inner()).await?;
    mail.over_tls = true;
    Ok(BufReader::new(Box::new(octets)))
}

/// Reads a mail up to its end; none when it doesn't come to that.
async fn content(stream: &mut Stream) -> io::Result<Option<String>> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        if line == ".\r\n" {
            return Ok(Some(data.replace("=\r\n", "")));
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

async fn say(stream: &mut Stream, reply: &str) -> io::Result<()> {
    stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
    stream.flush().await
}
