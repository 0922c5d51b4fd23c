//! Makes the bytecode that goes along with the program: a tool of the build,
//! with the same engine as the base (`tools/compile.ts` runs it).
//!
//! `sockwarden-bytecode SOURCE CARRIED FILE`: CARRIED is the source that the
//! binary carries, which the header of FILE names.

use std::process::exit;

use sockwarden_base::{bytecode, engine, runtime};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [source, carried, file] = arguments.as_slice() else {
        fail("usage: sockwarden-bytecode SOURCE CARRIED FILE");
    };
    let [text, carried] = [source, carried].map(|path| {
        std::fs::read_to_string(path)
            .unwrap_or_else(|error| fail(&format!("cannot read {path}: {error}")))
    });
    if let Err(reason) = engine::begin(&[], 4 * 1024 * 1024) {
        fail(&format!("cannot start the engine: {reason}"));
    }
    let code = engine::program::compile(runtime::MAIN, &text)
        .unwrap_or_else(|engine::Thrown| engine::failed());
    if let Err(error) = std::fs::write(file, bytecode::write(&carried, &code)) {
        fail(&format!("cannot write {file}: {error}"));
    }
}

fn fail(text: &str) -> ! {
    eprintln!("error: {text}");
    exit(1)
}
