//! What runs: PostgreSQL, a mail server, a Sumsub, two servers and a worker.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use nix::sys::signal::Signal;
use tempfile::TempDir;
use testkit::{SmtpServer, Wire};

use super::{
    load::Servers,
    member::{Kind, Member},
    postgres::Cluster,
};
use crate::{Sumsub, counts::Counts, graphql::Api, portal::Portal, sumsub_levels, usher::program};

const WEBHOOK_SECRET: &str = "the-banks-webhook-secret";
const TOKEN: &str = "usher_a-token-for-those-who-live-through-outages";
const ROLE: &str = "usher_app";

/// All of it; dropping it ends all of it.
pub struct Deployment {
    /// Two servers, then the worker.
    pub members: Vec<Member>,
    /// The PostgreSQL behind everything.
    pub cluster: Cluster,
    /// The mail server, which keeps what it took.
    pub smtp: SmtpServer,
    /// The line to the mail server.
    pub mail: Wire,
    sumsub: String,
    clock: TempDir,
}

impl Deployment {
    /// Makes it and waits until all three processes are ready.
    ///
    /// # Errors
    /// When something does not start, with its words.
    pub async fn open() -> Result<Self> {
        let cluster = Cluster::start().await?;
        let smtp = SmtpServer::start();
        let mut members = Vec::new();
        for (name, kind) in [
            ("A", Kind::Serve),
            ("B", Kind::Serve),
            ("worker", Kind::Worker),
        ] {
            members.push(Member::prepare(name, kind, cluster.port()).await?);
        }
        let mail = Wire::to(&format!("127.0.0.1:{}", smtp.port));
        let mut deployment = Self {
            members,
            cluster,
            smtp,
            mail,
            sumsub: sumsub_levels::start_with_applicants()?,
            clock: tempfile::tempdir()?,
        };
        deployment.migrate()?;
        let counts = deployment.counts().await?;
        counts.add_api_token("outages", TOKEN).await?;
        deployment.mend().await?;
        Ok(deployment)
    }

    fn migrate(&self) -> Result<()> {
        let output = program(&["migrate"])?
            .env("USHER_DATABASE__URL", self.cluster.owner_url())
            .env("USHER_DATABASE__APP_ROLE", ROLE)
            .env("USHER_DATABASE__APP_PASSWORD", "any-as-all-are-trusted")
            .output()?;
        ensure!(
            output.status.success(),
            "usher migrate: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    /// Starts those that don't run, and waits until all are ready.
    ///
    /// # Errors
    /// When one isn't, with its words.
    pub async fn mend(&mut self) -> Result<()> {
        for number in 0..self.members.len() {
            if !self.members[number].runs() {
                self.start(number, None)?;
            }
        }
        for member in &self.members {
            member.ready().await?;
        }
        Ok(())
    }

    /// Ends all three and starts them again.
    ///
    /// # Errors
    /// When one does not get ready.
    pub async fn restart(&mut self) -> Result<()> {
        for member in &mut self.members {
            if member.runs() {
                // Who doesn't end is killed; what counts here is what comes after.
                let _ = member.end(Signal::SIGTERM).await;
            }
        }
        self.mend().await
    }

    /// Starts one, with this clock if it is to be wrong, and doesn't wait.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn start(&mut self, number: usize, clock: Option<(&Path, &Path)>) -> Result<()> {
        let settings = self.settings(number);
        self.members[number].launch(&settings, clock)
    }

    /// The configuration of a process.
    fn settings(&self, number: usize) -> Vec<(&'static str, String)> {
        let member = &self.members[number];
        let ports = member.ports;
        let at = |port: u16| format!("127.0.0.1:{port}");
        let mut settings = vec![
            (
                "USHER_DATABASE__URL",
                self.cluster.url_through(ROLE, member.line.address.port()),
            ),
            ("USHER_DATABASE__APP_ROLE", ROLE.to_owned()),
            ("USHER_IDENTITY__PROVIDER", "built-in".to_owned()),
            ("USHER_ADMIN__URL", format!("http://{}", at(ports.admin))),
            ("USHER_PUBLIC__URL", format!("http://{}", at(ports.public))),
            ("USHER_OPS__LISTEN", at(ports.ops)),
            ("USHER_SUMSUB__APP_TOKEN", "prd:outages".to_owned()),
            ("USHER_SUMSUB__SECRET_KEY", "outages".to_owned()),
            ("USHER_SUMSUB__BASE_URL", self.sumsub.clone()),
            ("USHER_SUMSUB__WEBHOOK_SECRETS", WEBHOOK_SECRET.to_owned()),
            ("USHER_SMTP__HOST", "127.0.0.1".to_owned()),
            ("USHER_SMTP__PORT", self.mail.address.port().to_string()),
            ("USHER_SMTP__TLS", "none".to_owned()),
            ("USHER_SMTP__HELLO", "mail.bank.example".to_owned()),
            (
                "USHER_SMTP__FROM",
                "Bank <no-reply@bank.example>".to_owned(),
            ),
        ];
        if member.kind == Kind::Serve {
            settings.push(("USHER_ADMIN__LISTEN", at(ports.admin)));
            settings.push(("USHER_PUBLIC__LISTEN", at(ports.public)));
        }
        settings
    }

    /// What `usher doctor` is given: what the second server is, whose line is not the one that suffers alone.
    pub fn doctors(&self) -> Vec<(&'static str, String)> {
        self.settings(1)
    }

    /// The servers, for clients.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn servers(&self) -> Result<Servers> {
        let mut servers = Vec::new();
        for member in &self.members {
            if member.kind == Kind::Serve {
                let admin = format!("http://127.0.0.1:{}", member.ports.admin);
                let webhook = format!("http://127.0.0.1:{}/webhook/sumsub", member.ports.public);
                servers.push((
                    Api::new(&admin, TOKEN)?,
                    Sumsub::new(&webhook, WEBHOOK_SECRET)?,
                ));
            }
        }
        Ok(Servers::new(servers))
    }

    /// The portal of the second server.
    ///
    /// # Errors
    /// When its URL is malformed.
    pub fn portal(&self) -> Result<Portal> {
        Portal::new(&format!(
            "http://127.0.0.1:{}",
            self.members[1].ports.public
        ))
    }

    /// The first server's admin listener, and an admin's token.
    #[must_use]
    pub fn admin(&self) -> (String, &'static str) {
        let url = format!("http://127.0.0.1:{}", self.members[0].ports.admin);
        (url, TOKEN)
    }

    /// The database, for counting from outside.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn counts(&self) -> Result<Counts> {
        Counts::connect(&self.cluster.owner_url()).await
    }

    /// The file that says how wrong a clock is.
    pub fn clock(&self) -> PathBuf {
        self.clock.path().join("clock")
    }
}
