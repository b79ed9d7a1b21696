//! A real PgBouncer in transaction mode before a database.

use std::{
    fs,
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::postgres::{folder, free_port, program};

const START_AT_MOST: Duration = Duration::from_secs(60);

/// It runs until it is dropped.
pub struct Pooler {
    port: u16,
    folder: PathBuf,
    child: Child,
}

impl Pooler {
    /// Starts one before this database, with these lines in its configuration.
    ///
    /// # Panics
    /// When it isn't installed (`scripts/setup-test.sh` does it), or doesn't start.
    #[must_use]
    pub fn before(database_url: &str, settings: &str) -> Self {
        let (_, place) = database_url.split_once('@').expect("the URL names a role");
        let (address, _) = place.split_once('/').expect("the URL names a database");
        let (host, to) = address.split_once(':').expect("the URL names a port");
        let (folder, port) = (folder(), free_port());
        let (users, config) = (folder.join("users"), folder.join("pgbouncer.ini"));
        fs::write(&users, "\"usher\" \"\"\n\"usher_app\" \"\"\n").expect("a file");
        let text = format!(
            "[databases]\n* = host={host} port={to}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             pool_mode = transaction\nauth_type = trust\nauth_file = {}\n{settings}\n",
            users.display()
        );
        fs::write(&config, text).expect("a file");
        let log = fs::File::create(folder.join("log")).expect("a file");
        let child = program("pgbouncer")
            .arg(config)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("setpriv is part of util-linux");
        let pooler = Self {
            port,
            folder,
            child,
        };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = || fs::read_to_string(pooler.folder.join("log")).unwrap_or_default();
            assert!(begun.elapsed() < START_AT_MOST, "no PgBouncer: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        pooler
    }

    /// The same database by way of it.
    ///
    /// # Panics
    /// When the URL names no role.
    #[must_use]
    pub fn url(&self, database_url: &str) -> String {
        let (role, place) = database_url.split_once('@').expect("the URL names a role");
        let (_, name) = place.split_once('/').expect("the URL names a database");
        format!("{role}@127.0.0.1:{}/{name}", self.port)
    }

    /// Whether this version can keep prepared statements for its clients (1.21 or newer).
    ///
    /// # Panics
    /// When it isn't installed.
    #[must_use]
    pub fn keeps_statements() -> bool {
        let output = Command::new("pgbouncer").arg("--version").output();
        let output = output.expect("pgbouncer is missing: run scripts/setup-test.sh");
        let words = String::from_utf8_lossy(&output.stdout);
        let version = words.split_whitespace().nth(1).unwrap_or_default();
        let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (1, 21)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
