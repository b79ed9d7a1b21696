use chrono::{DateTime, Utc};
use mail_parser::{Address, Message, MessageParser, PartType};
use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// Mails in one insert at most.
const BATCH: usize = 128;

/// A mail as it is stored.
pub(super) struct StoredMail {
    id: Uuid,
    received_at: DateTime<Utc>,
    recipients: Vec<String>,
    sender: String,
    subject: String,
    message_id: String,
    body_text: String,
    body_html: String,
    raw: Vec<u8>,
}

impl StoredMail {
    /// Reads a mail as it came over SMTP. Anything is a mail here, however odd.
    pub(super) fn read(raw: Vec<u8>, envelope_sender: &str, recipients: &[String]) -> Self {
        let parsed = MessageParser::default().parse(&raw);
        let sender = parsed
            .as_ref()
            .and_then(|mail| mail.from().and_then(shown))
            .unwrap_or_else(|| envelope_sender.to_owned());
        let field = |value: Option<&str>| plain(value.unwrap_or_default());
        let mail = Self {
            id: Uuid::now_v7(),
            received_at: clock::now(),
            recipients: recipients.iter().map(|address| plain(address)).collect(),
            sender: plain(&sender),
            subject: field(parsed.as_ref().and_then(|mail| mail.subject())),
            message_id: field(parsed.as_ref().and_then(|mail| mail.message_id())),
            body_text: field(
                parsed
                    .as_ref()
                    .and_then(|mail| mail.body_text(0))
                    .as_deref(),
            ),
            body_html: field(parsed.as_ref().and_then(html)),
            raw: Vec::new(),
        };
        Self { raw, ..mail }
    }
}

/// PostgreSQL's text takes no NUL.
fn plain(text: &str) -> String {
    text.replace('\0', "")
}

/// The HTML, of a mail that has some: the parser would make it up for one that is only text.
fn html<'a>(mail: &'a Message<'_>) -> Option<&'a str> {
    match &mail.html_part(0)?.body {
        PartType::Html(html) => Some(html),
        _ => None,
    }
}

/// `Name <address>` of the first address.
fn shown(from: &Address<'_>) -> Option<String> {
    let first = from.first()?;
    let address = first.address()?;
    Some(match first.name() {
        Some(name) => format!("{name} <{address}>"),
        None => address.to_owned(),
    })
}

type Waiting = (StoredMail, oneshot::Sender<bool>);

/// Takes mails to the database; mails that wait together share one commit.
#[derive(Clone)]
pub(super) struct Store {
    queue: mpsc::Sender<Waiting>,
}

impl Store {
    /// Starts the writer. It ends when the last `Store` is gone.
    pub(super) fn start(pool: PgPool, tasks: &TaskTracker) -> Self {
        let (queue, waiting) = mpsc::channel(BATCH);
        tasks.spawn(write(pool, waiting));
        Self { queue }
    }

    /// Whether the mail is in the database for good.
    pub(super) async fn keep(&self, mail: StoredMail) -> bool {
        let (done, reply) = oneshot::channel();
        self.queue.send((mail, done)).await.is_ok() && reply.await.unwrap_or(false)
    }
}

async fn write(pool: PgPool, mut waiting: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        let (mails, answers): (Vec<StoredMail>, Vec<_>) = batch.drain(..).unzip();
        let stored = insert(&pool, &mails).await;
        if let Err(error) = &stored {
            tracing::warn!(%error, mails = mails.len(), "the mailbox could not store mails; their sender tries again");
        }
        for reply in answers {
            // The session may have gone meanwhile; its mail is stored all the same.
            let _ = reply.send(stored.is_ok());
        }
    }
}

async fn insert(pool: &PgPool, mails: &[StoredMail]) -> Result<(), sqlx::Error> {
    fn column<'a, T>(mails: &'a [StoredMail], of: impl Fn(&'a StoredMail) -> T) -> Vec<T> {
        mails.iter().map(of).collect()
    }
    // An array of arrays would have to be rectangular. No address holds a line break: SMTP ends a command there.
    let recipients: Vec<String> = column(mails, |mail| mail.recipients.join("\n"));
    sqlx::query!(
        r#"INSERT INTO dev_mail.messages
               (id, received_at, recipients, sender, subject, message_id, body_text, body_html, raw)
           SELECT id, received_at, string_to_array(recipients, E'\n'), sender, subject, message_id, body_text, body_html, raw
           FROM UNNEST($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                       $8::text[], $9::bytea[])
               AS mail (id, received_at, recipients, sender, subject, message_id, body_text, body_html, raw)"#,
        &column(mails, |mail| mail.id),
        &column(mails, |mail| mail.received_at),
        &recipients,
        &column(mails, |mail| mail.sender.as_str()) as &[&str],
        &column(mails, |mail| mail.subject.as_str()) as &[&str],
        &column(mails, |mail| mail.message_id.as_str()) as &[&str],
        &column(mails, |mail| mail.body_text.as_str()) as &[&str],
        &column(mails, |mail| mail.body_html.as_str()) as &[&str],
        &column(mails, |mail| mail.raw.as_slice()) as &[&[u8]],
    )
    .execute(pool)
    .await?;
    Ok(())
}
