//! What is wrong with a configuration is said in one sentence: the key, where it was read, what is allowed. Exit code 2.

use std::fs;

use crate::common::{output, refuses, usher};

struct Case {
    name: &'static str,
    file: &'static str,
    variables: &'static [(&'static str, &'static str)],
    flags: &'static [&'static str],
    words: &'static [&'static str],
}

const NOTHING: Case = Case {
    name: "",
    file: "",
    variables: &[],
    flags: &[],
    words: &[],
};

const CASES: &[Case] = &[
    Case {
        name: "an unknown key in the file, nearly right",
        file: "[sumsub]\napp_tokn = \"x\"",
        words: &["sumsub.app_tokn", "usher.toml", "sumsub.app_token"],
        ..NOTHING
    },
    Case {
        name: "an unknown key in the file, far from any",
        file: "[admin]\ncolour = \"red\"",
        words: &["admin.colour", "usher.toml", "listen, url"],
        ..NOTHING
    },
    Case {
        name: "an unknown section",
        file: "[sumsubb.x]\ny = 1",
        words: &["sumsubb", "usher.toml", "usher config"],
        ..NOTHING
    },
    Case {
        name: "a value where a section belongs",
        file: "admin = 5",
        words: &["admin", "usher.toml", "section", "[admin]"],
        ..NOTHING
    },
    Case {
        name: "no TOML",
        file: "[admin]\nlisten = ",
        words: &["usher.toml", "not TOML", "line 2"],
        ..NOTHING
    },
    Case {
        name: "an unknown variable",
        variables: &[("USHER_SUMSUB__APP_TOKEM", "x")],
        words: &["USHER_SUMSUB__APP_TOKEM", "USHER_SUMSUB__APP_TOKEN"],
        ..NOTHING
    },
    Case {
        name: "a variable that ends in _FILE for what is no secret",
        variables: &[("USHER_LOG__LEVEL_FILE", "/dev/null")],
        words: &["USHER_LOG__LEVEL_FILE", "no key"],
        ..NOTHING
    },
    Case {
        name: "an unknown key in a flag",
        flags: &["--set", "log.levle=info"],
        words: &["log.levle", "the flag --set", "log.level"],
        ..NOTHING
    },
    Case {
        name: "an applicant's page with another name for the id",
        file: "[sumsub]\ndashboard_url = \"https://bank.example/{applicantId}\"",
        words: &["sumsub.dashboard_url", "usher.toml", "{id}"],
        ..NOTHING
    },
    Case {
        name: "an applicant's page that is no address",
        variables: &[("USHER_SUMSUB__DASHBOARD_URL", "checkus#/applicant/{id}")],
        words: &["USHER_SUMSUB__DASHBOARD_URL", "http or https URL", "{id}"],
        ..NOTHING
    },
    Case {
        name: "a bad address in the file",
        file: "[admin]\nlisten = \"7600\"",
        words: &["admin.listen = \"7600\"", "usher.toml", "127.0.0.1:7600"],
        ..NOTHING
    },
    Case {
        name: "a bad address in a variable",
        variables: &[("USHER_OPS__LISTEN", "localhost")],
        words: &[
            "ops.listen = \"localhost\"",
            "environment variable USHER_OPS__LISTEN",
            "IP address with a port",
        ],
        ..NOTHING
    },
    Case {
        name: "a bad word",
        variables: &[("USHER_LOG__FORMAT", "yaml")],
        words: &["log.format = \"yaml\"", "USHER_LOG__FORMAT", "text or json"],
        ..NOTHING
    },
    Case {
        name: "a bad level",
        flags: &["--set", "log.level=inof"],
        words: &["log.level = \"inof\"", "the flag --set", "debug"],
        ..NOTHING
    },
    Case {
        name: "a bad duration",
        file: "[sumsub]\nlink_ttl = \"a week\"",
        words: &["sumsub.link_ttl = \"a week\"", "usher.toml", "7d"],
        ..NOTHING
    },
    Case {
        name: "a duration of nothing",
        file: "[sumsub]\nlink_ttl = \"0s\"",
        words: &["sumsub.link_ttl = \"0s\"", "7d"],
        ..NOTHING
    },
    Case {
        name: "a switch that is no switch",
        variables: &[("USHER_SUMSUB__ALLOW_SHA1", "yes")],
        words: &[
            "sumsub.allow_sha1 = \"yes\"",
            "USHER_SUMSUB__ALLOW_SHA1",
            "true or false",
        ],
        ..NOTHING
    },
    Case {
        name: "a switch that is text in the file",
        file: "[sumsub]\nallow_sandbox = \"true\"",
        words: &[
            "sumsub.allow_sandbox = \"true\"",
            "usher.toml",
            "true or false",
        ],
        ..NOTHING
    },
    Case {
        name: "a port out of range",
        variables: &[("USHER_SMTP__PORT", "70000")],
        words: &["smtp.port = 70000", "USHER_SMTP__PORT", "1 to 65535"],
        ..NOTHING
    },
    Case {
        name: "no connections at all",
        file: "[database]\nmax_connections = 0",
        words: &["database.max_connections = 0", "usher.toml", "from 10 up"],
        ..NOTHING
    },
    Case {
        name: "a bad URL",
        file: "[public]\nurl = \"ftp://bank.example\"",
        words: &[
            "public.url = \"ftp://bank.example\"",
            "usher.toml",
            "http or https",
        ],
        ..NOTHING
    },
    Case {
        name: "a panel below a path",
        file: "[admin]\nurl = \"https://bank.example/usher/\"",
        words: &[
            "admin.url = \"https://bank.example/usher/\"",
            "usher.toml",
            "without a path",
            "host name of its own",
        ],
        ..NOTHING
    },
    Case {
        name: "a URL with a password, which isn't shown",
        variables: &[("USHER_SUMSUB__BASE_URL", "https://me:secret@api.sumsub.com")],
        words: &["sumsub.base_url = \"https://…@api.sumsub.com\"", "password"],
        ..NOTHING
    },
    Case {
        name: "a proxy that is none",
        variables: &[("USHER_TRUSTED_PROXIES", "10.0.0.0/8,proxy.local")],
        words: &[
            "trusted_proxies",
            "proxy.local",
            "USHER_TRUSTED_PROXIES",
            "10.0.0.0/8",
        ],
        ..NOTHING
    },
    Case {
        name: "an empty secret",
        variables: &[("USHER_SUMSUB__SECRET_KEY", "")],
        words: &[
            "sumsub.secret_key",
            "USHER_SUMSUB__SECRET_KEY",
            "not allowed",
        ],
        ..NOTHING
    },
    Case {
        name: "a number where a secret belongs",
        file: "[sumsub]\nsecret_key = 7777777",
        words: &["sumsub.secret_key", "usher.toml", "not allowed"],
        ..NOTHING
    },
    Case {
        name: "a secret's file that isn't there",
        variables: &[("USHER_SUMSUB__SECRET_KEY_FILE", "/nowhere/key")],
        words: &[
            "sumsub.secret_key",
            "/nowhere/key",
            "USHER_SUMSUB__SECRET_KEY_FILE",
        ],
        ..NOTHING
    },
    Case {
        name: "a secret given twice",
        variables: &[
            ("USHER_SUMSUB__SECRET_KEY", "x"),
            ("USHER_SUMSUB__SECRET_KEY_FILE", "/dev/null"),
        ],
        words: &[
            "sumsub.secret_key",
            "twice",
            "USHER_SUMSUB__SECRET_KEY_FILE",
        ],
        ..NOTHING
    },
    Case {
        name: "a database URL of another database",
        variables: &[(
            "USHER_DATABASE__URL",
            "mysql://root:hunter2@localhost/usher",
        )],
        words: &["database.url", "USHER_DATABASE__URL", "postgres://"],
        ..NOTHING
    },
    Case {
        name: "a missing secret",
        words: &[
            "database.url is missing",
            "USHER_DATABASE__URL",
            "USHER_DATABASE__URL_FILE",
            "postgres://",
        ],
        ..NOTHING
    },
];

#[test]
fn each_error_names_the_key_its_place_and_what_is_allowed() {
    for case in CASES {
        let folder = tempfile::tempdir().unwrap();
        let mut command = usher(&["migrate"]);
        command
            .current_dir(&folder)
            .args(case.flags)
            .envs(case.variables.iter().copied());
        if !case.file.is_empty() {
            fs::write(folder.path().join("usher.toml"), case.file).unwrap();
        }
        println!("{}", case.name);
        refuses(&mut command, 2, case.words);
    }
}

#[test]
fn a_url_that_could_not_work_is_refused_by_every_command() {
    const DOORS: [&str; 2] = ["USHER_ADMIN__URL", "USHER_PUBLIC__URL"];
    const OTHERS: [&str; 2] = ["USHER_SUMSUB__BASE_URL", "USHER_IDENTITY__KEYCLOAK__URL"];
    let bad = [
        "bank.example",
        "//bank.example",
        "ftp://bank.example",
        "javascript://bank.example",
        "https://",
        "https:///usher",
        "https:bank.example",
        "https:/bank.example",
        "https:\\\\bank.example",
        "https://bank .example",
        " https://bank.example",
        "https://bank.example:99999",
        "https://bank.example?a=b",
        "https://bank.example/?",
        "https://bank.example/#top",
        "https://me@bank.example",
        "https://me:secret@bank.example",
        "https://@bank.example",
    ];
    let paths = [
        "https://bank.example/usher/",
        "https://bank.example/usher",
        "https://bank.example//",
        "https://bank.example/a/b",
    ];
    let said = |command: &str, variable: &str, url: &str| {
        let folder = tempfile::tempdir().unwrap();
        output(usher(&[command]).current_dir(&folder).env(variable, url))
    };
    let refused = |command: &str, variable: &str, url: &str| {
        let (code, stdout, stderr) = said(command, variable, url);
        // The doctor says all that it finds, on its own page.
        let (due, stderr) = match command {
            "doctor" => (1, stdout + &stderr),
            _ => (2, stderr),
        };
        assert_eq!(code, due, "{command} {variable}={url}: {stderr}");
        assert!(
            stderr.contains(variable),
            "{command} {variable}={url}: {stderr}"
        );
        assert!(!stderr.contains("secret@"), "{stderr}");
    };
    for url in bad {
        for variable in DOORS.iter().chain(&OTHERS) {
            refused("doctor", variable, url);
        }
    }
    for url in paths {
        for variable in DOORS {
            for command in ["serve", "worker", "doctor", "migrate", "dev"] {
                refused(command, variable, url);
            }
        }
        for variable in OTHERS {
            let (_, stdout, stderr) = said("doctor", variable, url);
            assert!(
                stdout.contains("ok      configuration can be read"),
                "{url}: {stderr}"
            );
        }
    }
    for url in [
        "https://bank.example",
        "https://bank.example/",
        "HTTPS://Bank.Example:8443",
        "http://127.0.0.1:7600/",
        "http://[::1]:7600",
    ] {
        for variable in DOORS {
            let (_, stdout, stderr) = said("doctor", variable, url);
            assert!(
                stdout.contains("ok      configuration can be read"),
                "{url}: {stderr}"
            );
        }
    }
    for (flag, url) in [
        ("--keycloak-url", "ldap://login.bank.example"),
        ("--keycloak-url", "https://me:secret@login.bank.example"),
        ("--smtp-url", "smtp://me:secret@127.0.0.1:25"),
        ("--smtp-url", "smtp://127.0.0.1:25/inbox"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (code, _, stderr) = output(usher(&["dev", flag, url]).current_dir(&folder));
        assert_eq!((code, stderr.contains(flag)), (2, true), "{url}: {stderr}");
    }
}

#[test]
fn a_secret_is_never_shown() {
    let shown = |variables: &[(&str, &str)]| {
        let folder = tempfile::tempdir().unwrap();
        let (code, stdout, stderr) = output(
            usher(&["migrate"])
                .current_dir(&folder)
                .envs(variables.iter().copied()),
        );
        assert_ne!(code, 0);
        format!("{stdout}{stderr}")
    };
    for variables in [
        [(
            "USHER_DATABASE__URL",
            "mysql://root:hunter2@localhost/usher",
        )],
        [(
            "USHER_DATABASE__URL",
            "postgres://root:hunter2@127.0.0.1:1/usher",
        )],
        [("USHER_SUMSUB__WEBHOOK_SECRETS", "hunter2")],
    ] {
        let said = shown(&variables);
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_named_file_that_is_missing_is_said() {
    refuses(
        &mut usher(&["migrate", "--config", "/nowhere/usher.toml"]),
        2,
        &["/nowhere/usher.toml", "--config"],
    );
}

#[test]
fn flags_go_before_variables_before_the_file_before_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let bad = |place: &str| format!("not-a-duration-{place}");
    fs::write(
        folder.path().join("usher.toml"),
        format!("[sumsub]\nlink_ttl = \"{}\"", bad("file")),
    )
    .unwrap();
    let command = || {
        let mut command = usher(&["migrate"]);
        command.current_dir(&folder);
        command
    };
    refuses(&mut command(), 2, &[&bad("file"), "usher.toml"]);
    let variable = ("USHER_SUMSUB__LINK_TTL", bad("variable"));
    refuses(
        command().env(variable.0, &variable.1),
        2,
        &[&bad("variable"), "USHER_SUMSUB__LINK_TTL"],
    );
    let flag = format!("sumsub.link_ttl={}", bad("flag"));
    refuses(
        command()
            .env(variable.0, &variable.1)
            .args(["--set", &flag]),
        2,
        &[&bad("flag"), "the flag --set"],
    );
}

#[test]
fn a_secret_file_loses_its_last_line_break_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("url");
    fs::write(&file, "postgres://nobody:x@127.0.0.1:1/usher\n").unwrap();
    let (code, _, stderr) = output(
        usher(&["migrate"])
            .current_dir(&folder)
            .env("USHER_DATABASE__URL_FILE", &file),
    );
    assert_eq!(
        code, 1,
        "the URL is read, only nobody answers there: {stderr}"
    );
    assert!(stderr.contains("127.0.0.1:1"), "{stderr}");
}

#[test]
fn the_reference_and_the_version_are_printed() {
    let (code, stdout, _) = output(&mut usher(&["config"]));
    assert_eq!(code, 0);
    for words in [
        "[sumsub]",
        "USHER_SUMSUB__APP_TOKEN_FILE",
        "USHER_TRUSTED_PROXIES",
        "\"127.0.0.1:7600\"",
    ] {
        assert!(stdout.contains(words), "{words}");
    }
    let (code, stdout, _) = output(&mut usher(&["--version"]));
    assert_eq!(
        (code, stdout.trim()),
        (0, concat!("usher ", env!("CARGO_PKG_VERSION")))
    );
    assert_eq!(output(&mut usher(&["no-such-command"])).0, 2);
}
