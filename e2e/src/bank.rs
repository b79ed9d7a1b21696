//! A bank's own set-up: a database, migrated by its owner, and several `usher serve` on it.

use std::{
    env,
    fs::{self, File},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{Connection as _, Executor as _, PgConnection};
use testkit::SmtpServer;

use crate::{
    Admin, Sumsub,
    counts::Counts,
    graphql::Api,
    portal::Portal,
    sumsub_levels, until,
    usher::{program, target_folder},
};

const WEBHOOK_SECRET: &str = "the-banks-webhook-secret";
/// The token of an admin's program.
pub const TOKEN: &str = "usher_a-token-for-the-stories-of-one-bank";
const START: Duration = Duration::from_secs(60);

/// The database and what surrounds it. Dropping it ends the servers; the database goes with the test run's PostgreSQL.
pub struct Bank {
    owner_url: String,
    role: String,
    server_url: String,
    /// Takes the mails.
    pub smtp: SmtpServer,
    /// The servers; [`Bank::start`] and [`Server::end`] change what runs.
    pub servers: Vec<Server>,
}

/// One `usher serve`.
pub struct Server {
    admin_port: u16,
    public_port: u16,
    ops_port: u16,
    log: PathBuf,
    child: Option<Child>,
}

impl Bank {
    /// A new database on the test run's PostgreSQL (`USHER_TEST_DATABASE_URL`), migrated, with so many servers on it.
    ///
    /// # Errors
    /// When something of it does not start, with its words.
    pub async fn open(name: &str, servers: usize) -> Result<Self> {
        let cluster = env::var("USHER_TEST_DATABASE_URL")
            .context("USHER_TEST_DATABASE_URL is not set: run the stories with `make test`")?;
        Self::open_at(&cluster, name, servers).await
    }

    /// The same on the PostgreSQL of this address, where its role may make databases and roles.
    ///
    /// # Errors
    /// As [`Bank::open`].
    pub async fn open_at(cluster: &str, name: &str, servers: usize) -> Result<Self> {
        let database = format!("usher_bank_{}", uuid::Uuid::now_v7().simple());
        let mut connection = PgConnection::connect(cluster).await?;
        connection
            .execute(format!("CREATE DATABASE {database}").as_str())
            .await?;
        let mut owner = url::Url::parse(cluster)?;
        owner.set_path(&database);
        // Roles belong to the whole cluster: each bank has its own.
        let role = format!("{database}_app");
        let mut server = owner.clone();
        server.set_username(&role).ok();
        // The cluster of `usher dev` asks for one, a throw-away one lets anybody in.
        let password = uuid::Uuid::new_v4().simple().to_string();
        server.set_password(Some(&password)).ok();
        let mut bank = Self {
            owner_url: owner.to_string(),
            role: role.clone(),
            server_url: server.to_string(),
            smtp: SmtpServer::start(),
            servers: Vec::new(),
        };
        bank.migrate(&role)?;
        connection
            .execute(format!("ALTER ROLE {role} LOGIN PASSWORD '{password}'").as_str())
            .await?;
        let counts = bank.counts().await?;
        counts.add_api_token("stories", TOKEN).await?;
        for number in 1..=servers {
            bank.servers.push(Server::prepare(name, number)?);
        }
        for number in 0..servers {
            bank.start(number).await?;
        }
        Ok(bank)
    }

    fn migrate(&self, role: &str) -> Result<()> {
        let output = program(&["migrate"])?
            .env("USHER_DATABASE__URL", &self.owner_url)
            .env("USHER_DATABASE__APP_ROLE", role)
            .output()?;
        ensure!(
            output.status.success(),
            "usher migrate: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    /// Starts the server with this number (again) and waits until it is ready.
    ///
    /// # Errors
    /// When it ends or does not get ready, with its words.
    pub async fn start(&mut self, number: usize) -> Result<()> {
        let settings = self.settings(number)?;
        let server = self.server(number)?;
        let log = File::options()
            .create(true)
            .append(true)
            .open(&server.log)?;
        let mut command = program(&["serve"])?;
        command
            .envs(settings)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        server.child = Some(command.spawn().context("could not start usher serve")?);
        let ready = format!("http://{}/health/ready", address(server.ops_port));
        let client = reqwest::Client::builder().no_proxy().build()?;
        until("usher serve ready", START, || async {
            let answer = client.get(&ready).send().await?;
            ensure!(answer.status().is_success(), "{}", answer.text().await?);
            Ok(())
        })
        .await
        .with_context(|| {
            let log = fs::read_to_string(&server.log).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(15).collect();
            format!("usher serve says (newest first): {tail:#?}")
        })
    }

    /// The configuration of a server.
    fn settings(&self, number: usize) -> Result<Vec<(&'static str, String)>> {
        let server = self.servers.get(number).context("no such server")?;
        let (admin, public) = (address(server.admin_port), address(server.public_port));
        Ok(vec![
            ("USHER_DATABASE__URL", self.server_url.clone()),
            ("USHER_DATABASE__APP_ROLE", self.role.clone()),
            ("USHER_IDENTITY__PROVIDER", "built-in".to_owned()),
            ("USHER_ADMIN__URL", format!("http://{admin}")),
            ("USHER_ADMIN__LISTEN", admin),
            ("USHER_PUBLIC__URL", format!("http://{public}")),
            ("USHER_PUBLIC__LISTEN", public),
            ("USHER_OPS__LISTEN", address(server.ops_port)),
            ("USHER_SHUTDOWN__DELAY", "0s".to_owned()),
            ("USHER_SUMSUB__APP_TOKEN", "prd:stories".to_owned()),
            ("USHER_SUMSUB__SECRET_KEY", "stories".to_owned()),
            // Nobody answers there: no story of a bank needs Sumsub's REST API.
            ("USHER_SUMSUB__BASE_URL", "http://127.0.0.1:9".to_owned()),
            ("USHER_SUMSUB__WEBHOOK_SECRETS", WEBHOOK_SECRET.to_owned()),
            ("USHER_SMTP__HOST", "127.0.0.1".to_owned()),
            ("USHER_SMTP__PORT", self.smtp.port.to_string()),
            ("USHER_SMTP__TLS", "none".to_owned()),
            (
                "USHER_SMTP__FROM",
                "Bank <no-reply@bank.example>".to_owned(),
            ),
        ])
    }

    fn server(&mut self, number: usize) -> Result<&mut Server> {
        self.servers
            .get_mut(number)
            .with_context(|| format!("there is no server {number}"))
    }

    /// The panel of a server, asked by a program with an admin's token.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn admin(&self, number: usize) -> Result<Admin> {
        let server = self.servers.get(number).context("no such server")?;
        Admin::with_token(&server.admin_url(), TOKEN)
    }

    /// The API of a server, asked with an admin's token.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn api(&self, number: usize) -> Result<Api> {
        let server = self.servers.get(number).context("no such server")?;
        Api::new(&server.admin_url(), TOKEN)
    }

    /// The portal of a server.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn portal(&self, number: usize) -> Result<Portal> {
        let server = self.servers.get(number).context("no such server")?;
        Portal::new(&format!("http://{}", address(server.public_port)))
    }

    /// Sumsub's end of the webhook of a server.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn sumsub(&self, number: usize) -> Result<Sumsub> {
        let server = self.servers.get(number).context("no such server")?;
        let url = format!("http://{}/webhook/sumsub", address(server.public_port));
        Sumsub::new(&url, WEBHOOK_SECRET)
    }

    /// The database, for counting from outside, as its owner.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn counts(&self) -> Result<Counts> {
        Counts::connect(&self.owner_url).await
    }

    /// What `usher doctor` says of the first server: whether all is well, and its words.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn doctor(&self) -> Result<(bool, String)> {
        let output = program(&["doctor"])?
            .envs(self.settings(0)?)
            .env("USHER_SUMSUB__BASE_URL", sumsub_levels::start()?)
            .output()?;
        let report = [output.stdout, output.stderr].concat();
        Ok((
            output.status.success(),
            String::from_utf8_lossy(&report).into_owned(),
        ))
    }
}

impl Server {
    /// Where its panel is.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("http://{}", address(self.admin_port))
    }

    fn prepare(name: &str, number: usize) -> Result<Self> {
        let folder = target_folder()?.join("e2e");
        fs::create_dir_all(&folder)?;
        let log = folder.join(format!("{name}-serve-{number}.log"));
        let _ = fs::remove_file(&log);
        // Held until all three are known, so that they differ.
        let ports = [0; 3].map(|_| TcpListener::bind(("127.0.0.1", 0)));
        let [admin, public, ops] = ports;
        let (admin, public, ops) = (admin?, public?, ops?);
        Ok(Self {
            admin_port: admin.local_addr()?.port(),
            public_port: public.local_addr()?.port(),
            ops_port: ops.local_addr()?.port(),
            log,
            child: None,
        })
    }

    /// Sends a signal and waits for the end; answers whether it ended with 0.
    ///
    /// # Errors
    /// When it does not run or does not end.
    pub async fn end(&mut self, signal: Signal) -> Result<bool> {
        let mut child = self.child.take().context("this server does not run")?;
        kill(Pid::from_raw(i32::try_from(child.id())?), signal)?;
        for _ in 0..900 {
            if let Some(status) = child.try_wait()? {
                return Ok(status.success());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        child.kill()?;
        child.wait()?;
        bail!("usher serve did not end on {signal}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn address(port: u16) -> String {
    format!("127.0.0.1:{port}")
}
