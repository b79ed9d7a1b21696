//! One wrong configuration, and what has to be said.

use std::{
    ffi::{OsStr, OsString},
    fs,
    path::Path,
    process::Command,
    time::Duration,
};

use crate::common::{output, real::good, usher, wait};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No server starts: exit code 2.
    Wrong,
    /// No server starts: exit code 1.
    NotReady,
    /// The doctor fails, a server starts.
    Trouble,
    /// The doctor says it, and is content.
    Warning,
    /// Nothing of it is said.
    Fine,
}

pub struct Case {
    pub name: &'static str,
    pub verdict: Verdict,
    words: Vec<String>,
    variables: Vec<(&'static str, Option<OsString>)>,
    file: Option<Vec<u8>>,
    flags: Vec<String>,
}

fn case(verdict: Verdict, name: &'static str, words: &[&str]) -> Case {
    Case {
        name,
        verdict,
        words: words.iter().map(|&word| word.to_owned()).collect(),
        variables: Vec::new(),
        file: None,
        flags: Vec::new(),
    }
}

pub fn wrong(name: &'static str, words: &[&str]) -> Case {
    case(Verdict::Wrong, name, words)
}

pub fn not_ready(name: &'static str, words: &[&str]) -> Case {
    case(Verdict::NotReady, name, words)
}

pub fn trouble(name: &'static str, words: &[&str]) -> Case {
    case(Verdict::Trouble, name, words)
}

pub fn warning(name: &'static str, words: &[&str]) -> Case {
    case(Verdict::Warning, name, words)
}

/// None of the words may be said.
pub fn fine(name: &'static str, words: &[&str]) -> Case {
    case(Verdict::Fine, name, words)
}

impl Case {
    pub fn set(mut self, name: &'static str, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name, Some(value.as_ref().to_owned())));
        self
    }

    pub fn unset(mut self, name: &'static str) -> Self {
        self.variables.push((name, None));
        self
    }

    /// What stands in `usher.toml`.
    pub fn file(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.file = Some(text.into());
        self
    }

    pub fn flags(mut self, flags: &[&str]) -> Self {
        self.flags = flags.iter().map(|&flag| flag.to_owned()).collect();
        self
    }

    fn command(&self, command: &str, database: &str, folder: &Path) -> Command {
        let config = folder.join("usher.toml");
        let _ = fs::remove_file(&config);
        if let Some(text) = &self.file {
            fs::write(&config, text).unwrap();
        }
        let mut command = usher(&[command]);
        command
            .args(&self.flags)
            .current_dir(folder)
            .envs(good())
            .env("USHER_DATABASE__URL", database);
        for (name, value) in &self.variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    fn is_said_by(&self, line: &str) -> bool {
        self.words.iter().all(|word| line.contains(word.as_str()))
    }

    /// What is wrong with what is said of it; empty when all is said.
    pub fn look(&self, database: &str, folder: &Path) -> Vec<String> {
        let mut missing = Vec::new();
        let (code, stdout, stderr) = output(&mut self.command("doctor", database, folder));
        let mark = match self.verdict {
            Verdict::Warning => "WARNING",
            _ => "FAILED",
        };
        let said = stdout
            .lines()
            .any(|line| line.starts_with(mark) && self.is_said_by(line));
        let content = matches!(self.verdict, Verdict::Warning | Verdict::Fine);
        if said == (self.verdict == Verdict::Fine) || (code == 0) != content {
            missing.push(format!(
                "{}: doctor ends with {code} and says\n{stdout}{stderr}",
                self.name
            ));
        }
        let refused = match self.verdict {
            Verdict::Wrong => 2,
            Verdict::NotReady => 1,
            _ => return missing,
        };
        let (code, stderr) = ended(&mut self.command("serve", database, folder), folder);
        let said = stderr
            .lines()
            .any(|line| line.starts_with("usher: ") && self.is_said_by(line));
        if !said || code != refused {
            missing.push(format!(
                "{}: serve ends with {code} and says\n{stderr}",
                self.name
            ));
        }
        missing
    }
}

/// A server that should not have started is ended.
fn ended(command: &mut Command, folder: &Path) -> (i32, String) {
    let said = folder.join("said");
    let mut child = command
        .stderr(fs::File::create(&said).unwrap())
        .spawn()
        .unwrap();
    let code = wait(&mut child, Duration::from_secs(60));
    if code.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    (code.unwrap_or(-1), fs::read_to_string(said).unwrap())
}

/// Looks at each case, and tells of all that aren't named.
pub fn all_are_named(cases: &[Case], database: &str) {
    let folder = tempfile::tempdir().unwrap();
    let missing: Vec<String> = cases
        .iter()
        .flat_map(|case| case.look(database, folder.path()))
        .collect();
    assert!(
        missing.is_empty(),
        "{} of {} are not named:\n{}",
        missing.len(),
        cases.len(),
        missing.join("\n")
    );
}
