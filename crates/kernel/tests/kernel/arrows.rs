use std::{collections::BTreeSet, fs, path::Path};

/// The domains, and the other domains that each may use. A new domain needs the kernel alone; an arrow more is a decision.
const DOMAINS: [(&str, &[&str]); 5] = [
    // Who may do what, and the audit log that every domain writes to.
    ("access", &[]),
    ("customer", &["access"]),
    // Whose the account is, and how the customer stands, under the row lock.
    ("deposit", &["access", "customer"]),
    // Who may be considered.
    ("credit", &["access", "customer"]),
    // For whom the steps are.
    ("provisioning", &["access", "customer"]),
];

/// What these crates of ours depend on, tests aside.
fn dependencies(name: &str) -> BTreeSet<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let manifest = fs::read_to_string(crates.join(name).join("Cargo.toml")).unwrap();
    let (_, after) = manifest.split_once("\n[dependencies]\n").unwrap();
    after
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| crates.join(name).join("Cargo.toml").exists() && !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_domain_uses_no_other_than_it_may() {
    for (domain, allowed) in DOMAINS {
        let uses = dependencies(domain);
        for (other, _) in DOMAINS {
            assert!(
                !uses.contains(other) || allowed.contains(&other),
                "{domain} uses {other}: put what both need into the kernel, or allow it here and say why"
            );
        }
        for other in allowed {
            assert!(uses.contains(*other), "{domain} uses {other} no more");
        }
    }
}

#[test]
fn the_kernel_and_the_ports_know_no_domain() {
    for below in [
        "kernel",
        "sumsub",
        "mail",
        "outbox",
        "claim-loop",
        "clock",
        "vitals",
    ] {
        let uses = dependencies(below);
        for (domain, _) in DOMAINS {
            assert!(!uses.contains(domain), "{below} uses {domain}");
        }
    }
}

#[test]
fn no_domain_knows_its_doors() {
    for (domain, _) in DOMAINS {
        let uses = dependencies(domain);
        for door in ["web", "graphql", "usher"] {
            assert!(!uses.contains(door), "{domain} uses {door}");
        }
    }
}
