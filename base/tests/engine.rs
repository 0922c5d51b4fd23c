//! The engine's own tests, as its release brings them (MIT; `deno task base
//! --test` lays them out, nothing of them stands here), on the engine that we
//! build: with our compiler's flags, our patches, musl and our allocator.

use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::process::Command;

use sockwarden_base::engine::{self, Function, Value, promises};

/// Names the one file that a process of these tests runs.
const FILE: &str = "SOCKWARDEN_ENGINE_TEST";

/// What does not fit, by the beginning of its name, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("assert.js", "is what the others import"),
    ("fixture_", "is what another imports"),
    ("empty.js", "is empty"),
    ("microbench.js", "measures"),
    ("bug1661.js", "leaves a rejection unhandled, which ends our process"),
];

/// Whether a line imports what the test gets in another way: the functions of
/// `assert.js`, and `gc()`, where nothing else of the module `std` is used.
fn is_given(line: &str, source: &str) -> bool {
    let only_gc = || source.matches("std.").count() == source.matches("std.gc(").count();
    line.contains("from \"./assert.js\"") || (line.contains("from \"qjs:std\"") && only_gc())
}

/// Whether it imports what is not there: the modules of the engine's command
/// line (`quickjs-libc.c`, which we do not build), or a file: the base has no
/// loader.
fn imports(source: &str) -> bool {
    let mut own = source.lines().filter(|line| !is_given(line, source));
    own.any(|line| ["qjs:", "\"./", "'./"].iter().any(|start| line.contains(start)))
}

/// The error that a file must end with, as its head says.
fn expected_error(source: &str) -> Option<&str> {
    let (head, _) = source.strip_prefix("/*---")?.split_once("---*/")?;
    let (_, negative) = head.split_once("negative:")?;
    negative.lines().find_map(|line| line.trim().strip_prefix("type: "))
}

const FUNCTIONS: &[Function] = &[
    Function { name: c"print", run: |_| Ok(Value::undefined()) },
    Function {
        name: c"gc",
        run: |_| {
            engine::memory::collect();
            Ok(Value::undefined())
        },
    },
];

/// Runs one file to its end; the process ends with 1 where it fails.
fn run(path: &Path) {
    engine::begin(FUNCTIONS, 1024 * 1024).expect("an engine");
    let functions = engine::functions().expect("functions");
    for function in FUNCTIONS {
        let made = functions.get(function.name).expect("a function");
        Value::global().set(function.name, made).expect("set");
    }
    let std = Value::object().expect("an object");
    std.set(c"gc", functions.get(c"gc").expect("a function")).expect("set");
    Value::global().set(c"std", std).expect("set");
    let name = path.file_name().expect("a name").to_str().expect("UTF-8");
    let file = CString::new(name).expect("no NUL");
    let mut source = std::fs::read_to_string(path).expect("a source");
    let is_module = source.lines().any(|line| {
        line.starts_with("import ") || line.starts_with("import{") || line.starts_with("export ")
    });
    let given: Vec<&str> =
        source.lines().map(|line| if is_given(line, &source) { "" } else { line }).collect();
    if is_module {
        let assert = std::fs::read_to_string(path.with_file_name("assert.js")).expect("assert.js");
        // Its functions are hoisted, so that no line of the file moves.
        source = given.join("\n") + "\n" + &assert.replace("export function", "function");
    }
    let outcome = if is_module {
        engine::program::module(&file, &source)
    } else {
        let source = CString::new(source).expect("no NUL");
        engine::program::script(&file, &source)
    };
    let ended = outcome.unwrap_or_else(|engine::Thrown| engine::failed());
    engine::jobs();
    assert!(!is_module || !promises::is_pending(&ended), "it never ends");
}

/// This program once more: in the emulator that runs it, where there is one.
fn itself() -> Command {
    let path = std::env::current_exe().expect("a path");
    match std::env::var("SOCKWARDEN_EMULATOR") {
        Ok(emulator) => {
            let mut command = Command::new(emulator);
            command.arg(path);
            command
        }
        Err(_) => Command::new(path),
    }
}

#[test]
fn one_file() {
    if let Ok(path) = std::env::var(FILE) {
        run(Path::new(&path));
    }
}

#[test]
fn the_engines_own_tests_pass() {
    let folder = Path::new("target/engine-tests");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("deno task base --test lays them out")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "js"))
        .collect();
    files.sort();
    let (mut passed, mut left_out, mut failed) = (0, Vec::new(), Vec::new());
    for path in files {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let source = std::fs::read_to_string(&path).expect("a source");
        if imports(&source) || LEFT_OUT.iter().any(|(start, _)| name.starts_with(start)) {
            left_out.push(name);
            continue;
        }
        let ended = itself()
            .args(["--exact", "one_file", "--nocapture"])
            .env(FILE, &path)
            .output()
            .expect("runs");
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        let is_right = match expected_error(&source) {
            Some(error) => ended.status.code() == Some(1) && said.contains(error),
            None => ended.status.success(),
        };
        if is_right {
            passed += 1;
        } else {
            failed.push(format!("{name}: {}", said.lines().take(4).collect::<Vec<_>>().join(" | ")));
        }
    }
    println!("{passed} passed; left out: {}", left_out.join(" "));
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(passed > 70, "only {passed} were run");
}
