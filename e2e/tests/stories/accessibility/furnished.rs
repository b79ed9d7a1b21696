//! A bank as it may come: long names and addresses, other scripts, amounts as large as a bank's.

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Admin, Callback, Usher,
    admin::{NewProspect, Prospect, fresh_email},
    until,
    wait::{LATER, SOON},
};

use super::{active, made};

/// The longest there is without a place to break it: 64 characters before the @.
const LONG: &str = "maximiliane-wilhelmine.von-der-schulenburg";
const BILLION: &str = "999,999,999.99";

/// Who and what there is to look at, by the words in braces of `pages.rs`.
pub struct Furnished {
    /// A customer with money who has never signed in.
    pub verified: Prospect,
    named: Vec<(&'static str, String)>,
}

impl Furnished {
    /// Something more that there is.
    pub fn also(&mut self, name: &'static str, value: String) {
        self.named.push((name, value));
    }

    /// The address with its braces filled in.
    pub fn path(&self, path: &str) -> Result<String> {
        let mut filled = path.to_owned();
        for (name, value) in &self.named {
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
        ensure!(!filled.contains('{'), "nothing is known for {filled}");
        Ok(filled)
    }
}

/// Makes all of it.
pub async fn furnish(usher: &Usher) -> Result<Furnished> {
    let sumsub = usher.sumsub()?;
    let admin = usher.admin()?;
    let new = made(usher, LONG).await?;
    let record = format!("/prospects/{}", new.public_id);
    admin.generate_link(&new.public_id).await?;
    admin.act(&record, "Send link", None).await?;
    let mail = usher.mailbox()?.wait_for(&new.email).await?;
    let verify = mail
        .text
        .split_whitespace()
        .find(|word| word.contains("/verify/"))
        .context("the mail has no link")?
        .to_owned();
    let declined = declined(usher, &admin).await?;
    let company = company(usher, &admin).await?;
    let verified = active(usher, LONG).await?;
    let rejected = active(usher, "rejected").await?;
    sumsub
        .deliver(&Callback::red(rejected.id, "FINAL").in_ms(500))
        .await?;
    let stranger = uuid::Uuid::now_v7();
    sumsub
        .deliver(&Callback::new(
            "applicantPersonalInfoChanged",
            "completed",
            stranger,
        ))
        .await?;
    until("the rejected customer raised", SOON, || async {
        let text = admin.customer(&rejected.public_id).await?.text();
        ensure!(text.contains("Needs a person"), "{text}");
        Ok(())
    })
    .await?;
    with_a_billion(usher, &verified).await?;
    let mut named = vec![
        ("new", new.public_id),
        ("declined", declined.public_id),
        ("company", company.public_id),
        ("rejected", rejected.public_id),
        ("verified", verified.public_id.clone()),
        ("verify", verify),
    ];
    let pool = usher.counts().await?.pool;
    for (name, of, query) in [
        (
            "raised",
            rejected.id,
            "SELECT id::text FROM raised WHERE prospect_id = $1 AND resolved_at IS NULL ORDER BY id DESC LIMIT 1",
        ),
        (
            "ignored",
            stranger,
            "SELECT id::text FROM callbacks WHERE external_user_id = $1::text",
        ),
        (
            "deposit",
            verified.id,
            "SELECT public_id FROM deposits WHERE customer_id = $1 ORDER BY id DESC LIMIT 1",
        ),
        (
            "withdrawal",
            verified.id,
            "SELECT public_id FROM withdrawals WHERE customer_id = $1 ORDER BY id DESC LIMIT 1",
        ),
        (
            "proposal",
            verified.id,
            "SELECT id::text FROM credit_facility_proposals WHERE customer_id = $1",
        ),
        (
            "token",
            uuid::Uuid::nil(),
            "SELECT id::text FROM api_tokens WHERE id <> $1 LIMIT 1",
        ),
        (
            "operator",
            uuid::Uuid::nil(),
            "SELECT id::text FROM operators WHERE id <> $1 AND role = 'auditor' LIMIT 1",
        ),
    ] {
        let value: String = sqlx::query_scalar(query)
            .bind(of)
            .fetch_one(&pool)
            .await
            .with_context(|| format!("looking for {name}"))?;
        named.push((name, value));
    }
    let page = admin.customer(&verified.public_id).await?;
    let account = page
        .html
        .all("a")
        .into_iter()
        .filter_map(|link| link.attr("href"))
        .find(|href| href.starts_with("/ledger/accounts/"))
        .context("the customer's page has no account")?
        .to_owned();
    named.push(("account", account));
    call_them(&pool).await?;
    Ok(Furnished { verified, named })
}

/// Names as people have them, in the lists.
async fn call_them(pool: &sqlx::PgPool) -> Result<()> {
    let names = [
        "Maximiliane Wilhelmine Theodora von der Schulenburg-Wolfsburg zu Altenhausen",
        "محمد بن عبد الله بن عبد العزيز آل سعود",
        "Константин Александрович Константинопольский-Преображенский",
        "株式会社三菱東京国際開発金融銀行",
        "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesellschaft",
        "ณัฐวุฒิ ศรีสุวรรณอินทรวิโรจน์",
    ];
    for (place, name) in (0_i64..).zip(names) {
        sqlx::query(
            "UPDATE prospects SET name = $2, name_key = lower($2)
             WHERE id = (SELECT id FROM prospects ORDER BY created_at DESC OFFSET $1 LIMIT 1)",
        )
        .bind(place)
        .bind(name)
        .execute(pool)
        .await?;
    }
    Ok(())
}

/// Rejected with everything that can be said.
async fn declined(usher: &Usher, admin: &Admin) -> Result<Prospect> {
    let simulator = usher.simulator()?;
    let prospect = made(usher, &format!("declined.{LONG}")).await?;
    let link = admin.generate_link(&prospect.public_id).await?;
    let form = simulator
        .open(&link)
        .await?
        .form("Change personal data")?
        .fill("First name", "Maximiliane Wilhelmine Theodora")?
        .fill("Last name", "von der Schulenburg-Wolfsburg zu Altenhausen")?;
    simulator.window().submit(&form).await?.ok()?;
    simulator.press(&link, "Submit documents").await?;
    admin.stage_becomes(&prospect, "In review").await?;
    let form = simulator
        .open(&link)
        .await?
        .form("Reject")?
        .tick("BAD_PROOF_OF_ADDRESS")?
        .tick("RETRY: may try again")?
        .fill(
            "Shown to the applicant",
            "We couldn't read the second page: https://bank.example/help/documents/what-a-proof-of-address-has-to-show?language=en",
        )?
        .fill("For operators only", "Видно, что подпись была добавлена позже.")?;
    simulator.window().submit(&form).await?.ok()?;
    admin.stage_becomes(&prospect, "Declined").await?;
    Ok(prospect)
}

/// With a beneficial owner.
async fn company(usher: &Usher, admin: &Admin) -> Result<Prospect> {
    let simulator = usher.simulator()?;
    let new = NewProspect::individual(&fresh_email("gesellschaft"))
        .of_type("Foreign Agency or Subsidiary");
    let prospect = admin.create(&new).await?;
    let link = admin.generate_link(&prospect.public_id).await?;
    let name = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesellschaft mbH";
    let form = simulator
        .open(&link)
        .await?
        .form("Change personal data")?
        .fill("Company name", name)?;
    simulator.window().submit(&form).await?.ok()?;
    let form = simulator
        .open(&link)
        .await?
        .form("Add beneficial owner")?
        .fill("Owner’s first name", "Константин Александрович")?
        .fill("Owner’s last name", "Константинопольский-Преображенский")?;
    simulator.window().submit(&form).await?.ok()?;
    Ok(prospect)
}

/// Fills in the dialog at `path` and sends it.
async fn fill(by: &Admin, path: &str, fields: &[(&str, &str)]) -> Result<()> {
    let mut form = by.window().open(path).await?.form("Confirm")?;
    for (label, value) in fields {
        form = form.fill(label, value)?;
    }
    by.window().submit(&form).await?.ok()?;
    Ok(())
}

/// Nearly a billion in, and nearly half of it out, confirmed by somebody else; as much again waits, and so does a proposal.
async fn with_a_billion(usher: &Usher, customer: &Prospect) -> Result<()> {
    let ready = usher.ready();
    let as_role = async |role: &str| {
        let operator = ready.operator(role)?;
        Admin::sign_in(&ready.admin_url, &operator.email, &operator.password).await
    };
    let (officer, admin) = (
        as_role("onboarding-officer").await?,
        as_role("admin").await?,
    );
    let record = format!("/customers/{}", customer.public_id);
    let reference = "WIRE-2026-0117-00000000000000000042";
    let fields = [("Amount", BILLION), ("Reference", reference)];
    fill(&officer, &format!("{record}/deposits/new"), &fields).await?;
    fill(
        &officer,
        &format!("{record}/deposits/new"),
        &[("Amount", BILLION)],
    )
    .await?;
    fill(
        &officer,
        &format!("{record}/withdrawals/new"),
        &[("Amount", BILLION)],
    )
    .await?;
    let pool = usher.counts().await?.pool;
    let document: String =
        sqlx::query_scalar("SELECT public_id FROM withdrawals WHERE customer_id = $1")
            .bind(customer.id)
            .fetch_one(&pool)
            .await?;
    fill(
        &admin,
        &format!("{record}/withdrawals/{document}/confirm"),
        &[],
    )
    .await?;
    fill(
        &officer,
        &format!("{record}/withdrawals/new"),
        &[("Amount", "1,000,000.00")],
    )
    .await?;
    let fields = [
        ("Amount", BILLION),
        (
            "Purpose",
            "A dam above Rindfleischetikettierungsüberwachungsstadt",
        ),
    ];
    fill(&officer, &format!("{record}/credit/new"), &fields).await?;
    until("the money on the page", LATER, || async {
        let text = officer.customer(&customer.public_id).await?.text();
        ensure!(text.contains("$999,999,999.99"), "{text}");
        Ok(())
    })
    .await
}
