//! `sqlx::migrate!` reads the folder of migrations at compile time; cargo must know when a file is added.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
