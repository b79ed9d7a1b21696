// `sqlx::migrate!` reads the folder at compile time; cargo must know when a file is added.
fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
