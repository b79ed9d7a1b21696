//! A wire between two programs that can fall silent, as a network does: nothing is closed, nothing is refused, nothing
//! comes through. It can also be cut.

use std::{
    collections::HashSet,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// Forwards TCP in a thread of its own. Dropping it closes all connections.
pub struct Wire {
    /// Where it listens.
    pub address: SocketAddr,
    state: Arc<watch::Sender<State>>,
    /// Its serving side ends with it.
    _alive: watch::Sender<()>,
    /// The ports of its connections at the far end.
    far_ports: Arc<Mutex<HashSet<u16>>>,
}

/// Connections are numbered from 1, in the order in which they are made.
#[derive(Clone, Copy, Default)]
struct State {
    silent: bool,
    made: u64,
    /// Up to this one nothing comes through ever again, and nothing is closed.
    dead: u64,
    /// Up to this one they are closed.
    cut: u64,
}

impl Wire {
    /// A wire to this address (`host:port`).
    ///
    /// # Panics
    /// When no port is free.
    #[expect(clippy::expect_used, reason = "a test without its wire has to stop")]
    #[must_use]
    pub fn to(target: &str) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("no port is free");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(watch::Sender::new(State::default()));
        let (alive, ended) = watch::channel(());
        let far_ports = Arc::<Mutex<HashSet<u16>>>::default();
        let line = Line {
            target: target.to_owned(),
            state: Arc::clone(&state),
            far_ports: Arc::clone(&far_ports),
        };
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(Arc::new(line).serve(listener, ended));
        });
        Self {
            address,
            state,
            _alive: alive,
            far_ports,
        }
    }

    /// This database's URL, by way of a new wire.
    ///
    /// # Panics
    /// When the URL names no host, or no port is free.
    #[expect(clippy::expect_used, reason = "a test without its wire has to stop")]
    #[must_use]
    pub fn before(database_url: &str) -> (Self, String) {
        let (before, rest) = database_url.split_once('@').expect("the URL names a role");
        let (target, rest) = rest.split_once('/').expect("the URL names a database");
        let wire = Self::to(target);
        let url = format!("{before}@{}/{rest}", wire.address);
        (wire, url)
    }

    /// Nothing comes through any more, in either direction, until [`Wire::resume`]; who connects anew waits, too.
    pub fn fall_silent(&self) {
        self.state.send_modify(|state| state.silent = true);
    }

    /// What was held back comes through, and what follows.
    pub fn resume(&self) {
        self.state.send_modify(|state| state.silent = false);
    }

    /// Nothing comes through ever again on the connections of now; new ones are well.
    pub fn forsake(&self) {
        self.state.send_modify(|state| state.dead = state.made);
    }

    /// All connections of now end; new ones get through.
    pub fn cut(&self) {
        self.state.send_modify(|state| {
            state.silent = false;
            state.cut = state.made;
        });
    }

    /// How many connections were made so far.
    #[must_use]
    pub fn made(&self) -> u64 {
        self.state.borrow().made
    }

    /// The ports that its connections have at the far end: what PostgreSQL calls `client_port`.
    #[must_use]
    pub fn far_ports(&self) -> Vec<i32> {
        locked(&self.far_ports)
            .iter()
            .copied()
            .map(i32::from)
            .collect()
    }
}

/// What all connections of a wire know.
struct Line {
    target: String,
    state: Arc<watch::Sender<State>>,
    far_ports: Arc<Mutex<HashSet<u16>>>,
}

impl Line {
    /// Until the wire is dropped; what runs then ends with the runtime.
    #[expect(clippy::expect_used, reason = "a test without its wire has to stop")]
    async fn serve(
        self: Arc<Self>,
        listener: std::net::TcpListener,
        mut ended: watch::Receiver<()>,
    ) {
        let listener = TcpListener::from_std(listener).expect("a socket");
        loop {
            let near = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((near, _)) => near,
                    Err(_) => continue,
                },
                _ = ended.changed() => return,
            };
            self.state.send_modify(|state| state.made += 1);
            let number = self.state.borrow().made;
            let line = Arc::clone(&self);
            // Whoever closes first ends the connection; that is no fault of the wire.
            tokio::spawn(async move {
                let _ = line.connection(near, number).await;
            });
        }
    }

    async fn connection(&self, near: TcpStream, number: u64) -> io::Result<()> {
        passable(&mut self.state.subscribe(), number).await?;
        let far = TcpStream::connect(&self.target).await?;
        near.set_nodelay(true)?;
        far.set_nodelay(true)?;
        let port = far.local_addr()?.port();
        locked(&self.far_ports).insert(port);
        let (near_in, near_out) = near.into_split();
        let (far_in, far_out) = far.into_split();
        let ended = tokio::select! {
            ended = pass(near_in, far_out, number, self.state.subscribe()) => ended,
            ended = pass(far_in, near_out, number, self.state.subscribe()) => ended,
        };
        locked(&self.far_ports).remove(&port);
        ended
    }
}

/// Returns once this connection lets bytes through; an error when it is cut.
async fn passable(state: &mut watch::Receiver<State>, number: u64) -> io::Result<()> {
    let passes = |state: &State| !state.silent && number > state.dead;
    let now = state
        .wait_for(|state| passes(state) || number <= state.cut)
        .await
        .map_err(|_| io::ErrorKind::ConnectionAborted)?;
    if number <= now.cut {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    Ok(())
}

/// One direction; also an end passes only when bytes may.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    number: u64,
    mut state: watch::Receiver<State>,
) -> io::Result<()> {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        passable(&mut state, number).await?;
        // While it is silent nobody reads either, so the end of one side isn't told to the other.
        let read = tokio::select! {
            read = from.read(&mut bytes) => read?,
            changed = state.changed() => {
                changed.map_err(|_| io::ErrorKind::ConnectionAborted)?;
                continue;
            }
        };
        // Nor what came just before.
        passable(&mut state, number).await?;
        if read == 0 {
            return Ok(());
        }
        to.write_all(&bytes[..read]).await?;
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
