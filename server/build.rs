//! A new migration changes the program, though no source file does.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
