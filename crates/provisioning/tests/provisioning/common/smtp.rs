//! A mail server that a test can switch off, and tell whom to refuse.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use mail::SmtpConfig;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use super::{Hold, Holds};

/// A mail that was taken.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    pub data: String,
}

impl Mail {
    /// The temporary password in it.
    pub fn password(&self) -> Option<String> {
        let (_, rest) = self.data.split_once("Temporary password: ")?;
        Some(rest.split_whitespace().next()?.to_owned())
    }

    pub fn says_that_only_the_newest_counts(&self) -> bool {
        self.data.contains("Only the newest one counts")
    }
}

#[derive(Clone)]
pub struct Smtp {
    port: u16,
    away: Arc<AtomicBool>,
    answers: Arc<Mutex<HashMap<String, &'static str>>>,
    taken: Arc<Mutex<Vec<Mail>>>,
    holds: Holds,
}

impl Smtp {
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let smtp = Self {
            port: listener.local_addr().unwrap().port(),
            away: Arc::default(),
            answers: Arc::default(),
            taken: Arc::default(),
            holds: Holds::default(),
        };
        let server = smtp.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move {
                    let _ = server.serve(stream).await;
                });
            }
        });
        smtp
    }

    pub fn config(&self) -> SmtpConfig {
        SmtpConfig::plain("127.0.0.1", self.port, "Usher <no-reply@bank.example>")
    }

    /// From now on every connection is closed without a word; or no more.
    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// Refuses this recipient for good, or no more.
    pub fn refuse(&self, address: &str, refused: bool) {
        self.answer(address, refused.then_some("550 5.1.1 no such user"));
    }

    /// What this recipient's mails are answered from now on; none: they are taken.
    pub fn answer(&self, address: &str, answer: Option<&'static str>) {
        let mut all = self.answers.lock().unwrap();
        match answer {
            Some(answer) => all.insert(address.to_owned(), answer),
            None => all.remove(address),
        };
    }

    /// Holds up the next mail to this address, before this command of it is answered.
    pub fn hold(&self, address: &str, at: &'static str) -> Hold {
        self.holds.next(format!("{at} {address}"))
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.taken.lock().unwrap().clone()
    }

    pub fn mails_to(&self, address: &str) -> Vec<Mail> {
        let mut mails = self.mails();
        mails.retain(|mail| mail.to == address);
        mails
    }

    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        if self.away.load(Ordering::SeqCst) {
            return Ok(());
        }
        stream.write_all(b"220 test\r\n").await?;
        let mut to = String::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 || self.away.load(Ordering::SeqCst) {
                return Ok(());
            }
            let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            let reply = match verb.as_str() {
                "RCPT" => {
                    let address = line.split(['<', '>']).nth(1).unwrap_or_default();
                    address.clone_into(&mut to);
                    self.holds.here(&format!("RCPT {to}")).await;
                    let answer = self.answers.lock().unwrap().get(address).copied();
                    answer.unwrap_or("250 ok")
                }
                "DATA" => {
                    self.holds.here(&format!("DATA {to}")).await;
                    stream.write_all(b"354 go on\r\n").await?;
                    let mut data = String::new();
                    while !data.ends_with("\r\n.\r\n") {
                        if stream.read_line(&mut data).await? == 0 {
                            return Ok(());
                        }
                    }
                    self.taken.lock().unwrap().push(Mail {
                        to: to.clone(),
                        data: data.replace("=\r\n", ""),
                    });
                    "250 taken"
                }
                "QUIT" => return Ok(()),
                _ => "250 ok",
            };
            stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
        }
    }
}
