//! Sessions: their cookies, the one of the other listener, forms of strangers.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Admin, Callback, Usher, Window,
    admin::{NewProspect, fresh_email},
    html,
    portal::Portal,
    wait::LATER,
};

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};

/// A customer who can sign in at the portal: e-mail and the password they chose.
async fn customer(usher: &Usher) -> Result<(String, String)> {
    let admin = usher.admin()?;
    let email = fresh_email("sessions");
    let prospect = admin.create(&NewProspect::individual(&email)).await?;
    usher
        .sumsub()?
        .deliver(&Callback::green(prospect.id))
        .await?;
    usher
        .counts()
        .await?
        .all_active_once(&[prospect], LATER)
        .await?;
    let temporary = usher
        .mailbox()?
        .wait_for(&email)
        .await?
        .temporary_password()?;
    let chosen = "a long way to the harbour";
    usher
        .portal()?
        .first_sign_in(&email, &temporary, chosen)
        .await?;
    Ok((email, chosen.to_owned()))
}

/// Signs in without following the redirect; gives the `Set-Cookie` lines.
async fn set_cookies(url: &str, email: &str, password: &str) -> Result<Vec<String>> {
    let window = Window::without_redirects(url)?;
    let page = e2e::admin::sign_in(&window, "/login", email, password).await?;
    ensure!(
        page.status.is_redirection(),
        "signing in answered {}: {}",
        page.status,
        page.text()
    );
    let lines = page
        .headers
        .get_all(SET_COOKIE)
        .iter()
        .map(|line| Ok(line.to_str()?.to_owned()));
    lines.collect()
}

fn cookie_name(line: &str) -> &str {
    line.split_once('=').map_or(line, |(name, _)| name)
}

pub async fn cookies(usher: Arc<Usher>) -> Result<()> {
    let ready = usher.ready();
    let operator = ready.operator("admin")?;
    let (email, password) = customer(&usher).await?;
    let panel = set_cookies(&ready.admin_url, &operator.email, &operator.password).await?;
    let portal = set_cookies(&ready.public_url, &email, &password).await?;
    for line in panel.iter().chain(&portal) {
        let lower = line.to_lowercase();
        for due in ["httponly", "samesite=", "path=/"] {
            ensure!(
                lower.contains(due),
                "{due} is missing in a cookie of {}",
                cookie_name(line)
            );
        }
        ensure!(
            !lower.contains("samesite=none"),
            "SameSite=None guards nothing"
        );
        ensure!(
            !line.starts_with("__Host-") && !lower.contains("; secure"),
            "Secure over http locks everyone out"
        );
    }
    let (panel, portal) = (
        panel.first().context("the panel set no cookie")?,
        portal.first().context("the portal set no cookie")?,
    );
    ensure!(
        cookie_name(panel) != cookie_name(portal),
        "both sites use the cookie {}",
        cookie_name(panel)
    );
    Ok(())
}

pub async fn cross_site(usher: Arc<Usher>) -> Result<()> {
    let ready = usher.ready();
    let operator = ready.operator("admin")?;
    let admin = Admin::sign_in(&ready.admin_url, &operator.email, &operator.password).await?;
    let email = fresh_email("forged");
    let form = admin.confirm_form(&NewProspect::individual(&email)).await?;
    let portal_origin = ready.public_url.trim_end_matches('/').to_owned();
    for origin in [
        Some("https://evil.example"),
        Some("null"),
        Some(portal_origin.as_str()),
        Some("http://127.0.0.1"),
        None,
    ] {
        let page = admin.window().claiming_origin(origin).submit(&form).await?;
        ensure!(
            page.status.as_u16() == 403,
            "a form from {origin:?} was answered {}",
            page.status
        );
    }
    let made: i64 = sqlx::query_scalar("SELECT count(*) FROM prospects WHERE email = $1")
        .bind(&email)
        .fetch_one(&usher.counts().await?.pool)
        .await?;
    ensure!(made == 0, "a forged form made a prospect");
    // The sign-in forms too: or one could sign a victim in as oneself.
    for (url, origin) in [
        (&ready.admin_url, "https://evil.example"),
        (&ready.public_url, "https://evil.example"),
    ] {
        let window = Window::new(url)?.claiming_origin(Some(origin));
        let page =
            e2e::admin::sign_in(&window, "/login", &operator.email, &operator.password).await?;
        ensure!(
            page.status.as_u16() == 403,
            "a forged sign-in was answered {}",
            page.status
        );
    }
    admin.window().submit(&form).await?.ok()?;
    Ok(())
}

/// Asks for a page with one cookie; says whether it lets one in, which offers "Sign out" and no sign-in form.
async fn lets_in(url: &str, path: &str, name: &str, value: &str) -> Result<bool> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()?;
    let url = url::Url::parse(url)?.join(path)?;
    let request = client.get(url).header(COOKIE, format!("{name}={value}"));
    let answer = request.send().await?;
    let status = answer.status();
    let page = html::parse(&answer.text().await?);
    let has = |name: &str| page.find(|element| element.tag == "button" && element.text() == name);
    ensure!(
        status.is_success() || status.is_redirection() || status.as_u16() == 401,
        "a cookie got {status}"
    );
    ensure!(
        has("Sign in").is_none() || has("Sign out").is_none(),
        "a page offers both"
    );
    Ok(status.is_success() && has("Sign out").is_some())
}

fn split(line: &str) -> Result<(String, String)> {
    let pair = line.split(';').next().unwrap_or_default();
    let (name, value) = pair.split_once('=').context("a cookie without =")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub async fn other_site(usher: Arc<Usher>) -> Result<()> {
    let ready = usher.ready();
    let operator = ready.operator("admin")?;
    let (email, password) = customer(&usher).await?;
    let panel = set_cookies(&ready.admin_url, &operator.email, &operator.password).await?;
    let portal = set_cookies(&ready.public_url, &email, &password).await?;
    let (panel_name, panel_value) = split(&panel[0])?;
    let (portal_name, portal_value) = split(&portal[0])?;

    // Each is good at its own site ...
    let (panel, portal) = (&ready.admin_url, &ready.public_url);
    ensure!(
        lets_in(panel, "/prospects", &panel_name, &panel_value).await?,
        "the panel refuses its own session"
    );
    ensure!(
        lets_in(portal, "/", &portal_name, &portal_value).await?,
        "the portal refuses its own session"
    );
    // ... and not the other, under neither name.
    for name in [&panel_name, &portal_name] {
        ensure!(
            !lets_in(panel, "/prospects", name, &portal_value).await?,
            "a portal session opens the panel"
        );
        ensure!(
            !lets_in(portal, "/", name, &panel_value).await?,
            "a panel session opens the portal"
        );
    }
    // Nor does the other site's password.
    let page = Admin::in_window(Window::new(&ready.admin_url)?)
        .try_sign_in(&email, &password)
        .await?;
    ensure!(
        !page.status.is_success(),
        "a customer signed in at the panel"
    );
    let page = Portal::new(&ready.public_url)?
        .sign_in(&operator.email, &operator.password)
        .await?;
    ensure!(
        !page.status.is_success(),
        "an operator signed in at the portal"
    );
    Ok(())
}

pub async fn sign_out(usher: Arc<Usher>) -> Result<()> {
    let ready = usher.ready();
    let operator = ready.operator("auditor")?;
    let admin = Admin::sign_in(&ready.admin_url, &operator.email, &operator.password).await?;
    let lines = set_cookies(&ready.admin_url, &operator.email, &operator.password).await?;
    let (name, value) = split(&lines[0])?;
    ensure!(
        lets_in(&ready.admin_url, "/prospects", &name, &value).await?,
        "a fresh session is refused"
    );

    let form = admin.window().open("/prospects").await?.form("Sign out")?;
    admin.window().submit(&form).await?;
    let page = admin.window().get("/prospects").await?;
    ensure!(
        page.url.path() == "/login",
        "signed out and still at {}",
        page.url
    );

    // The cookie that was taken along is worth nothing either: the session is gone on the server.
    let raw = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()?;
    let origin = ready.admin_url.trim_end_matches('/').to_owned();
    let cookie = format!("{name}={value}");
    raw.post(format!("{origin}{}", form.action().path()))
        .header(COOKIE, &cookie)
        .header("Origin", &origin)
        .send()
        .await?;
    ensure!(
        !lets_in(&ready.admin_url, "/prospects", &name, &value).await?,
        "the session outlived the signing out"
    );
    Ok(())
}

pub async fn fixation(usher: Arc<Usher>) -> Result<()> {
    let ready = usher.ready();
    let operator = ready.operator("admin")?;
    let first =
        split(&set_cookies(&ready.admin_url, &operator.email, &operator.password).await?[0])?;
    let second =
        split(&set_cookies(&ready.admin_url, &operator.email, &operator.password).await?[0])?;
    ensure!(first.1 != second.1, "two sign-ins share a session");
    // A session id that someone else thought up is not taken over.
    let raw = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()?;
    let origin = ready.admin_url.trim_end_matches('/').to_owned();
    let made_up = "AAAAAAAAAAAAAAAAAAAAAA";
    let answer = raw
        .post(format!("{origin}/login"))
        .header(COOKIE, format!("{}={made_up}", first.0))
        .header("Origin", &origin)
        .form(&[
            ("email", operator.email.as_str()),
            ("password", operator.password.as_str()),
        ])
        .send()
        .await?;
    let line = answer
        .headers()
        .get(SET_COOKIE)
        .context("no cookie after signing in")?
        .to_str()?;
    ensure!(
        !line.contains(made_up),
        "a made-up session id was taken over"
    );
    Ok(())
}

pub async fn open_redirect(usher: Arc<Usher>) -> Result<()> {
    let ready = usher.ready();
    let operator = ready.operator("admin")?;
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
    ] {
        let window = Window::without_redirects(&ready.admin_url)?;
        let query: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let page = e2e::admin::sign_in(
            &window,
            &format!("/login?next={query}"),
            &operator.email,
            &operator.password,
        )
        .await?;
        let leads = page
            .headers
            .get(LOCATION)
            .context("no redirect after signing in")?
            .to_str()?;
        let target = url::Url::parse(&ready.admin_url)?.join(leads)?;
        ensure!(
            target.origin() == url::Url::parse(&ready.admin_url)?.origin(),
            "next={next} leads to {target}"
        );
    }
    Ok(())
}
