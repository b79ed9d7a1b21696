//! What stands where PostgreSQL should: a server that refuses everybody, and a connection pooler that hands one session to
//! several. Messages: <https://www.postgresql.org/docs/current/protocol-message-formats.html>.

use std::{
    io::{Read, Result, Write as _},
    net::TcpStream,
    sync::{Arc, Mutex},
};

use crate::common::outside::listen;

const SSL_REQUEST: u32 = 80_877_103;
const VERSION_3: u32 = 196_608;

/// A server that refuses with this code and message; answers the port.
pub fn refusing(code: &'static str, message: &'static str) -> u16 {
    listen(move |mut stream| {
        let _ = refuse(&mut stream, code, message);
    })
}

fn refuse(stream: &mut TcpStream, code: &str, message: &str) -> Result<()> {
    startup(stream)?;
    let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
    send(stream, b'E', fields.as_bytes())
}

/// Takes the first message; TLS isn't to be had.
fn startup(stream: &mut TcpStream) -> Result<()> {
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
        stream.read_exact(&mut body)?;
        if body[..4] != SSL_REQUEST.to_be_bytes() {
            return Ok(());
        }
        stream.write_all(b"N")?;
    }
}

fn send(stream: &mut TcpStream, kind: u8, body: &[u8]) -> Result<()> {
    let length = u32::try_from(body.len() + 4).unwrap();
    stream.write_all(&[&[kind], &length.to_be_bytes()[..], body].concat())
}

/// One whole message, as it came.
fn message(stream: &mut TcpStream) -> Result<Vec<u8>> {
    let mut head = [0; 5];
    stream.read_exact(&mut head)?;
    let length = u32::from_be_bytes(head[1..].try_into().unwrap()) as usize;
    let mut whole = head.to_vec();
    whole.resize(1 + length, 0);
    stream.read_exact(&mut whole[5..])?;
    Ok(whole)
}

/// A pooler in transaction mode before this database; answers the URL to use instead.
pub fn pooler(url: &str) -> String {
    let (role, place) = url
        .strip_prefix("postgres://")
        .unwrap()
        .split_once('@')
        .unwrap();
    let (host, database) = place.split_once('/').unwrap();
    let mut server = TcpStream::connect(host).unwrap();
    let mut parameters = VERSION_3.to_be_bytes().to_vec();
    parameters.extend(
        format!("user\0{role}\0database\0{database}\0client_encoding\0UTF8\0\0").as_bytes(),
    );
    let length = u32::try_from(parameters.len() + 4).unwrap();
    server.write_all(&length.to_be_bytes()).unwrap();
    server.write_all(&parameters).unwrap();
    // Up to its first ReadyForQuery: each client is greeted with the same.
    let mut greeting = Vec::new();
    loop {
        let said = message(&mut server).unwrap();
        greeting.extend(&said);
        if said[0] == b'Z' {
            break;
        }
    }
    let shared = Arc::new(Mutex::new(server));
    let greeting = Arc::new(greeting);
    let port = listen(move |mut client| {
        let _ = serve(&mut client, &greeting, &shared);
    });
    format!("postgres://{role}@127.0.0.1:{port}/{database}")
}

fn serve(client: &mut TcpStream, greeting: &[u8], shared: &Mutex<TcpStream>) -> Result<()> {
    startup(client)?;
    client.write_all(greeting)?;
    let mut held = None;
    let mut waiting = Vec::new();
    loop {
        let asked = message(client)?;
        match asked[0] {
            b'X' => return Ok(()),
            b'Q' | b'S' => waiting.extend(&asked),
            _ => {
                waiting.extend(&asked);
                continue;
            }
        }
        let server = held.get_or_insert_with(|| shared.lock().unwrap());
        server.write_all(&waiting)?;
        waiting.clear();
        let state = loop {
            let said = message(server)?;
            client.write_all(&said)?;
            if said[0] == b'Z' {
                break said[5];
            }
        };
        // Outside a transaction the session is the next one's.
        if state == b'I' {
            held = None;
        }
    }
}
