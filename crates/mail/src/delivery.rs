//! What a mail server's answer means: come again, mend the configuration, or ask a person.

use std::error::Error as _;

use lettre::transport::smtp::Error;

use crate::MailError;

/// The longest quotation of a server's words.
const LONGEST_QUOTE: usize = 300;

/// Where in the conversation something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// TCP, the greeting, and TLS when it comes first.
    Connect,
    /// The step to TLS.
    StartTls,
    /// The login.
    Auth,
    /// `MAIL FROM`
    Sender,
    /// `RCPT TO`
    Recipient,
    /// `DATA` and what follows
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
            return MailError::Unavailable(no_answer(server, stage, error));
        };
        let text = said(error, recipient);
        let quote = format!("{code} {text}");
        if code < 500 {
            return MailError::Unavailable(format!(
                "the mail server {server} asks us to come again later ({quote})"
            ));
        }
        match stage {
            Stage::Recipient if concerns_us(code, &text) => MailError::Unavailable(format!(
                "the mail server {server} does not take mail for others from us ({quote}); \
                 check smtp.username and smtp.password, and what the server allows this host"
            )),
            Stage::Recipient => MailError::Refused(format!(
                "the mail server refuses the customer's address ({quote})"
            )),
            // Some servers look at the recipient only now, and say so with X.1.X or X.2.X (RFC 3463).
            Stage::Content if text.starts_with("5.1.") || text.starts_with("5.2.") => {
                MailError::Refused(format!(
                    "the mail server refuses the customer's address ({quote})"
                ))
            }
            Stage::Content => MailError::Unavailable(format!(
                "the mail server {server} refused the mail itself ({quote}); its administrator can say why"
            )),
            Stage::Sender => MailError::Unavailable(format!(
                "the mail server {server} refused the sender ({quote}); check smtp.from, and smtp.username if it wants a login"
            )),
            Stage::Auth => MailError::Unavailable(format!(
                "the mail server {server} refused the login ({quote}); check smtp.username and smtp.password"
            )),
            Stage::StartTls => MailError::Unavailable(format!(
                "the mail server {server} refused to start TLS ({quote}); check smtp.tls and smtp.port"
            )),
            Stage::Connect => MailError::Unavailable(format!(
                "the mail server {server} refused us ({quote}); check smtp.host, and whether it lets this host in"
            )),
        }
    }
}

/// Without a reply from the server.
fn no_answer(server: &str, stage: Stage, error: &Error) -> String {
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

/// A 5xx to the recipient that would meet every recipient: 503, 530, 535, 538 are about the login (RFC 4954), and nobody
/// but us can mend "relaying denied".
fn concerns_us(code: u16, text: &str) -> bool {
    matches!(code, 503 | 530 | 535 | 538) || text.to_ascii_lowercase().contains("relay")
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

/// The server's words on one line, the recipient's address taken out.
fn said(error: &Error, recipient: &str) -> String {
    let words = error.source().map(ToString::to_string).unwrap_or_default();
    shorten(&without(&words, recipient))
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

    #[test]
    fn a_refusal_that_meets_every_recipient_is_not_the_customers_fault() {
        assert!(concerns_us(554, "5.7.1 the address: Relay access denied"));
        assert!(concerns_us(530, "5.7.0 Authentication required"));
        assert!(!concerns_us(550, "5.1.1 User unknown"));
        assert!(!concerns_us(552, "5.2.2 Mailbox full"));
    }
}
