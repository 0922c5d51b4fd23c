//! Makes the bytecode that goes along with the program: a tool of the build,
//! with the same engine as the base (`tools/compile.ts` runs it).
//!
//! `sockwarden-bytecode SOURCE FILE`

use std::process::exit;

use sockwarden_base::{bytecode, engine, runtime};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [source, file] = arguments.as_slice() else {
        fail("usage: sockwarden-bytecode SOURCE FILE");
    };
    let text = std::fs::read_to_string(source)
        .unwrap_or_else(|error| fail(&format!("cannot read {source}: {error}")));
    if let Err(reason) = engine::begin(&[], 4 * 1024 * 1024) {
        fail(&format!("cannot start the engine: {reason}"));
    }
    let code = engine::program::compile(runtime::MAIN, &text)
        .unwrap_or_else(|engine::Thrown| engine::failed());
    if let Err(error) = std::fs::write(file, bytecode::write(&text, &code)) {
        fail(&format!("cannot write {file}: {error}"));
    }
}

fn fail(text: &str) -> ! {
    eprintln!("error: {text}");
    exit(1)
}
