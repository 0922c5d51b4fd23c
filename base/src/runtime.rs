//! The runtime: made anew at each start, with the glue, to run one program.

use std::ffi::CStr;
use std::time::{Duration, Instant};

use deno_permissions::PermissionsContainer;

use crate::bytecode::Modules;
use crate::engine::{self, Thrown, Value, program, promises, turns};
use crate::{ops, state};

/// A script of the glue, by its name in stack traces.
macro_rules! glue {
    ($($name:literal,)*) => {
        &[$((
            text(concat!("ext:base/", $name, "\0")),
            text(concat!(include_str!(concat!("js/", $name)), "\0")),
        ),)*]
    };
}

const fn text(with_nul: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(with_nul.as_bytes()) {
        Ok(text) => text,
        Err(_) => panic!("a script holds a NUL"),
    }
}

/// The glue between the functions of the base and the names that the program
/// knows, in order. The last makes the names public.
const GLUE: &[(&CStr, &CStr)] = glue![
    "memory.js",
    "errors.js",
    "net.js",
    "system.js",
    "text.js",
    "web.js",
    "finish.js",
];

/// The first module's name, as it shows in stack traces.
pub const MAIN: &CStr = c"file:///sockwarden.js";

/// When what only the start needed is given back.
const START_LASTS: Duration = Duration::from_millis(500);

/// Runs a program to its end; returns the exit code.
pub fn run(
    permissions: PermissionsContainer,
    arguments: Vec<String>,
    source: &'static str,
    bytecode: Option<&'static [u8]>,
) -> i32 {
    state::begin(state::Run { permissions, arguments, started: Instant::now() });
    let tokio = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(64)
        .build()
    {
        Ok(tokio) => tokio,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return 1;
        }
    };
    let code = tokio.block_on(async {
        if let Err(reason) = engine::begin(ops::FUNCTIONS, stack_size()) {
            eprintln!("error: cannot start the engine: {reason}");
            return 1;
        }
        let main = start(source, bytecode).unwrap_or_else(|Thrown| engine::failed());
        tokio::spawn(async {
            tokio::time::sleep(START_LASTS).await;
            crate::sandbox::memory::give_back();
        });
        turns::run_to_the_end().await;
        if !promises::is_pending(&main) {
            return 0;
        }
        eprintln!("error: Top-level await promise never resolved");
        1
    });
    // Ending the process is quicker than taking the runtime apart, and a
    // thread may be held up by a blocked write.
    std::process::exit(code)
}

/// Runs the glue and begins the program; a promise of its end.
fn start(source: &str, bytecode: Option<&'static [u8]>) -> Result<Value, Thrown> {
    let namespace = Value::object()?;
    namespace.set(c"core", engine::functions()?)?;
    Value::global().set(c"Deno", namespace)?;
    for (name, source) in GLUE {
        program::script(name, source)?;
    }
    let fits = match bytecode {
        Some(file) => crate::bytecode::read(file, source),
        None => Err("there is none"),
    };
    match fits.and_then(|modules| first(&modules).map(|code| (modules, code))) {
        Ok((modules, code)) => {
            // SAFETY: the header says that this engine made it of this source.
            unsafe {
                program::find_by(Box::new(move |name| {
                    Some(modules.find(name)?.map(program::Text::Bytecode))
                }));
                program::compiled_module(code)
            }
        }
        Err(reason) => {
            NO_BYTECODE.set(Some(reason));
            program::module(MAIN, source)
        }
    }
}

/// The module that the program begins with.
fn first(modules: &Modules<'static>) -> Result<&'static [u8], &'static str> {
    let name = MAIN.to_str().map_err(|_| "its first module has no name")?;
    modules.find(name).ok_or("it has no first module")?
}

thread_local! {
    /// Why the program's bytecode was not taken, in words; none where it was.
    static NO_BYTECODE: std::cell::Cell<Option<&'static str>> = const { std::cell::Cell::new(None) };
}

/// Why the program was compiled from its source, in words; empty where its
/// bytecode was taken.
pub fn op_base_no_bytecode() -> &'static str {
    NO_BYTECODE.get().unwrap_or_default()
}

/// How much of the main thread's stack scripts may use, in bytes: never more
/// than half, so that what nests too deeply is an error and not the end.
fn stack_size() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: fills the one structure given.
    let known = unsafe { libc::getrlimit(libc::RLIMIT_STACK, &raw mut limit) } == 0;
    let kib = if known { (limit.rlim_cur / 2048).clamp(64, 6144) } else { 1024 };
    kib as usize * 1024
}

#[cfg(test)]
mod tests {
    use super::{GLUE, engine, program};

    /// `engine::Bytes` points into an array while scripts run: a new name here
    /// must be looked at, whether it takes or moves an array's memory.
    #[test]
    fn nothing_can_take_or_move_the_memory_of_an_array() {
        engine::begin(crate::ops::FUNCTIONS, 1024 * 1024).expect("an engine");
        let run = |source: &str| {
            let source = std::ffi::CString::new(source).expect("no NUL");
            program::script(c"test.js", &source).expect("runs").to_text().expect("a text")
        };
        program::script(GLUE[0].0, GLUE[0].1).expect("runs");
        let names = |of: &str| run(&format!("Object.getOwnPropertyNames({of}).sort().join(' ')"));
        assert_eq!(
            names("ArrayBuffer.prototype"),
            "byteLength constructor detached immutable maxByteLength resizable slice sliceToImmutable"
        );
        assert_eq!(
            names("SharedArrayBuffer.prototype"),
            "byteLength constructor maxByteLength slice"
        );
        assert!(!names("globalThis").split(' ').any(|name| {
            ["Worker", "structuredClone", "MessageChannel", "postMessage", "std", "os"]
                .contains(&name)
        }));
    }
}
