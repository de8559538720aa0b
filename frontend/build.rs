//! Keeps the relocations in the module. The tool that splits it needs to know which function uses which.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-link-arg-cdylib=--emit-relocs");
}
