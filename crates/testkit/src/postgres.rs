//! A PostgreSQL of a test's own, for what the shared one must not be put through: it is killed, it has a standby.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use sqlx::{Connection as _, PgConnection};

const START_AT_MOST: Duration = Duration::from_secs(120);

/// It runs until it is dropped or killed.
pub struct Postgres {
    /// Its port on 127.0.0.1.
    pub port: u16,
    folder: PathBuf,
    child: Child,
}

impl Postgres {
    /// Makes an empty one, whose superuser `usher` needs no password.
    ///
    /// # Panics
    /// When PostgreSQL's programs are not in the path (`scripts/with-postgres.sh` puts them there), or it doesn't start.
    pub async fn start() -> Self {
        let folder = folder();
        let data = folder.join("data");
        let mut initdb = program("initdb");
        initdb.arg("-D").arg(&data);
        run(initdb.args([
            "-U",
            "usher",
            "-E",
            "UTF8",
            "--locale=C",
            "-A",
            "trust",
            "--no-sync",
        ]));
        // Who copies it comes in by this.
        let allow = "host replication all 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 trust\n";
        fs::write(data.join("pg_hba.conf"), allow).expect("a file");
        Self::serve(folder).await
    }

    /// Makes a standby that follows this one.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    pub async fn standby(&self) -> Self {
        let folder = folder();
        let mut copy = program("pg_basebackup");
        copy.arg("-D").arg(folder.join("data"));
        copy.args([
            "-h",
            "127.0.0.1",
            "-U",
            "usher",
            "-R",
            "--no-sync",
            "--checkpoint=fast",
        ]);
        run(copy.args(["-p", &self.port.to_string()]));
        Self::serve(folder).await
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://usher@127.0.0.1:{}/postgres", self.port)
    }

    /// Makes the standby a primary.
    ///
    /// # Panics
    /// When it isn't one.
    pub async fn promote(&self) {
        let mut connection = PgConnection::connect(&self.url()).await.expect("it runs");
        sqlx::query("SELECT pg_promote()")
            .execute(&mut connection)
            .await
            .expect("it is a standby");
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    async fn serve(folder: PathBuf) -> Self {
        let port = free_port();
        let mut server = program("postgres");
        server.arg("-D").arg(folder.join("data"));
        server.args(["-p", &port.to_string()]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=off",
            "shared_buffers=16MB",
        ] {
            server.args(["-c", setting]);
        }
        let log = fs::File::create(folder.join("log")).expect("a file");
        let child = server
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("postgres is not in the path: run this by scripts/with-postgres.sh");
        let server = Self {
            port,
            folder,
            child,
        };
        let begun = Instant::now();
        while PgConnection::connect(&server.url()).await.is_err() {
            let log = || fs::read_to_string(server.folder.join("log")).unwrap_or_default();
            assert!(begun.elapsed() < START_AT_MOST, "no PostgreSQL: {}", log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        server
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub(super) fn folder() -> PathBuf {
    let name = format!("usher-test-postgres-{}", uuid::Uuid::new_v4().simple());
    let folder = std::env::temp_dir().join(name);
    fs::create_dir(&folder).expect("a folder");
    if let Some((user, group)) = unprivileged() {
        std::os::unix::fs::chown(&folder, Some(user), Some(group)).expect("we are root");
    }
    folder
}

/// Runs as an unprivileged user when we are root, and ends when we do.
pub(super) fn program(name: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if let Some((user, group)) = unprivileged() {
        command.arg(format!("--reuid={user}"));
        command.args([format!("--regid={group}"), "--clear-groups".to_owned()]);
    }
    command.arg(name).current_dir("/").stdin(Stdio::null());
    command
}

/// Whom PostgreSQL runs as, since it refuses to be root.
fn unprivileged() -> Option<(u32, u32)> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|us| {
        use std::os::unix::fs::MetadataExt as _;
        us.uid() == 0
    });
    if !is_root {
        return None;
    }
    let users = fs::read_to_string(Path::new("/etc/passwd")).unwrap_or_default();
    let of = |name: &str| {
        let line = users
            .lines()
            .find(|line| line.starts_with(&format!("{name}:")))?;
        let mut fields = line.split(':').skip(2).map(str::parse);
        Some((fields.next()?.ok()?, fields.next()?.ok()?))
    };
    of("postgres").or_else(|| of("nobody"))
}

fn run(command: &mut Command) {
    let done = command.output().expect("setpriv is part of util-linux");
    assert!(
        done.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("no port is free");
    listener.local_addr().expect("an address").port()
}
