//! The migrations are compiled in: a new one makes the crate old.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
