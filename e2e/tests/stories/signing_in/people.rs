//! Who may what: strangers, roles, programs, and those who guess.

use std::sync::Arc;

use anyhow::{Result, ensure};
use e2e::{
    Admin, Usher, Window,
    admin::{NewProspect, fresh_email},
};

use reqwest::header::LOCATION;

pub async fn strangers(usher: Arc<Usher>) -> Result<()> {
    let prospect = usher
        .admin()?
        .create(&NewProspect::individual(&fresh_email("secret")))
        .await?;
    let window = Window::without_redirects(&usher.ready().admin_url)?;
    for path in [
        "/".to_owned(),
        "/prospects".to_owned(),
        "/prospects/new".to_owned(),
        format!("/prospects/{}", prospect.public_id),
        "/customers".to_owned(),
        format!("/customers/{}", prospect.public_id),
    ] {
        let page = window.get(&path).await?;
        let leads = page
            .headers
            .get(LOCATION)
            .and_then(|line| line.to_str().ok())
            .unwrap_or_default();
        ensure!(
            page.status.is_redirection() && leads.starts_with("/login"),
            "{path}: {} to {leads}",
            page.status
        );
        ensure!(
            !page.body.contains(&prospect.email),
            "{path} tells a stranger"
        );
    }
    Ok(())
}

pub async fn throttled(usher: Arc<Usher>) -> Result<()> {
    let ready = usher.ready();
    for (site, url) in [("panel", &ready.admin_url), ("portal", &ready.public_url)] {
        let window = Window::new(url)?;
        let email = fresh_email("nobody");
        let mut statuses = Vec::new();
        for attempt in 0..12 {
            let page =
                e2e::admin::sign_in(&window, "/login", &email, &format!("wrong {attempt}")).await?;
            ensure!(
                !page.status.is_success(),
                "{site}: a wrong password got {}",
                page.status
            );
            statuses.push(page.status.as_u16());
            if page.status.as_u16() == 429 {
                ensure!(
                    page.headers.contains_key("retry-after"),
                    "{site}: 429 without Retry-After"
                );
                break;
            }
        }
        ensure!(
            statuses.last() == Some(&429),
            "{site}: never turned away: {statuses:?}"
        );
        ensure!(
            statuses.first() != Some(&429),
            "{site}: turned away at once"
        );
    }
    Ok(())
}

pub async fn auditor(usher: Arc<Usher>) -> Result<()> {
    let ready = usher.ready();
    let prospect = usher
        .admin()?
        .create(&NewProspect::individual(&fresh_email("audited")))
        .await?;
    let operator = ready.operator("auditor")?;
    let auditor = Admin::sign_in(&ready.admin_url, &operator.email, &operator.password).await?;
    let list = auditor.window().open("/prospects").await?;
    ensure!(
        list.link("Create").is_err() && !list.has_button("Create"),
        "an auditor is offered \"Create\""
    );
    let page = auditor.prospect(&prospect.public_id).await?;
    ensure!(
        page.form("Generate verification link").is_err(),
        "an auditor is offered \"Generate verification link\""
    );

    // Hidden in the page and refused by the server: with the form of someone who may.
    let email = fresh_email("smuggled");
    let create = usher
        .admin()?
        .confirm_form(&NewProspect::individual(&email))
        .await?;
    let answer = auditor.window().submit(&create).await?;
    ensure!(
        answer.status.as_u16() == 403,
        "an auditor's creating was answered {}",
        answer.status
    );
    let link = usher
        .admin()?
        .asked(
            &format!("/prospects/{}", prospect.public_id),
            "Generate verification link",
        )
        .await?;
    let answer = auditor.window().submit(&link).await?;
    ensure!(
        answer.status.as_u16() == 403,
        "an auditor's link was answered {}",
        answer.status
    );

    let counts = usher.counts().await?;
    let made: i64 = sqlx::query_scalar("SELECT count(*) FROM prospects WHERE email = $1")
        .bind(&email)
        .fetch_one(&counts.pool)
        .await?;
    ensure!(made == 0, "an auditor made a prospect");
    Ok(())
}

pub async fn officer(usher: Arc<Usher>) -> Result<()> {
    let ready = usher.ready();
    let operator = ready.operator("onboarding-officer")?;
    let officer = Admin::sign_in(&ready.admin_url, &operator.email, &operator.password).await?;
    let prospect = officer
        .create(&NewProspect::individual(&fresh_email("officer")))
        .await?;
    officer.generate_link(&prospect.public_id).await?;
    Ok(())
}

pub async fn bearer(usher: Arc<Usher>) -> Result<()> {
    let ready = usher.ready();
    Window::with_token(&ready.admin_url, &ready.api_token)?
        .open("/prospects")
        .await?;
    for wrong in [
        "usher_wrong",
        "",
        &ready.api_token[..ready.api_token.len() - 1],
        &ready.webhook_secret,
    ] {
        let page = Window::with_token(&ready.admin_url, wrong)?
            .get("/prospects")
            .await?;
        // An empty token is none at all: a stranger, who is asked to sign in.
        let stranger = wrong.is_empty() && page.url.path() == "/login";
        ensure!(
            stranger || page.status.as_u16() == 401,
            "a wrong token got {} at {}",
            page.status,
            page.url
        );
    }
    Ok(())
}
