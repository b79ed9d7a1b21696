//! A line between two programs that can fall silent, as a network does: nothing is closed, nothing arrives.

use std::{
    collections::HashSet,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

use super::port;

/// What becomes of bytes.
#[derive(Clone, Copy, Default)]
struct Line {
    silent: bool,
    /// How often it was cut: a connection of an earlier time is over.
    cuts: u32,
}

/// Listens on a port of its own and passes everything on to another. Dropping it closes all connections.
pub struct Proxy {
    port: u16,
    line: watch::Sender<Line>,
    behind: Arc<Mutex<HashSet<u16>>>,
}

impl Proxy {
    /// To a port of loopback.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn to(target: u16) -> Result<Self> {
        let port = port()?;
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let (line, seen) = watch::channel(Line::default());
        let behind = Arc::<Mutex<HashSet<u16>>>::default();
        let ports = Arc::clone(&behind);
        tokio::spawn(async move {
            let mut ended = seen.clone();
            loop {
                let client = tokio::select! {
                    accepted = listener.accept() => match accepted {
                        Ok((client, _)) => client,
                        Err(_) => continue,
                    },
                    () = gone(&mut ended) => return,
                };
                let (seen, ports) = (seen.clone(), Arc::clone(&ports));
                tokio::spawn(async move {
                    // Whoever closes first ends the connection; that is no fault of the line.
                    let _ = connection(client, target, seen, &ports).await;
                });
            }
        });
        Ok(Self { port, line, behind })
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on nothing gets through and nothing is closed, in either direction; who connects anew waits, too.
    pub fn fall_silent(&self) {
        self.line.send_modify(|line| line.silent = true);
    }

    /// What waited gets through.
    pub fn resume(&self) {
        self.line.send_modify(|line| line.silent = false);
    }

    /// All connections of this moment end; new ones get through.
    pub fn cut(&self) {
        self.line.send_modify(|line| {
            line.silent = false;
            line.cuts += 1;
        });
    }

    /// The ports that its connections have at the far end: what PostgreSQL calls `client_port`.
    pub fn ports(&self) -> Vec<i32> {
        let behind = self.behind.lock().unwrap_or_else(PoisonError::into_inner);
        behind.iter().copied().map(i32::from).collect()
    }
}

/// Returns when the proxy was dropped.
async fn gone(line: &mut watch::Receiver<Line>) {
    while line.changed().await.is_ok() {}
}

/// Returns once the line isn't silent; an error when the connection is over.
async fn passable(line: &mut watch::Receiver<Line>, cuts: u32) -> io::Result<()> {
    let now = line
        .wait_for(|line| !line.silent || line.cuts != cuts)
        .await
        .map_err(|_| io::ErrorKind::ConnectionAborted)?;
    if now.cuts == cuts {
        Ok(())
    } else {
        Err(io::ErrorKind::ConnectionAborted.into())
    }
}

async fn connection(
    client: TcpStream,
    target: u16,
    mut line: watch::Receiver<Line>,
    ports: &Mutex<HashSet<u16>>,
) -> io::Result<()> {
    let cuts = line.borrow().cuts;
    passable(&mut line, cuts).await?;
    let server = TcpStream::connect(("127.0.0.1", target)).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let local = server.local_addr()?.port();
    let ports = || ports.lock().unwrap_or_else(PoisonError::into_inner);
    ports().insert(local);
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let ended = tokio::select! {
        ended = pass(from_client, to_server, line.clone(), cuts) => ended,
        ended = pass(from_server, to_client, line, cuts) => ended,
    };
    ports().remove(&local);
    ended
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut line: watch::Receiver<Line>,
    cuts: u32,
) -> io::Result<()> {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        passable(&mut line, cuts).await?;
        // While it is silent nobody reads either, so the end of one side isn't told to the other.
        let read = tokio::select! {
            read = from.read(&mut bytes) => read?,
            changed = line.changed() => {
                changed.map_err(|_| io::ErrorKind::ConnectionAborted)?;
                continue;
            }
        };
        if read == 0 {
            // Nor when it came just before.
            return passable(&mut line, cuts).await;
        }
        passable(&mut line, cuts).await?;
        to.write_all(&bytes[..read]).await?;
    }
}
