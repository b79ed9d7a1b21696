//! A mail server that costs next to nothing: what is measured is Usher, not the mailbox of `usher dev`.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use anyhow::Result;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

/// The server; it goes with the bench.
pub struct Smtp {
    address: SocketAddr,
    taken: Arc<AtomicUsize>,
    away: Arc<AtomicBool>,
}

impl Smtp {
    /// What `--smtp-url` takes.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// From now on every connection ends without a word; or no more.
    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }

    /// Mails answered with 250.
    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

/// Listens on a free port of loopback.
pub async fn start() -> Result<Smtp> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let taken = Arc::new(AtomicUsize::new(0));
    let away = Arc::new(AtomicBool::default());
    let (counter, switch) = (Arc::clone(&taken), Arc::clone(&away));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (counter, switch) = (Arc::clone(&counter), Arc::clone(&switch));
            tokio::spawn(async move {
                // A client that hangs up in the middle is its own business.
                let _ = serve(stream, &counter, &switch).await;
            });
        }
    });
    Ok(Smtp {
        address,
        taken,
        away,
    })
}

/// As much of RFC 5321 as a client needs that is told of no extension.
async fn serve(stream: TcpStream, taken: &AtomicUsize, away: &AtomicBool) -> Result<()> {
    if away.load(Ordering::Relaxed) {
        return Ok(());
    }
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    writer.write_all(b"220 bench\r\n").await?;
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).await? == 0 || away.load(Ordering::Relaxed) {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match verb.as_slice() {
            b"QUIT" => {
                writer.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            b"DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                loop {
                    line.clear();
                    if reader.read_until(b'\n', &mut line).await? == 0 {
                        return Ok(());
                    }
                    if line == b".\r\n" {
                        break;
                    }
                }
                taken.fetch_add(1, Ordering::Relaxed);
                b"250 taken\r\n"
            }
            b"EHLO" | b"HELO" | b"MAIL" | b"RCPT" | b"RSET" | b"NOOP" => b"250 ok\r\n",
            _ => b"502 not here\r\n",
        };
        writer.write_all(answer).await?;
    }
}
