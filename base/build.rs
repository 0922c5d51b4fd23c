//! Compiles the engine's C sources, which `deno task base` has laid out under
//! `target/engine` (`docs/base.md`).

use std::hash::{DefaultHasher, Hasher};

fn main() {
    println!("cargo:rerun-if-changed=target/engine");
    let engine = std::path::Path::new("target/engine");
    assert!(
        engine.join("quickjs.c").exists(),
        "Cannot find the engine's sources in base/target/engine: run `deno task base`, which puts them there"
    );
    println!("cargo:rustc-env=SOCKWARDEN_ENGINE={:016x}", hash(engine));
    // Level 3 is larger and no faster; level s is a fifth slower. The others are
    // not what a request passes through.
    compile(engine, "quickjs", &["quickjs.c"], "2");
    compile(engine, "quickjs_rest", &["libregexp.c", "libunicode.c", "dtoa.c"], "s");
}

fn compile(engine: &std::path::Path, library: &str, files: &[&str], level: &str) {
    cc::Build::new()
        .files(files.iter().map(|file| engine.join(file)))
        .define("_GNU_SOURCE", None)
        .opt_level_str(level)
        // The engine's own Makefile sets it.
        .flag("-funsigned-char")
        // Nothing unwinds through C, and each part that is not called is left out.
        .flag("-fno-asynchronous-unwind-tables")
        .flag("-fno-unwind-tables")
        .flag("-ffunction-sections")
        .flag("-fdata-sections")
        // A quarter of a megabyte less, for some 4 % more instructions a request.
        .flag("-fno-align-functions")
        .flag("-fno-align-loops")
        .flag("-fno-align-jumps")
        .flag("-fno-align-labels")
        .flag("--param=inline-unit-growth=4")
        .warnings(false)
        .compile(library);
}

/// Which engine this is: all of its sources. Bytecode of another is not taken.
fn hash(engine: &std::path::Path) -> u64 {
    let mut files: Vec<_> = std::fs::read_dir(engine)
        .expect("the engine's folder can be read")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        hasher.write(file.file_name().expect("a name").as_encoded_bytes());
        hasher.write(&std::fs::read(&file).expect("a source can be read"));
    }
    hasher.finish()
}
