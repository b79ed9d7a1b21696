//! `usher dev`: everything on this machine, to try it out and to test it.

mod listeners;
mod run;
mod words;

use std::time::Duration;

use kernel::Database;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use url::Url;

use self::{
    listeners::{Listeners, Urls},
    run::Run,
    words::{say_what_is_ignored, welcome},
};
use crate::{
    app::App,
    cli::DevArgs,
    config::{self, Given, LogFormat},
    database::SessionLimits,
    dev::{
        data_folder::DataFolder,
        databases::Databases,
        keycloak::Keycloak,
        operators::seed,
        ready_file::{Ready, ReadyFile},
        secrets::DevSecrets,
        tools::Tools,
    },
    failure::Failure,
    health::Health,
    listeners::Limits,
    loops::Loops,
    ops,
    postgres::Cluster,
    say,
    stopping::{self, Running, Stop},
    telemetry,
};

/// Runs until SIGTERM or Ctrl-C.
///
/// # Errors
/// When something can't be started; one sentence with the mend.
pub async fn run(args: DevArgs) -> Result<(), Failure> {
    let loaded = config::load(&Given {
        file: args.config.clone(),
        default_file: false,
        flags: args
            .set
            .iter()
            .map(|(key, value)| ("--set".to_owned(), key.clone(), value.clone()))
            .collect(),
    })?;
    say_what_is_ignored(&loaded);
    let _log = telemetry::start_log(
        loaded.config.log.format.unwrap_or(LogFormat::Text),
        &loaded.config.log.level,
    )?;
    let stop = Stop::at_signals()?;
    let smtp = args.smtp_url.as_ref().map(smtp_server).transpose()?;
    if let Some(path) = &args.ready_file {
        ReadyFile::prepare(path)?;
    }
    let folder = DataFolder::open(&args.data, args.fresh).await?;
    let listeners = Listeners::bind(&args).await?;
    let secrets = DevSecrets::of(folder.path())?;

    say::aside("Starting PostgreSQL …");
    let log = folder.path().join("postgres.log");
    let mut cluster = match Cluster::start(
        &folder.postgres(),
        &log,
        &secrets.database_password,
        &stop.asked,
    )
    .await
    {
        Ok(cluster) => cluster,
        Err(_) if stop.asked.is_cancelled() => return Ok(()),
        Err(failure) => return Err(failure),
    };
    if cluster.was_taken_over() {
        say::aside("Took over the PostgreSQL that the last run left behind.");
    }
    let databases = Databases::of(&cluster);
    let serving = async {
        let keycloak = Keycloak::of(&args, folder.path(), &secrets, &stop.asked).await?;
        let run = Run {
            args: &args,
            loaded: &loaded,
            secrets: &secrets,
            smtp,
            keycloak: keycloak.as_ref(),
        };
        let served = serve(run, listeners, databases, &stop).await;
        if let Some(keycloak) = keycloak {
            keycloak.stop().await;
        }
        served
    };
    let served = tokio::select! {
        served = serving => served,
        () = cluster.ended() => Err(Failure::other(format!(
            "The private PostgreSQL has ended; {} says why.",
            log.display()
        ))),
    };
    for token in [&stop.asked, &stop.close, &stop.over] {
        token.cancel();
    }
    let stopped = cluster.stop().await;
    served.and(stopped)
}

async fn serve(
    run: Run<'_>,
    listeners: Listeners,
    databases: Databases,
    stop: &Stop,
) -> Result<(), Failure> {
    let (loaded, secrets) = (run.loaded, run.secrets);
    let config = &loaded.config;
    let metrics = telemetry::start_metrics()?;
    say::aside("Bringing the database up to date …");
    let limits = SessionLimits::of(&config.database);
    let (owner, pool, reserved) = databases.open(limits).await?;
    let pool = Database::from(pool);
    let seeded = seed(&pool, secrets).await?;

    say::aside("Starting Usher …");
    let urls = Urls::of(&listeners)?;
    let identity = run.identity(&urls).await?;
    let ready = run.ready(&urls, databases.owner, &identity, seeded);
    let loops = Loops::new(stop.close.clone());
    let tools = Tools::start(&owner, &urls.sumsub, &urls.webhook, loaded, secrets, &loops).await?;
    let settings = run.settings(urls, identity, tools.smtp)?;
    let app = App::open(&pool, &reserved, settings, &loops).await?;
    let clock_limit = config.health.clock_limit;
    let health = Health::new(&pool, &reserved, &loops, &stop.asked, clock_limit);
    health.keep_watch();
    let ops = ops::router(ops::Ops { health, metrics });
    let limits = Limits::of(config, 4)?;
    let close = || stop.close.clone();
    let running = Running {
        listeners: vec![
            listeners.admin.serve(app.admin, limits.clone(), close()),
            listeners.public.serve(app.public, limits.clone(), close()),
            listeners.tools.serve(tools.router, limits.clone(), close()),
        ],
        ops: listeners.ops.serve(ops, limits, stop.over.clone()),
        loops,
        pool: PgPool::clone(&pool),
        reserved,
    };
    answering(&ready, &stop.asked).await?;
    let _ready_file = match &run.args.ready_file {
        Some(path) if !stop.asked.is_cancelled() => Some(ReadyFile::write(path, &ready)?),
        _ => None,
    };
    if !stop.asked.is_cancelled() {
        welcome(&ready, secrets, &run.args.data);
    }
    stop.asked.cancelled().await;
    say::aside("Stopping …");
    let mut deadlines = config.shutdown.deadlines();
    if !loaded.is_set("shutdown.delay") {
        // Nobody sends requests here who would have to hear of it first.
        deadlines.delay = Duration::ZERO;
    }
    let stopped = stopping::when_asked(stop, deadlines, running).await;
    owner.close().await;
    stopped
}

fn smtp_server(url: &Url) -> Result<(String, u16), Failure> {
    let bare = url.username().is_empty()
        && url.password().is_none()
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none();
    match (url.scheme(), url.host_str()) {
        ("smtp", Some(host)) if bare => Ok((host.to_owned(), url.port().unwrap_or(25))),
        _ => Err(Failure::configuration(
            "--smtp-url names no mail server, or more than that: use one such as smtp://127.0.0.1:2525.",
        )),
    }
}

/// Waits until each listener answers and Usher says that it is ready.
async fn answering(ready: &Ready, stop: &CancellationToken) -> Result<(), Failure> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| Failure::other(format!("No HTTP client can be made: {error}.")))?;
    let health = format!("{}/health/ready", ready.ops_url);
    let mut last = String::new();
    for _ in 0..200 {
        if stop.is_cancelled() {
            return Ok(());
        }
        match client.get(&health).send().await {
            Ok(answer) if answer.status().is_success() => break,
            Ok(answer) => last = answer.text().await.unwrap_or_default(),
            Err(error) => last = error.to_string(),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for url in [&ready.admin_url, &ready.public_url, &ready.dev_url, &health] {
        let answer = client.get(url).send().await;
        let well = answer
            .as_ref()
            .is_ok_and(|answer| !answer.status().is_server_error());
        if !well && !stop.is_cancelled() {
            let why = answer.map_or_else(
                |error| error.to_string(),
                |answer| answer.status().to_string(),
            );
            return Err(Failure::other(format!(
                "{url} doesn't answer as it should ({why}) {last}"
            )));
        }
    }
    Ok(())
}
