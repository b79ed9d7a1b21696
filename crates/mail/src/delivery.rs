//! What went wrong with a mail server, in words for an operator: come again, mend the configuration, or ask a person.

use std::{error::Error as _, time::Duration};

use lettre::transport::smtp::Error;

use crate::{
    MailError,
    reply::{self, Fault},
};

/// How long it is worth trying an address that takes no mail for the moment.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long it is worth trying a full mailbox: people are away.
const A_WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The longest quotation of a server's words.
const LONGEST_QUOTE: usize = 300;

/// Where in the conversation something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(crate) enum Stage {
    /// TCP, TLS when it comes first, the greeting, and `EHLO`.
    Connect,
    /// The step to TLS, and `EHLO` after it.
    StartTls,
    /// The command `AUTH`: signing in.
    Auth,
    /// `MAIL FROM`, which names the sender.
    Sender,
    /// `RCPT TO`, which names the recipient.
    Recipient,
    /// `DATA` and the mail that follows it.
    Content,
}

/// A failure and where it came.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server, or the way to it.
    Smtp(Stage, Error),
    /// Nothing came in time.
    TimedOut(Stage),
    /// The server does not offer STARTTLS.
    NoStartTls,
    /// The address has letters outside ASCII and the server can't take them.
    NoSmtpUtf8,
}

impl Failure {
    pub(crate) fn stage(&self) -> Stage {
        match self {
            Failure::Smtp(stage, _) | Failure::TimedOut(stage) => *stage,
            Failure::NoStartTls => Stage::StartTls,
            Failure::NoSmtpUtf8 => Stage::Sender,
        }
    }

    /// The failure in words for an operator, without the recipient's address. `server` is `host:port`.
    pub(crate) fn explain(&self, server: &str, recipient: &str) -> MailError {
        let (stage, error) = match self {
            Failure::Smtp(stage, error) => (*stage, error),
            Failure::TimedOut(_) => {
                return MailError::Unavailable(format!(
                    "the mail server {server} did not answer in time; check that it is up, or raise smtp.timeout"
                ));
            }
            Failure::NoStartTls => {
                return MailError::Unavailable(format!(
                    "the mail server {server} does not offer STARTTLS, so nothing was sent; \
                     set smtp.tls to implicit if it speaks TLS from the start"
                ));
            }
            Failure::NoSmtpUtf8 => {
                return MailError::Refused(
                    "the customer's e-mail address has letters outside ASCII, which the mail server can't take".to_owned(),
                );
            }
        };
        let Some(code) = error.status().map(u16::from) else {
            return MailError::Unavailable(no_reply(server, stage, error));
        };
        let fault = reply::classify(stage, code, &reply(error), recipient);
        in_words(
            fault,
            server,
            &format!("{code} {}", quoted(error, recipient)),
        )
    }
}

/// What an operator reads. `server` is `host:port`.
fn in_words(fault: Fault, server: &str, quote: &str) -> MailError {
    let ours = |what: &str, mend: &str| {
        MailError::Unavailable(format!("the mail server {server} {what} ({quote}); {mend}"))
    };
    match fault {
        Fault::Server if quote.starts_with('5') => {
            ours("can't take our mail", "its administrator can say why")
        }
        Fault::Server => MailError::Unavailable(format!(
            "the mail server {server} asks us to come again later ({quote})"
        )),
        Fault::Ehlo => ours(
            "does not take the name that we greet it with",
            "set smtp.hello to this host's full name in the DNS, such as mail.bank.example",
        ),
        Fault::ReverseName => ours(
            "wants our address to have a name in the DNS",
            "give it a PTR record that fits smtp.hello, or send through another server (smtp.host)",
        ),
        Fault::Sender => ours(
            "refused the sender",
            "check that the address in smtp.from and its domain exist, and that smtp.username may send as it",
        ),
        Fault::Login => ours(
            "refused the login, or wants one",
            "check smtp.username and smtp.password",
        ),
        Fault::Encryption => ours(
            "wants TLS, or refused to start it",
            "check smtp.tls and smtp.port",
        ),
        Fault::Relay => ours(
            "does not take mail for others from us",
            "check smtp.username and smtp.password, and what the server allows this host",
        ),
        Fault::Blocklist => ours(
            "has our address or the domain of smtp.from on a list of senders of spam",
            "have it taken off there, or send through another server (smtp.host)",
        ),
        Fault::Unproven => ours(
            "sees no proof that we may send for the domain of smtp.from",
            "publish SPF and DKIM in the DNS for what sends our mail (smtp.host), or correct smtp.from",
        ),
        Fault::Limit => ours(
            "says that we sent more than we may",
            "it goes on once that is over; for more, its administrator has to raise the limit, or smtp.host has to be another",
        ),
        Fault::Policy => ours(
            "refused us by a rule of its own",
            "check smtp.host and smtp.from, and whether it lets this host in; its administrator can say why",
        ),
        Fault::Mail => ours("refused the mail itself", "its administrator can say why"),
        Fault::Address => MailError::Refused(format!(
            "the mail server refuses the customer's address ({quote}); ask the customer and correct it, then retry"
        )),
        Fault::AddressLater => MailError::Deferred {
            words: format!("the customer's address takes no mail for the moment ({quote})"),
            patience: A_DAY,
        },
        Fault::MailboxFull => MailError::Deferred {
            words: format!("the customer's mailbox is full ({quote})"),
            patience: A_WEEK,
        },
    }
}

/// Without a reply from the server.
fn no_reply(server: &str, stage: Stage, error: &Error) -> String {
    let cause = root(error);
    let certificate = cause.contains("certificate");
    match stage {
        Stage::Connect | Stage::StartTls if certificate => format!(
            "the certificate of the mail server {server} is not trusted ({cause}); check that smtp.host is the name in it, \
             and name a private authority's certificate in smtp.ca_file"
        ),
        Stage::Connect => format!(
            "the mail server {server} does not answer ({cause}); check smtp.host, smtp.port and smtp.tls, and whether it is up"
        ),
        Stage::StartTls => format!(
            "TLS with the mail server {server} failed ({cause}); check smtp.tls and smtp.port"
        ),
        Stage::Auth => format!(
            "the login at the mail server {server} failed ({cause}); check smtp.username and smtp.password, \
             or leave both out if it wants none"
        ),
        Stage::Sender | Stage::Recipient | Stage::Content => {
            format!("the connection to the mail server {server} was lost ({cause})")
        }
    }
}

/// The innermost cause: the outer ones only say "connection error".
fn root(error: &Error) -> String {
    let mut cause = error.source();
    let mut words = error.to_string();
    while let Some(inner) = cause {
        words = inner.to_string();
        cause = inner.source();
    }
    shorten(without_number(&words))
}

/// `Connection refused (os error 111)` without what only programmers read.
fn without_number(words: &str) -> &str {
    words
        .split_once(" (os error ")
        .map_or(words, |(words, _)| words)
}

/// The server's words.
fn reply(error: &Error) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}

/// The server's words on one line, the recipient's address taken out.
fn quoted(error: &Error, recipient: &str) -> String {
    shorten(&without(&reply(error), recipient))
}

fn shorten(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(LONGEST_QUOTE).collect()
}

fn without(words: &str, address: &str) -> String {
    if address.is_empty() {
        return words.to_owned();
    }
    // ASCII case only, so that places stay the same.
    let (low, address) = (words.to_ascii_lowercase(), address.to_ascii_lowercase());
    let mut kept = String::with_capacity(words.len());
    let mut from = 0;
    while let Some(at) = low[from..].find(&address) {
        kept.push_str(&words[from..from + at]);
        kept.push_str("the address");
        from += at + address.len();
    }
    kept.push_str(&words[from..]);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_out_of_the_servers_words_whatever_its_case() {
        assert_eq!(
            without(
                "<Ann@Example.com>: no such user ann@example.COM!",
                "ann@example.com"
            ),
            "<the address>: no such user the address!"
        );
        assert_eq!(
            without("é ann@example.com", "ann@example.com"),
            "é the address"
        );
        assert_eq!(without("nothing here", "ann@example.com"), "nothing here");
    }

    #[test]
    fn the_systems_words_lose_their_number() {
        assert_eq!(
            without_number("Connection refused (os error 111)"),
            "Connection refused"
        );
        assert_eq!(without_number("unknown host"), "unknown host");
    }
}
