//! A wire between a program and its database that can go dead without a word, as when a host vanishes: nothing is closed,
//! nothing is refused, nothing comes through.

use std::{net::SocketAddr, sync::Arc, thread};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// Forwards TCP in a thread of its own, for as long as the tests run.
pub struct Wire {
    /// Where it listens.
    pub address: SocketAddr,
    /// Whether bytes pass, and which connections (counted) are dead for ever.
    state: Arc<watch::Sender<State>>,
}

#[derive(Clone, Copy, Default)]
struct State {
    silent: bool,
    made: u64,
    dead: u64,
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
        let (shared, target) = (Arc::clone(&state), target.to_owned());
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(serve(listener, target, shared));
        });
        Self { address, state }
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

    /// Nothing comes through any more, in either direction, until [`Wire::speak`].
    pub fn fall_silent(&self) {
        self.state.send_modify(|state| state.silent = true);
    }

    /// What was held back comes through, and what follows.
    pub fn speak(&self) {
        self.state.send_modify(|state| state.silent = false);
    }

    /// Nothing comes through ever again on the connections of now; new ones are well.
    pub fn forsake(&self) {
        self.state.send_modify(|state| state.dead = state.made);
    }

    /// How many connections were made so far.
    #[must_use]
    pub fn made(&self) -> u64 {
        self.state.borrow().made
    }
}

#[expect(clippy::expect_used, reason = "a test without its wire has to stop")]
async fn serve(listener: std::net::TcpListener, target: String, state: Arc<watch::Sender<State>>) {
    let listener = TcpListener::from_std(listener).expect("a socket");
    while let Ok((near, _)) = listener.accept().await {
        state.send_modify(|state| state.made += 1);
        let number = state.borrow().made;
        let (target, state) = (target.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            if let Ok(far) = TcpStream::connect(target).await {
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = far.into_split();
                tokio::spawn(pass(near_in, far_out, number, state.subscribe()));
                pass(far_in, near_out, number, state.subscribe()).await;
            }
        });
    }
}

/// One direction; also an end passes only when bytes may.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    number: u64,
    mut state: watch::Receiver<State>,
) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(read) = from.read(&mut bytes).await {
        let passes = |state: &State| !state.silent && number > state.dead;
        if state.wait_for(passes).await.is_err() {
            return;
        }
        if read == 0 || to.write_all(&bytes[..read]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
