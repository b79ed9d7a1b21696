//! The files of the repository.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What is made here and not written, and what others put here. Of the hidden folders only CI's is ours.
fn is_left_out(name: &str) -> bool {
    ["target", "node_modules"].contains(&name) || name.starts_with('.') && name != ".ci"
}

/// A text file of the repository.
pub struct Source {
    /// From the repository's root, with `/`.
    pub path: String,
    /// All of it.
    pub text: String,
}

impl Source {
    /// What people read in it, line by line, counted from 1: all of a document, the comments of a program.
    pub fn prose(&self) -> impl Iterator<Item = (usize, &str)> {
        let marks: &[&str] = match self.path.rsplit('.').next() {
            Some("md") => &[""],
            Some("rs") => &["//"],
            Some("sql") => &["--"],
            Some("html") => &["{#", "<!--"],
            _ => &["#"],
        };
        let inside = |line: &str| marks.iter().any(|mark| line.trim_start().starts_with(mark));
        (1..)
            .zip(self.text.lines())
            .filter(move |(_, line)| inside(line))
    }
}

/// All text files below the root, and the paths of all files.
pub fn repository() -> (Vec<Source>, Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = fs::canonicalize(root).unwrap();
    let (mut sources, mut paths) = (Vec::new(), Vec::new());
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if is_left_out(&name) {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let path = from_root(&root, &entry.path());
            if is_text(&name) {
                let text = fs::read_to_string(entry.path()).unwrap();
                sources.push(Source {
                    path: path.clone(),
                    text,
                });
            }
            paths.push(path);
        }
    }
    (sources, paths)
}

fn is_text(name: &str) -> bool {
    let known = ["rs", "md", "sql", "html", "toml", "sh", "css", "js", "py"];
    name == "Makefile"
        || name == "run"
        || known.iter().any(|end| name.ends_with(&format!(".{end}")))
}

fn from_root(root: &Path, path: &Path) -> String {
    let path: PathBuf = path.strip_prefix(root).unwrap().to_owned();
    path.to_str().unwrap().replace('\\', "/")
}
