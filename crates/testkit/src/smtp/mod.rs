//! A mail server that answers as a test tells it to.

mod mail;
mod session;
mod tls;

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
};

use tempfile::TempDir;
use tokio::{
    net::TcpSocket,
    runtime::{Builder, Runtime},
    sync::oneshot,
};

use self::tls::Tls;
pub use self::{
    mail::Mail,
    session::{PASSWORD, USER},
    tls::SmtpTls,
};
use crate::{Hold, Holds};

/// The server, on loopback, for as long as the test's process runs. Without TLS it takes every login and every mail.
#[derive(Clone)]
pub struct SmtpServer {
    /// Where it listens.
    pub port: u16,
    state: Arc<State>,
    place: Arc<Mutex<Place>>,
    certificates: Option<Arc<TempDir>>,
}

#[derive(Default)]
struct State {
    tls: Option<Tls>,
    /// Replies other than the usual, by command.
    replies: Mutex<HashMap<String, &'static str>>,
    taken: AtomicUsize,
    mails: Option<Mutex<Vec<Mail>>>,
    holds: Holds,
}

/// What is at its port.
enum Place {
    Listens {
        end: oneshot::Sender<()>,
        thread: JoinHandle<()>,
    },
    /// Nobody listens there, and nobody else can.
    Away(TcpSocket),
    /// Only while one becomes the other.
    Changes,
}

#[expect(
    clippy::expect_used,
    reason = "a test without its mail server has to stop"
)]
impl SmtpServer {
    /// Starts one at a free port.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn start() -> Self {
        Self::start_at(free_port(), Some(Mutex::default()), None)
    }

    /// Starts one that wants TLS and the login of [`USER`], with a certificate for `localhost`.
    ///
    /// # Panics
    /// When no port is free, or `openssl` is missing.
    #[must_use]
    pub fn with_tls(kind: SmtpTls) -> Self {
        let certificates = tls::make_certificates();
        let tls = Tls::with(certificates.path(), kind);
        Self {
            certificates: Some(Arc::new(certificates)),
            ..Self::start_at(free_port(), Some(Mutex::default()), Some(tls))
        }
    }

    /// Starts one that only counts: what is measured isn't its memory.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn counting() -> Self {
        Self::start_at(free_port(), None, None)
    }

    /// Starts one that begins to answer at a port where others may have waited in vain.
    ///
    /// # Panics
    /// When the machine has no thread left.
    #[must_use]
    pub fn on(listener: TcpListener) -> Self {
        Self::start_at(listener, Some(Mutex::default()), None)
    }

    fn start_at(listener: TcpListener, mails: Option<Mutex<Vec<Mail>>>, tls: Option<Tls>) -> Self {
        let port = listener.local_addr().expect("it listens").port();
        listener.set_nonblocking(true).expect("a socket");
        let state = Arc::new(State {
            tls,
            mails,
            ..State::default()
        });
        let runtime = runtime();
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener).expect("a socket")
        };
        let place = serve(runtime, listener, Arc::clone(&state));
        Self {
            port,
            state,
            place: Arc::new(Mutex::new(place)),
            certificates: None,
        }
    }

    /// What `--smtp-url` takes.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The certificate of the authority that signed the server's.
    ///
    /// # Panics
    /// When it has no TLS.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        let folder = self.certificates.as_ref().expect("it has TLS");
        folder.path().join(tls::AUTHORITY)
    }

    /// From now on nobody listens at its port, and who was connected no longer is; or all is as before.
    ///
    /// # Panics
    /// When somebody took the port.
    pub fn set_away(&self, away: bool) {
        let mut place = locked(&self.place);
        *place = match (std::mem::replace(&mut *place, Place::Changes), away) {
            (Place::Listens { end, thread }, true) => {
                drop(end);
                thread.join().expect("it did not panic");
                let socket = TcpSocket::new_v4().expect("a socket");
                socket.set_reuseaddr(true).expect("a socket");
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
                socket.bind(address).expect("its own port");
                Place::Away(socket)
            }
            (Place::Away(socket), false) => {
                let runtime = runtime();
                let listener = {
                    let _inside = runtime.enter();
                    socket.listen(1024).expect("its own port")
                };
                serve(runtime, listener, Arc::clone(&self.state))
            }
            (as_wanted, _) => as_wanted,
        };
    }

    /// What this command is answered from now on; none: as usual. A command is its verb, such as `AUTH`, or verb and
    /// recipient, such as `RCPT ann@example.com`; `CONNECT` is the greeting, after which it hangs up, and `END` the end of a
    /// mail's content.
    pub fn reply(&self, command: &str, reply: Option<&'static str>) {
        let mut all = locked(&self.state.replies);
        match reply {
            Some(reply) => all.insert(command.to_owned(), reply),
            None => all.remove(command),
        };
    }

    /// What this recipient's mails are answered from now on; none: they are taken.
    pub fn answer(&self, address: &str, reply: Option<&'static str>) {
        self.reply(&format!("RCPT {address}"), reply);
    }

    /// Refuses this recipient for good, or no more.
    pub fn refuse(&self, address: &str, refused: bool) {
        self.answer(address, refused.then_some("550 5.1.1 no such user"));
    }

    /// Holds up the next mail to this address, before this command of it (`RCPT`, `DATA` or `END`) is answered.
    #[must_use]
    pub fn hold(&self, address: &str, at: &str) -> Hold {
        self.state.holds.next(format!("{at} {address}"))
    }

    /// How many mails it took.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.state.taken.load(Ordering::SeqCst)
    }

    /// The mails that it took, oldest first; none when it only counts.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        let mails = self.state.mails.as_ref();
        mails.map_or_else(Vec::new, |mails| locked(mails).clone())
    }

    /// Those to this address.
    #[must_use]
    pub fn mails_to(&self, address: &str) -> Vec<Mail> {
        let mut mails = self.mails();
        mails.retain(|mail| mail.to == address);
        mails
    }

    /// Those to each address.
    #[must_use]
    pub fn by_recipient(&self) -> HashMap<String, Vec<Mail>> {
        let mut all: HashMap<String, Vec<Mail>> = HashMap::new();
        for mail in self.mails() {
            all.entry(mail.to.clone()).or_default().push(mail);
        }
        all
    }
}

impl State {
    fn scripted(&self, command: &str) -> Option<&'static str> {
        locked(&self.replies).get(command).copied()
    }

    fn take(&self, mail: Mail) {
        if let Some(mails) = &self.mails {
            locked(mails).push(mail);
        }
        self.taken.fetch_add(1, Ordering::SeqCst);
    }
}

/// Takes connections until its end is dropped; no connection outlives it.
fn serve(runtime: Runtime, listener: tokio::net::TcpListener, state: Arc<State>) -> Place {
    let (end, ended) = oneshot::channel::<()>();
    let accept = async move {
        while let Ok((stream, _)) = listener.accept().await {
            let state = Arc::clone(&state);
            // A client that hangs up in the middle is its own business.
            tokio::spawn(async move {
                let _ = session::serve(&state, stream).await;
            });
        }
    };
    let thread = thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                () = accept => {}
                _ = ended => {}
            }
        });
    });
    Place::Listens { end, thread }
}

/// Several tests may share a server, and each ends with a runtime of its own.
#[expect(
    clippy::expect_used,
    reason = "a test without its mail server has to stop"
)]
fn runtime() -> Runtime {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(
    clippy::expect_used,
    reason = "a test without its mail server has to stop"
)]
fn free_port() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("no port is free")
}
