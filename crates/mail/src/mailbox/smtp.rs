//! One SMTP session of the development mailbox.

use std::{borrow::Cow, io, ops::ControlFlow, time::Duration};

use smtp_proto::{
    AUTH_LOGIN, AUTH_PLAIN, Error, Request,
    request::receiver::{DataReceiver, LineReceiver, RequestReceiver},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::store::{Store, StoredMail};

/// The largest mail, in octets.
const LARGEST: usize = 25 * 1024 * 1024;
/// The most recipients of one mail (RFC 5321, 4.5.3.1.8 asks for 100 or more).
const MOST_RECIPIENTS: usize = 1000;
/// How long a session may be silent (RFC 5321, 4.5.3.2.7 asks for 5 minutes or more).
const SILENCE: Duration = Duration::from_secs(5 * 60);

/// What the next octets are.
enum Mode {
    Command(RequestReceiver),
    Data {
        receiver: DataReceiver,
        body: Vec<u8>,
        too_large: bool,
    },
    /// So many lines of a login are still to come.
    Login(LineReceiver<u8>),
}

/// A connection and the mail that it is about to bring.
pub(super) struct Session {
    store: Store,
    mode: Mode,
    sender: Option<String>,
    recipients: Vec<String>,
    replies: Vec<u8>,
}

impl Session {
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            mode: Mode::Command(RequestReceiver::default()),
            sender: None,
            recipients: Vec::new(),
            replies: Vec::new(),
        }
    }

    /// Speaks SMTP until the other side goes or `stop` is cancelled.
    pub(super) async fn run(
        mut self,
        mut stream: TcpStream,
        stop: CancellationToken,
    ) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.write_all(b"220 usher-mailbox ESMTP\r\n").await?;
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = tokio::select! {
                read = timeout(SILENCE, stream.read(&mut buffer)) => read,
                () = stop.cancelled() => return stream.write_all(b"421 4.3.2 shutting down\r\n").await,
            };
            let Ok(read) = read else {
                return stream
                    .write_all(b"421 4.4.2 too long without a command\r\n")
                    .await;
            };
            let read = read?;
            if read == 0 {
                return Ok(());
            }
            let goes_on = self.take(&buffer[..read]).await;
            stream.write_all(&self.replies).await?;
            self.replies.clear();
            if goes_on.is_break() {
                return Ok(());
            }
        }
    }

    /// Works through what came in, which may be many commands at once or a part of one.
    async fn take(&mut self, octets: &[u8]) -> ControlFlow<()> {
        let mut octets = octets.iter();
        while !octets.as_slice().is_empty() {
            let finished = match &mut self.mode {
                Mode::Command(receiver) => match receiver.ingest(&mut octets) {
                    Ok(request) => {
                        let request = request.into_owned();
                        self.obey(request)?;
                        continue;
                    }
                    Err(Error::NeedsMoreData { .. }) => return ControlFlow::Continue(()),
                    Err(error) => {
                        self.complain(error)?;
                        continue;
                    }
                },
                Mode::Login(lines) => {
                    if lines.ingest(&mut octets) {
                        self.next_login_line();
                    }
                    continue;
                }
                Mode::Data {
                    receiver,
                    body,
                    too_large,
                } => {
                    let finished = receiver.ingest(&mut octets, body);
                    if body.len() > LARGEST {
                        *too_large = true;
                        body.clear();
                    }
                    finished
                }
            };
            if finished {
                self.store_mail().await;
            }
        }
        ControlFlow::Continue(())
    }

    fn obey(&mut self, request: Request<String>) -> ControlFlow<()> {
        match request {
            Request::Ehlo { .. } => {
                self.reset();
                self.reply(format!(
                    "250-usher-mailbox\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-SIZE {LARGEST}\r\n250 AUTH PLAIN LOGIN"
                ));
            }
            Request::Helo { .. } => {
                self.reset();
                self.reply("250 usher-mailbox");
            }
            Request::Auth {
                mechanism,
                initial_response,
            } => self.log_in(mechanism, &initial_response),
            Request::Mail { .. } if self.sender.is_some() => {
                self.reply("503 5.5.1 a mail has begun already")
            }
            Request::Mail { from } if from.size > LARGEST => self.reply("552 5.3.4 too large"),
            Request::Mail { from } => {
                self.sender = Some(from.address);
                self.reply("250 2.1.0 ok");
            }
            Request::Rcpt { .. } if self.sender.is_none() => {
                self.reply("503 5.5.1 MAIL comes first")
            }
            Request::Rcpt { .. } if self.recipients.len() >= MOST_RECIPIENTS => {
                self.reply("452 4.5.3 too many recipients")
            }
            Request::Rcpt { to } => {
                self.recipients.push(to.address);
                self.reply("250 2.1.5 ok");
            }
            Request::Data if self.recipients.is_empty() => self.reply("503 5.5.1 RCPT comes first"),
            Request::Data => {
                self.mode = Mode::Data {
                    receiver: begin_of_line(),
                    body: Vec::new(),
                    too_large: false,
                };
                self.reply("354 end with a dot on a line of its own");
            }
            Request::Rset => {
                self.reset();
                self.reply("250 2.0.0 ok");
            }
            Request::Noop { .. } => self.reply("250 2.0.0 ok"),
            Request::Vrfy { .. } => self.reply("252 2.5.0 send it and see"),
            Request::Quit => {
                self.reply("221 2.0.0 bye");
                return ControlFlow::Break(());
            }
            _ => self.reply("502 5.5.1 the mailbox does not do that"),
        }
        ControlFlow::Continue(())
    }

    fn complain(&mut self, error: Error) -> ControlFlow<()> {
        self.reply(match error {
            Error::UnknownCommand => Cow::from("500 5.5.1 unknown command"),
            Error::InvalidSenderAddress => Cow::from("501 5.1.7 that is not a sender's address"),
            Error::InvalidRecipientAddress => {
                Cow::from("501 5.1.3 that is not a recipient's address")
            }
            Error::SyntaxError { syntax } => Cow::from(format!("501 5.5.2 it is: {syntax}")),
            Error::ResponseTooLong => {
                self.reply("500 5.5.2 the line is too long");
                return ControlFlow::Break(());
            }
            _ => Cow::from("501 5.5.4 a parameter is wrong"),
        });
        ControlFlow::Continue(())
    }

    /// Any login is welcome.
    fn log_in(&mut self, mechanism: u64, initial: &str) {
        let lines = match (mechanism, initial.is_empty()) {
            (AUTH_PLAIN, false) => 0,
            (AUTH_PLAIN, true) | (AUTH_LOGIN, false) => 1,
            (AUTH_LOGIN, true) => 2,
            _ => return self.reply("504 5.5.4 PLAIN and LOGIN only"),
        };
        self.ask_for_login(lines, mechanism == AUTH_PLAIN);
    }

    fn next_login_line(&mut self) {
        let Mode::Login(lines) = &mut self.mode else {
            return;
        };
        let (cancelled, left) = (lines.buf == b"*", lines.state.saturating_sub(1));
        self.mode = Mode::Command(RequestReceiver::default());
        if cancelled {
            self.reply("501 5.7.0 as you like");
        } else {
            self.ask_for_login(left, false);
        }
    }

    fn ask_for_login(&mut self, lines: u8, plain: bool) {
        if lines == 0 {
            return self.reply("235 2.7.0 welcome");
        }
        self.mode = Mode::Login(LineReceiver::new(lines));
        self.reply(match (plain, lines) {
            (true, _) => "334 ",
            (false, 2) => "334 VXNlcm5hbWU6",
            (false, _) => "334 UGFzc3dvcmQ6",
        });
    }

    /// The one place where 250 promises something: only after the commit.
    async fn store_mail(&mut self) {
        let mode = std::mem::replace(&mut self.mode, Mode::Command(RequestReceiver::default()));
        let (sender, recipients) = (self.sender.take(), std::mem::take(&mut self.recipients));
        let Mode::Data {
            body, too_large, ..
        } = mode
        else {
            return;
        };
        if too_large {
            return self.reply("552 5.3.4 too large");
        }
        let mail = StoredMail::read(body, &sender.unwrap_or_default(), &recipients);
        if self.store.keep(mail).await {
            self.reply("250 2.0.0 stored");
        } else {
            self.reply("451 4.3.0 the database does not answer, come again");
        }
    }

    fn reset(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }

    fn reply(&mut self, line: impl AsRef<str>) {
        self.replies.extend_from_slice(line.as_ref().as_bytes());
        self.replies.extend_from_slice(b"\r\n");
    }
}

/// A receiver that knows that it is at the beginning of a line, so that a dot counts on the first line too.
fn begin_of_line() -> DataReceiver {
    let mut receiver = DataReceiver::new();
    receiver.ingest(&mut b"\r\n".iter(), &mut Vec::new());
    receiver
}
