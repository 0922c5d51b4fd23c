//! Makes the bytecode of the program: a tool of the build, with the same engine as
//! the base (`tools/compile.ts` runs it).
//!
//! `sockwarden-bytecode FOLDER CARRIED FILE`: FOLDER holds the program's modules,
//! which import each other as `./NAME`, `main.js` first; CARRIED is the source
//! that the binary carries, which the header of FILE names.

use std::collections::BTreeMap;
use std::process::exit;

use sockwarden_base::engine::program::{self, Text};
use sockwarden_base::{bytecode, engine, runtime};

/// The module that the program begins with.
const FIRST: &str = "./main.js";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, carried, file] = arguments.as_slice() else {
        fail("usage: sockwarden-bytecode FOLDER CARRIED FILE");
    };
    let sources = modules(folder);
    if let Err(reason) = engine::begin(&[], 4 * 1024 * 1024) {
        fail(&format!("cannot start the engine: {reason}"));
    }
    let known = sources.clone();
    // SAFETY: it gives sources only.
    unsafe {
        program::find_by(Box::new(move |name| Some(Ok(Text::Source(known.get(name)?.clone())))));
    }
    let first = runtime::MAIN.to_str().expect("a text");
    let made: Vec<(&str, Vec<u8>)> = sources
        .iter()
        .map(|(name, source)| {
            let name = if name == FIRST { first } else { name };
            let code = program::compile(name, source)
                .unwrap_or_else(|engine::Thrown| engine::failed());
            (name, code)
        })
        .collect();
    let written = bytecode::write(&text(carried), &made);
    if let Err(error) = std::fs::write(file, written) {
        fail(&format!("cannot write {file}: {error}"));
    }
}

/// The sources in a folder, by the names that others import them by.
fn modules(folder: &str) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder)
        .unwrap_or_else(|error| fail(&format!("cannot read {folder}: {error}")));
    entries
        .map(|entry| {
            let entry = entry.unwrap_or_else(|error| fail(&format!("cannot read {folder}: {error}")));
            let name = entry.file_name().to_string_lossy().into_owned();
            (format!("./{name}"), text(&entry.path().to_string_lossy()))
        })
        .collect()
}

fn text(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| fail(&format!("cannot read {path}: {error}")))
}

fn fail(text: &str) -> ! {
    eprintln!("error: {text}");
    exit(1)
}
