//! The rows of `link_mails` and of what the addresses in them are known by.

use access::Subject;
use chrono::{DateTime, Utc};
use es_entity::AtomicOperation;
use kernel::Error;
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};
use sqlx::PgPool;
use uuid::Uuid;

use super::{LinkMail, LinkMailKind};
use crate::primitives::ProspectId;

/// Who asks for the same again within this, of the same link, has clicked twice.
const SAME_CLICK_SECONDS: f64 = 60.0;

/// What asking for a mail came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Requested {
    /// It is to be sent.
    New,
    /// One is to be sent already.
    Waits,
    /// It was sent just now.
    JustSent,
}

/// Asks for a mail. Under the prospect's lock.
pub(crate) async fn request(
    op: &mut impl AtomicOperation,
    prospect: ProspectId,
    kind: LinkMailKind,
    by: &Subject,
    address: Option<&str>,
    link_made_at: Option<DateTime<Utc>>,
) -> Result<Requested, sqlx::Error> {
    let prospect = Uuid::from(prospect);
    let just_sent = sqlx::query_scalar!(
        r#"
        SELECT EXISTS (SELECT FROM link_mails WHERE prospect_id = $1 AND kind = $2 AND address = $3 AND link_made_at = $4
            AND sent_at > (SELECT clock_timestamp()) - make_interval(secs => $5)) AS "just_sent!"
        "#,
        prospect,
        kind.name(),
        address,
        link_made_at,
        SAME_CLICK_SECONDS,
    )
    .fetch_one(op.as_executor())
    .await?;
    if just_sent {
        return Ok(Requested::JustSent);
    }
    let made = sqlx::query!(
        "INSERT INTO link_mails (id, prospect_id, kind, requested_by) VALUES ($1, $2, $3, $4)
         ON CONFLICT (prospect_id) WHERE sent_at IS NULL AND withdrawn_at IS NULL DO NOTHING",
        Uuid::now_v7(),
        prospect,
        kind.name(),
        by.as_text(),
    )
    .execute(op.as_executor())
    .await?;
    Ok(match made.rows_affected() {
        0 => Requested::Waits,
        _ => Requested::New,
    })
}

struct Row {
    id: Uuid,
    kind: String,
    requested_by: String,
    requested_at: DateTime<Utc>,
    address: Option<String>,
    sent_at: Option<DateTime<Utc>>,
    opened_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for LinkMail {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.id,
            kind: row
                .kind
                .parse()
                .map_err(|_| Error::unreadable("link_mails.kind"))?,
            requested_by: row.requested_by,
            requested_at: row.requested_at,
            address: row.address,
            sent_at: row.sent_at,
            opened_at: row.opened_at,
        })
    }
}

/// The mail that is to be sent, if one is.
pub(crate) async fn pending(
    pool: &PgPool,
    prospect: ProspectId,
) -> Result<Option<LinkMail>, Error> {
    sqlx::query_as!(
        Row,
        "SELECT id, kind, requested_by, requested_at, address, sent_at, opened_at FROM link_mails
         WHERE prospect_id = $1 AND sent_at IS NULL AND withdrawn_at IS NULL",
        Uuid::from(prospect),
    )
    .fetch_optional(pool)
    .await?
    .map(LinkMail::try_from)
    .transpose()
}

/// The newest mail that was sent or is to be.
pub(crate) async fn newest(pool: &PgPool, prospect: Uuid) -> Result<Option<LinkMail>, Error> {
    sqlx::query_as!(
        Row,
        "SELECT id, kind, requested_by, requested_at, address, sent_at, opened_at FROM link_mails
         WHERE prospect_id = $1 AND withdrawn_at IS NULL ORDER BY requested_at DESC LIMIT 1",
        prospect,
    )
    .fetch_optional(pool)
    .await?
    .map(LinkMail::try_from)
    .transpose()
}

/// The digest of a token, as it is stored.
fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Writes down where a mail is about to go and to which link it leads; answers what the address in it is known by from now on.
pub(crate) async fn prepare(
    pool: &PgPool,
    mail: Uuid,
    address: &str,
    link_made_at: DateTime<Utc>,
) -> Result<String, sqlx::Error> {
    let mut random = [0; 16];
    rand::rng().fill_bytes(&mut random);
    let token = hex::encode(random);
    let digest = digest(&token);
    sqlx::query!(
        "WITH mail AS (
             UPDATE link_mails SET address = $2, link_made_at = $3 WHERE id = $1 RETURNING id
         )
         INSERT INTO link_tokens (digest, mail_id) SELECT $4, id FROM mail",
        mail,
        address,
        link_made_at,
        digest.as_slice(),
    )
    .execute(pool)
    .await?;
    Ok(token)
}

/// A mail as it went out.
pub(crate) struct SentRow {
    pub(crate) kind: String,
    pub(crate) requested_by: String,
    pub(crate) link_made_at: DateTime<Utc>,
    pub(crate) sent_at: DateTime<Utc>,
}

/// Writes down that a mail was sent; nothing when that is written down already.
pub(crate) async fn sent(
    op: &mut impl AtomicOperation,
    mail: Uuid,
) -> Result<Option<SentRow>, sqlx::Error> {
    sqlx::query_as!(
        SentRow,
        r#"
        UPDATE link_mails SET sent_at = clock_timestamp() WHERE id = $1 AND sent_at IS NULL AND link_made_at IS NOT NULL
        RETURNING kind, requested_by, link_made_at AS "link_made_at!", sent_at AS "sent_at!"
        "#,
        mail,
    )
    .fetch_optional(op.as_executor())
    .await
}

/// What is not sent yet is not to be sent any more, and nobody is reminded.
pub(crate) async fn withdraw(
    op: &mut impl AtomicOperation,
    prospect: ProspectId,
) -> Result<(), sqlx::Error> {
    let prospect = Uuid::from(prospect);
    sqlx::query!(
        "UPDATE link_mails SET withdrawn_at = clock_timestamp()
         WHERE prospect_id = $1 AND sent_at IS NULL AND withdrawn_at IS NULL",
        prospect,
    )
    .execute(op.as_executor())
    .await?;
    sqlx::query!("DELETE FROM link_chases WHERE prospect_id = $1", prospect)
        .execute(op.as_executor())
        .await?;
    Ok(())
}

/// Nothing is left of where mails went, and no address in one leads anywhere.
pub(crate) async fn erase(
    op: &mut impl AtomicOperation,
    prospect: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM link_tokens WHERE mail_id IN (SELECT id FROM link_mails WHERE prospect_id = $1)",
        prospect,
    )
    .execute(op.as_executor())
    .await?;
    sqlx::query!(
        "UPDATE link_mails SET address = NULL WHERE prospect_id = $1",
        prospect
    )
    .execute(op.as_executor())
    .await?;
    withdraw(op, prospect.into()).await
}

/// The mail that an address belongs to.
pub(crate) struct TokenRow {
    pub(crate) mail: Uuid,
    pub(crate) prospect: Uuid,
    pub(crate) address: Option<String>,
}

/// Whose token it is; nobody's when it was made up, or erased.
pub(crate) async fn of_token(pool: &PgPool, token: &str) -> Result<Option<TokenRow>, sqlx::Error> {
    let digest = digest(token);
    sqlx::query_as!(
        TokenRow,
        "SELECT mail.id AS mail, mail.prospect_id AS prospect, mail.address
         FROM link_tokens AS token JOIN link_mails AS mail ON mail.id = token.mail_id WHERE token.digest = $1",
        digest.as_slice(),
    )
    .fetch_optional(pool)
    .await
}

/// Writes down that somebody began from a mail; answers when, the first time.
pub(crate) async fn opened(
    op: &mut impl AtomicOperation,
    mail: Uuid,
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    let at = sqlx::query_scalar!(
        r#"UPDATE link_mails SET opened_at = clock_timestamp() WHERE id = $1 AND opened_at IS NULL RETURNING opened_at AS "at!""#,
        mail,
    )
    .fetch_optional(op.as_executor())
    .await?;
    Ok(at)
}
