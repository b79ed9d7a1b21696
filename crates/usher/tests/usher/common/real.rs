//! A server on a real configuration.

use std::{
    fs,
    process::{Child, Command},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{
    outside::{self, Smtp},
    usher, wait,
};

/// A configuration that `serve` takes, but for its database. Sumsub and the mail server answer.
pub fn good() -> Vec<(&'static str, String)> {
    let mut good = vec![
        ("USHER_SUMSUB__BASE_URL", outside::web("good")),
        ("USHER_SMTP__PORT", outside::smtp(Smtp::Good).to_string()),
    ];
    let more = [
        ("USHER_IDENTITY__PROVIDER", "built-in"),
        (
            "USHER_DATABASE__URL",
            "postgres://usher:secret@127.0.0.1:1/usher",
        ),
        ("USHER_ADMIN__URL", "https://panel.bank.example"),
        ("USHER_PUBLIC__URL", "https://bank.example"),
        ("USHER_ADMIN__LISTEN", "127.0.0.1:0"),
        ("USHER_PUBLIC__LISTEN", "127.0.0.1:0"),
        ("USHER_OPS__LISTEN", "127.0.0.1:0"),
        // Nobody sends requests who would have to notice first.
        ("USHER_SHUTDOWN__DELAY", "0s"),
        ("USHER_SUMSUB__APP_TOKEN", "prd:token"),
        ("USHER_SUMSUB__SECRET_KEY", "key"),
        ("USHER_SUMSUB__WEBHOOK_SECRETS", "one,two"),
        ("USHER_SMTP__HOST", "127.0.0.1"),
        ("USHER_SMTP__TLS", "none"),
        ("USHER_SMTP__FROM", "Bank <no-reply@bank.example>"),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    good.extend(more);
    good
}

/// The same database with the role that `usher migrate` makes for the server.
pub fn as_server(url: &str) -> String {
    let (_, place) = url.rsplit_once('@').unwrap();
    format!("postgres://{}@{place}", testkit::SERVER_ROLE)
}

pub fn serve(change: &[(&str, Option<&str>)]) -> Command {
    let mut command = usher(&["serve"]);
    command.current_dir("/").envs(good());
    for (name, value) in change {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// A running server, and where its three listeners are.
pub fn started(url: &str, name: &str) -> (Child, [String; 3]) {
    let command = serve(&[
        ("USHER_DATABASE__URL", Some(url)),
        ("USHER_LOG__FORMAT", Some("json")),
    ]);
    started_as(command, name)
}

/// The same, with a command of one's own, which logs as JSON.
pub fn started_as(mut command: Command, name: &str) -> (Child, [String; 3]) {
    let log = std::env::temp_dir().join(format!("usher-serve-{name}-{}.log", std::process::id()));
    let mut child = command
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    for _ in 0..600 {
        let text = fs::read_to_string(&log).unwrap();
        let serving = text
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .find(|line| line["message"] == "serving");
        if let Some(line) = serving {
            fs::remove_file(&log).unwrap();
            return (
                child,
                ["admin", "public", "ops"].map(|listener| {
                    line[listener]
                        .as_str()
                        .unwrap()
                        .trim_end_matches('/')
                        .to_owned()
                }),
            );
        }
        if let Some(status) = child.try_wait().unwrap() {
            panic!("usher serve ended with {status}:\n{text}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let _ = child.kill();
    panic!(
        "usher serve does not get ready: {}",
        fs::read_to_string(&log).unwrap()
    );
}

pub fn stop(child: &mut Child) -> Option<i32> {
    kill(
        Pid::from_raw(child.id().try_into().unwrap()),
        Signal::SIGTERM,
    )
    .unwrap();
    wait(child, Duration::from_secs(20))
}
