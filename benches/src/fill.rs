//! A database as full as a bank's: some prospects and customers that came about by the product itself, copied many times by
//! SQL under ids, numbers and addresses of their own.

use anyhow::{Context as _, Result};
use e2e::{admin::Prospect, counts::Counts};
use sqlx::PgPool;
use uuid::Uuid;

/// Records copied in one transaction.
const AT_ONCE: usize = 2_000;
/// Far above every number that the product gives out.
const FIRST_NUMBER: i64 = 10_000_000;

/// What is copied, in this order, and by which column a row belongs to its record.
const TABLES: [(&str, Owner); 14] = [
    ("prospects", Owner::Record("id")),
    ("prospect_events", Owner::Record("id")),
    ("prospects_forgettable_payloads", Owner::Record("entity_id")),
    ("taken", Owner::Record("owner")),
    ("applicants", Owner::Record("prospect_id")),
    ("callbacks", Owner::Record("prospect_id")),
    ("customers", Owner::Record("id")),
    ("customer_events", Owner::Record("id")),
    ("customers_forgettable_payloads", Owner::Record("entity_id")),
    ("provisioning_steps", Owner::Record("customer_id")),
    ("cala_accounts", Owner::Account("id")),
    ("cala_account_events", Owner::Account("id")),
    (
        "cala_account_set_member_accounts",
        Owner::Account("member_account_id"),
    ),
    (
        "cala_velocity_account_controls",
        Owner::Account("account_id"),
    ),
];

/// Whose rows a table has.
#[derive(Clone, Copy)]
enum Owner {
    /// A prospect's or customer's UUID stands in this column.
    Record(&'static str),
    /// The UUID of a customer's account in the ledger.
    Account(&'static str),
}

/// Copies `templates` until there are `rows` prospects. What the database keeps about them (counts, names) keeps its triggers.
pub async fn fill(counts: &Counts, templates: &[Prospect], rows: usize) -> Result<()> {
    let copies: Vec<(String, String)> = {
        let mut copies = Vec::new();
        for (table, owner) in TABLES {
            copies.push((table.to_owned(), copy(&counts.pool, table, owner).await?));
        }
        copies
    };
    let mut made = templates.len();
    while made < rows {
        let more = AT_ONCE.min(rows - made);
        batch(&counts.pool, &copies, templates, made, more).await?;
        made += more;
        if made % 50_000 < AT_ONCE {
            crate::progress(&format!("{made} prospects are there"));
        }
    }
    // As autovacuum leaves it: otherwise it would be at it while reads are measured.
    sqlx::query("VACUUM ANALYZE").execute(&counts.pool).await?;
    Ok(())
}

/// One transaction's copies.
async fn batch(
    pool: &PgPool,
    copies: &[(String, String)],
    templates: &[Prospect],
    made: usize,
    more: usize,
) -> Result<()> {
    let mut olds = Vec::new();
    let mut news = Vec::new();
    let mut old_accounts = Vec::new();
    let mut new_accounts = Vec::new();
    let mut numbers = Vec::new();
    for number in made..made + more {
        let old = templates[number % templates.len()].id;
        let new = Uuid::new_v4();
        olds.push(old);
        news.push(new);
        old_accounts.push(ledger::account_id(old));
        new_accounts.push(ledger::account_id(new));
        numbers.push(FIRST_NUMBER + i64::try_from(number)?);
    }
    let mut transaction = pool.begin().await?;
    sqlx::query(
        "CREATE TEMPORARY TABLE copied ON COMMIT DROP AS
         SELECT u.old, u.new, u.old_account, u.new_account, u.number, p.public_id, p.email,
           coalesce(p.applicant_id, 'no applicant of ' || p.id) AS applicant_id
         FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[]) u (old, new, old_account, new_account, number)
         JOIN prospects p ON p.id = u.old",
    )
    .bind(olds)
    .bind(news)
    .bind(old_accounts)
    .bind(new_accounts)
    .bind(numbers)
    .execute(&mut *transaction)
    .await?;
    for (table, statement) in copies {
        sqlx::query(statement)
            .execute(&mut *transaction)
            .await
            .with_context(|| format!("copying {table}"))?;
    }
    transaction.commit().await?;
    Ok(())
}

/// The statement that copies the rows of a table: as JSON, with whatever names the record replaced.
async fn copy(pool: &PgPool, table: &str, owner: Owner) -> Result<String> {
    let columns: Vec<String> = sqlx::query_scalar(
        "SELECT quote_ident(column_name) FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name = $1 AND is_identity = 'NO' AND is_generated = 'NEVER'
         ORDER BY ordinal_position",
    )
    .bind(table)
    .fetch_all(pool)
    .await?;
    let (key, old) = match owner {
        Owner::Record(column) => (column, "old"),
        Owner::Account(column) => (column, "old_account"),
    };
    let own = match table {
        "prospects" | "customers" => {
            "|| jsonb_build_object('created_at', now() - make_interval(secs => (c.number % 20000000) * 3))"
        }
        "callbacks" => {
            "|| jsonb_build_object('idempotency_key', (to_jsonb(t) ->> 'idempotency_key') || c.number)"
        }
        _ => "",
    };
    let list = columns.join(", ");
    let values: Vec<String> = columns.iter().map(|column| format!("r.{column}")).collect();
    Ok(format!(
        "INSERT INTO {table} ({list}) SELECT {values} FROM copied c JOIN {table} t ON t.{key} = c.{old},
         LATERAL jsonb_populate_record(NULL::{table}, replace(replace(replace(replace(replace(replace(to_jsonb(t)::text,
           c.old::text, c.new::text), c.old_account::text, c.new_account::text),
           '\"' || c.public_id || '\"', '\"' || c.number || '\"'), 'DEP-' || c.public_id, 'DEP-' || c.number),
           c.email, 'bench.' || c.number || '@example.test'), c.applicant_id, left(md5(c.new::text), 24))::jsonb {own}) r",
        values = values.join(", "),
    ))
}
