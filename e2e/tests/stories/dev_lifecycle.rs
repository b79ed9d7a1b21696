//! `usher dev` starts, says where it is, stops without a trace, and finds its data again.

use std::{fs, os::unix::fs::MetadataExt as _};

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Chapter, Usher, Window,
    admin::{NewProspect, fresh_email},
    alone, processes,
};
use url::Url;

pub fn chapter() -> Chapter {
    Chapter::alone(
        "dev_lifecycle",
        vec![
            alone(
                "the_ready_file_is_complete_and_private_and_every_listener_answers",
                ready,
            ),
            alone(
                "a_stop_leaves_no_process_and_the_next_start_finds_its_data",
                twice,
            ),
            alone(
                "a_killed_server_is_followed_by_one_that_takes_over_its_postgresql",
                after_a_kill,
            ),
            alone("fresh_starts_anew", fresh),
            alone("a_port_in_use_is_said_in_one_sentence", port_in_use),
        ],
    )
}

async fn ready() -> Result<()> {
    let mut usher = Usher::start("lifecycle-ready").await?;
    let ready = usher.ready().clone();

    let mode = fs::metadata(usher.ready_file())?.mode() & 0o777;
    ensure!(
        mode == 0o600,
        "the ready file holds secrets and has the mode {mode:o}"
    );
    for url in [
        &ready.admin_url,
        &ready.public_url,
        &ready.ops_url,
        &ready.dev_url,
        &ready.webhook_url,
    ] {
        let url = Url::parse(url)?;
        ensure!(
            url.host_str() == Some("127.0.0.1"),
            "{url} is not on loopback"
        );
        ensure!(
            url.port().is_some_and(|port| port != 0),
            "{url} names no port"
        );
    }
    ensure!(
        ready.webhook_url == join(&ready.public_url, "/webhook/sumsub")?,
        "{}",
        ready.webhook_url
    );
    for secret in [&ready.webhook_secret, &ready.sumsub_secret_key] {
        ensure!(
            secret.contains("dev_"),
            "a secret of dev has to be known as one"
        );
    }
    let roles: Vec<_> = ready
        .operators
        .iter()
        .map(|operator| operator.role.as_str())
        .collect();
    for role in ["admin", "onboarding-officer", "auditor"] {
        ensure!(roles.contains(&role), "no operator is {role}: {roles:?}");
    }

    let ops = Window::new(&ready.ops_url)?;
    ops.open("/health/live").await?;
    ops.open("/health/ready").await?;
    let metrics = ops.open("/metrics").await?;
    ensure!(
        metrics.body.contains("# TYPE"),
        "/metrics is not in Prometheus' format: {}",
        metrics.body
    );
    let dev = Window::new(&ready.dev_url)?;
    dev.open("/sumsub").await?;
    dev.open("/mail").await?;
    ensure!(
        usher.mailbox()?.all().await?.is_empty(),
        "a new mailbox is empty"
    );

    let first = Window::new(&ready.admin_url)?.open("/").await?;
    ensure!(
        first.url.path() == "/login",
        "the panel shows {} to a stranger",
        first.url
    );
    Window::new(&ready.public_url)?
        .open("/")
        .await?
        .form("Sign in")?;
    for (base, strange) in [
        (&ready.public_url, "/prospects"),
        (&ready.admin_url, "/webhook/sumsub"),
        (&ready.public_url, "/mail"),
    ] {
        let status = Window::new(base)?.get(strange).await?.status;
        ensure!(
            status.as_u16() == 404,
            "{strange} on {base} answered {status}"
        );
    }
    usher.stop().await
}

async fn twice() -> Result<()> {
    let mut usher = Usher::start("lifecycle-twice").await?;
    let first = usher.ready().clone();
    let email = fresh_email("kept");
    let prospect = usher
        .admin()?
        .create(&NewProspect::individual(&email))
        .await?;
    usher.stop().await?;

    usher.launch().await?;
    let second = usher.ready().clone();
    let page = usher.admin()?.prospect(&prospect.public_id).await?;
    ensure!(
        page.html.heading() == email,
        "the prospect is not what it was: {}",
        page.text()
    );
    ensure!(
        first.webhook_secret == second.webhook_secret,
        "the webhook's secret changed"
    );
    ensure!(
        first.sumsub_secret_key == second.sumsub_secret_key,
        "Sumsub's secret key changed"
    );
    for operator in &first.operators {
        e2e::Admin::sign_in(&second.admin_url, &operator.email, &operator.password)
            .await
            .with_context(|| format!("{} of the first start at the second", operator.role))?;
    }
    ensure!(
        first.api_token != second.api_token,
        "an API token is minted at each start"
    );
    let now = Window::with_token(&second.admin_url, &second.api_token)?;
    now.open("/prospects").await?;
    usher.stop().await
}

async fn after_a_kill() -> Result<()> {
    let mut usher = Usher::start("lifecycle-kill").await?;
    let prospect = usher
        .admin()?
        .create(&NewProspect::individual(&fresh_email("kept")))
        .await?;
    usher.kill().await?;
    ensure!(
        processes::postmaster(&usher.data()).is_some(),
        "the private PostgreSQL should go on after kill -9"
    );

    usher.launch().await?;
    usher.admin()?.prospect(&prospect.public_id).await?;
    usher.stop().await
}

async fn fresh() -> Result<()> {
    let mut usher = Usher::start("lifecycle-fresh").await?;
    let prospect = usher
        .admin()?
        .create(&NewProspect::individual(&fresh_email("gone")))
        .await?;
    usher.stop().await?;
    usher.add_argument("--fresh");
    usher.launch().await?;
    usher
        .admin()?
        .window()
        .get(&format!("/prospects/{}", prospect.public_id))
        .await?
        .expect(404)?;
    usher.stop().await
}

async fn port_in_use() -> Result<()> {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let port = taken.local_addr()?.port().to_string();
    let usher = Usher::prepare("lifecycle-port", &["--admin-port", &port])?;
    let mut command = usher.command()?;
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(!output.status.success(), "it started on a taken port");
    ensure!(
        words.contains(&port),
        "the words don't name the port: {words}"
    );
    let left = processes::using(&usher.data());
    ensure!(left.is_empty(), "it left processes behind: {left:?}");
    Ok(())
}

fn join(base: &str, path: &str) -> Result<String> {
    Ok(Url::parse(base)?.join(path)?.to_string())
}
