//! The base: finds the program that `deno compile` appended and runs it.

// The sanitizers, on the machine's own C library, do walk over frames.
#[cfg(target_env = "musl")]
mod unwind;

use std::process::exit;

use sockwarden_base::{container, payload, permissions, runtime, sandbox};

fn main() {
    // Process 1 inherits the orphans of its container, such as those of
    // `docker exec`: the kernel buries children that are ignored.
    // SAFETY: no other thread exists yet, and no child is ever waited for.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };

    container::remember();
    let given: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let program = match payload::own() {
        Ok(program) => program,
        Err(reason) => {
            eprintln!("error: {reason}");
            exit(1);
        }
    };

    if given.iter().any(|argument| argument == "--no-sandbox") {
        eprintln!("warning: --no-sandbox: system calls are not filtered");
        sandbox::process::switched_off();
    } else {
        sandbox::process::enter();
    }

    let permissions = match permissions::container(&program.metadata.permissions) {
        Ok(container) => container,
        Err(reason) => {
            eprintln!("error: the permissions in this binary: {reason}");
            exit(1);
        }
    };
    let mut arguments = program.metadata.argv;
    arguments.extend(given);

    exit(runtime::run(
        permissions,
        arguments,
        program.source,
        program.bytecode,
    ));
}
