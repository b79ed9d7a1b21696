//! Prospects that are made, and made once.

use std::sync::Arc;

use anyhow::{Result, ensure};
use e2e::{
    Form, Usher,
    admin::{NewProspect, fresh_email, fresh_handle, prospect_on},
};

use super::refused::complains_about;

const TYPES: [&str; 7] = [
    "Individual",
    "Government Entity",
    "Private Company",
    "Bank",
    "Financial Institution",
    "Foreign Agency or Subsidiary",
    "Non-Domiciled Company",
];

pub async fn a_new_prospect(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    let email = fresh_email("new");
    let prospect = admin.create(&NewProspect::individual(&email)).await?;
    let page = admin.prospect(&prospect.public_id).await?;
    ensure!(
        page.html.heading() == email,
        "the heading is {}",
        page.html.heading()
    );
    let text = page.text();
    let uuid = prospect.id.to_string();
    for words in [
        "Stage New",
        "Status Open",
        "KYC status Not started",
        "Customer type Individual",
        &prospect.public_id,
        &uuid,
    ] {
        ensure!(
            text.contains(words),
            "\"{words}\" is not on the page: {text}"
        );
    }
    ensure!(
        text.contains("Generate the verification link"),
        "no next action: {text}"
    );
    ensure!(
        page.region("KYC").is_ok() && page.region("History").is_ok(),
        "a region is missing: {text}"
    );
    ensure!(
        prospect.public_id.len() <= 9,
        "{} is not short",
        prospect.public_id
    );
    Ok(())
}

pub async fn at_is_taken_off(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    let handle = fresh_handle();
    let new = NewProspect::individual(&fresh_email("at")).telegram(&format!("@{handle}"));
    let prospect = admin.create(&new).await?;
    let stored: Option<String> =
        sqlx::query_scalar("SELECT telegram_handle FROM prospects WHERE id = $1")
            .bind(prospect.id)
            .fetch_one(&usher.counts().await?.pool)
            .await?;
    ensure!(
        stored.as_deref() == Some(handle.as_str()),
        "stored as {stored:?}"
    );
    let text = admin.prospect(&prospect.public_id).await?.text();
    ensure!(
        text.contains(&handle),
        "the handle is not on the page: {text}"
    );
    Ok(())
}

pub async fn seven_types(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    for kind in TYPES {
        let prospect = admin
            .create(&NewProspect::individual(&fresh_email("type")).of_type(kind))
            .await?;
        let text = admin.prospect(&prospect.public_id).await?.text();
        ensure!(text.contains(kind), "{kind} is not on the page: {text}");
    }
    Ok(())
}

/// Puts `value` where the form has `old`, in hidden fields too.
fn tampered(form: &Form, old: &str, value: &str) -> Vec<(String, String)> {
    let mut pairs = form.pairs();
    for (_, sent) in pairs.iter_mut().filter(|(_, sent)| sent == old) {
        value.clone_into(sent);
    }
    pairs
}

pub async fn confirm_is_checked(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    let (email, handle) = (fresh_email("confirm"), fresh_handle());
    let new = NewProspect::individual(&email).telegram(&handle);
    let form = admin.confirm_form(&new).await?;
    for (old, value, field) in [
        (&email, "nonsense", "Email"),
        (&handle, "two words", "Telegram ID"),
        (&email, "", "Email"),
    ] {
        let page = admin
            .window()
            .post(form.action().as_str(), &tampered(&form, old, value))
            .await?
            .expect(422)?;
        complains_about(&page, field)?;
    }
    let counts = usher.counts().await?;
    let made: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM prospects WHERE lower(email) = lower($1) OR telegram_handle = $2",
    )
    .bind(&email)
    .bind(&handle)
    .fetch_one(&counts.pool)
    .await?;
    ensure!(made == 0, "a refused form made {made} prospects");
    Ok(())
}

async fn made_with(usher: &Usher, email: &str) -> Result<i64> {
    Ok(
        sqlx::query_scalar("SELECT count(*) FROM prospects WHERE lower(email) = lower($1)")
            .bind(email)
            .fetch_one(&usher.counts().await?.pool)
            .await?,
    )
}

pub async fn double_submit(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    let email = fresh_email("double");
    let form = admin.confirm_form(&NewProspect::individual(&email)).await?;
    let window = admin.window();
    let (first, second) = tokio::join!(window.submit(&form), window.submit(&form));
    let (first, second, third) = (first?, second?, window.submit(&form).await?);
    ensure!(
        made_with(&usher, &email).await? == 1,
        "a double submit made several prospects"
    );
    // Whichever came second leads to the same prospect, not to a complaint about oneself.
    let ids = [&first, &second, &third].map(prospect_on);
    for id in ids {
        ensure!(id?.email == email, "a double submit led elsewhere");
    }
    Ok(())
}

pub async fn race(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    let email = fresh_email("race");
    let mut forms = Vec::new();
    for name in [
        email.clone(),
        email.to_uppercase(),
        email.clone(),
        email.to_uppercase(),
    ] {
        forms.push(admin.confirm_form(&NewProspect::individual(&name)).await?);
    }
    let pages =
        futures::future::join_all(forms.iter().map(|form| admin.window().submit(form))).await;
    let mut refused = 0;
    for page in pages {
        let page = page?;
        ensure!(
            matches!(page.status.as_u16(), 200 | 422),
            "{} : {}",
            page.status,
            page.text()
        );
        if page.status.as_u16() == 422 {
            complains_about(&page, "Email")?;
            refused += 1;
        }
    }
    ensure!(
        made_with(&usher, &email).await? == 1 && refused == 3,
        "{refused} of 4 were refused"
    );
    Ok(())
}

pub async fn unknown(usher: Arc<Usher>) -> Result<()> {
    let admin = usher.admin()?;
    for path in [
        "/prospects/999999999",
        "/prospects/abc",
        "/prospects/%3Cscript%3E",
        "/customers/999999999",
        "/nothing",
    ] {
        let page = admin.window().get(path).await?.expect(404)?;
        ensure!(
            !page.html.heading().is_empty(),
            "{path}: the 404 is no page: {}",
            page.body
        );
        ensure!(!page.body.contains("<script>\""), "{path}");
    }
    Ok(())
}
