//! A mail server that answers as a test tells it to. What it speaks is as much of RFC 5321 as a client needs.

use std::{
    collections::HashMap,
    io,
    net::TcpListener,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    runtime::Builder,
};

use crate::{Hold, Holds};

/// A mail that was taken.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The last recipient that was named.
    pub to: String,
    /// Headers and body, with the soft line breaks of quoted-printable joined.
    pub data: String,
}

impl Mail {
    /// The temporary password in it.
    #[must_use]
    pub fn password(&self) -> Option<String> {
        let (_, rest) = self.data.split_once("Temporary password: ")?;
        Some(rest.split_whitespace().next()?.to_owned())
    }

    /// Whether it says that it takes the place of an earlier one.
    #[must_use]
    pub fn says_that_only_the_newest_counts(&self) -> bool {
        self.data.contains("Only the newest one counts")
    }
}

/// The server, on loopback without TLS, for as long as the test's process runs. It takes every mail and every login.
#[derive(Clone)]
pub struct SmtpServer {
    /// Where it listens.
    pub port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    away: AtomicBool,
    /// Replies other than the usual, by command.
    replies: Mutex<HashMap<String, &'static str>>,
    taken: AtomicUsize,
    mails: Option<Mutex<Vec<Mail>>>,
    holds: Holds,
}

impl SmtpServer {
    /// Starts one at a free port.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn start() -> Self {
        Self::start_at(free_port(), true)
    }

    /// Starts one that only counts: what is measured isn't its memory.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn counting() -> Self {
        Self::start_at(free_port(), false)
    }

    /// Starts one that begins to answer at a port where others may have waited in vain.
    ///
    /// # Panics
    /// When the machine has no thread left.
    #[must_use]
    pub fn on(listener: TcpListener) -> Self {
        Self::start_at(listener, true)
    }

    #[expect(
        clippy::expect_used,
        reason = "a test without its mail server has to stop"
    )]
    fn start_at(listener: TcpListener, keeps: bool) -> Self {
        let port = listener.local_addr().expect("it listens").port();
        let state = Arc::new(State {
            mails: keeps.then(Mutex::default),
            ..State::default()
        });
        let server = Self { port, state };
        let serving = server.clone();
        // A runtime of its own: several tests may share the server, and each ends with its own.
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        listener.set_nonblocking(true).expect("a socket");
        thread::spawn(move || {
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
                while let Ok((stream, _)) = listener.accept().await {
                    let state = Arc::clone(&serving.state);
                    // A client that hangs up in the middle is its own business.
                    tokio::spawn(async move {
                        let _ = state.serve(stream).await;
                    });
                }
            });
        });
        server
    }

    /// What `--smtp-url` takes.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// From now on every connection is closed without a word; or no more.
    pub fn set_away(&self, away: bool) {
        self.state.away.store(away, Ordering::SeqCst);
    }

    /// What this command is answered from now on; none: as usual. A command is its verb, such as `AUTH`, or verb and
    /// recipient, such as `RCPT ann@example.com`; `CONNECT` is the greeting, after which it hangs up.
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

    /// Holds up the next mail to this address, before this command of it (`RCPT` or `DATA`) is answered.
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
}

impl State {
    fn is_away(&self) -> bool {
        self.away.load(Ordering::SeqCst)
    }

    fn scripted(&self, command: &str) -> Option<&'static str> {
        locked(&self.replies).get(command).copied()
    }

    async fn serve(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut stream = BufReader::new(stream);
        if self.is_away() {
            return Ok(());
        }
        if let Some(greeting) = self.scripted("CONNECT") {
            return say(&mut stream, greeting).await;
        }
        say(&mut stream, "220 mail.bank.example").await?;
        let mut to = String::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 || self.is_away() {
                return Ok(());
            }
            let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            if verb == "RCPT" {
                let address = line.split(['<', '>']).nth(1).unwrap_or_default();
                address.clone_into(&mut to);
            }
            let command = format!("{verb} {to}");
            if matches!(verb.as_str(), "RCPT" | "DATA") {
                self.holds.here(&command).await;
            }
            let scripted = self.scripted(&verb).or_else(|| self.scripted(&command));
            let reply = match (scripted, verb.as_str()) {
                (Some(reply), _) => reply,
                (None, "EHLO") => "250-mail.bank.example\r\n250 AUTH PLAIN LOGIN",
                (None, "AUTH") => "235 2.7.0 welcome",
                (None, "QUIT") => return say(&mut stream, "221 2.0.0 bye").await,
                (None, "DATA") => {
                    say(&mut stream, "354 go on").await?;
                    if !self.take(&mut stream, &to).await? {
                        return Ok(());
                    }
                    "250 2.0.0 taken"
                }
                (None, _) => "250 2.0.0 fine",
            };
            say(&mut stream, reply).await?;
        }
    }

    /// Reads a mail up to its end; whether it came to that.
    async fn take(&self, stream: &mut BufReader<TcpStream>, to: &str) -> io::Result<bool> {
        let mut data = String::new();
        let mut line = 0;
        while !matches!(&data[line..], ".\r\n") {
            line = data.len();
            if stream.read_line(&mut data).await? == 0 {
                return Ok(false);
            }
        }
        if let Some(mails) = &self.mails {
            locked(mails).push(Mail {
                to: to.to_owned(),
                data: data.replace("=\r\n", ""),
            });
        }
        self.taken.fetch_add(1, Ordering::SeqCst);
        Ok(true)
    }
}

async fn say(stream: &mut BufReader<TcpStream>, reply: &str) -> io::Result<()> {
    stream.write_all(format!("{reply}\r\n").as_bytes()).await
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(
    clippy::expect_used,
    reason = "a test without its mail server has to stop"
)]
fn free_port() -> TcpListener {
    TcpListener::bind(("127.0.0.1", 0)).expect("no port is free")
}
