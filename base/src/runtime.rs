//! The runtime: made anew at each start, with the glue, to run one program.

use std::time::{Duration, Instant};

use deno_permissions::PermissionsContainer;
use rquickjs::context::EvalOptions;
use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::{Declared, Module};
use rquickjs::promise::PromiseState;
use rquickjs::{Context, Ctx, Exception, Object, Persistent, Promise, Runtime};

use crate::{engine, ops, state};

/// What the engine lacks of the core that the glue was written for: three
/// error classes. And nothing may take an array's memory while the system
/// reads into it (`engine::Bytes`).
const FIRST: &str = r#""use strict";
for (const name of ["BadResource", "Interrupted", "NotCapable"]) {
  Deno.core[name] = {
    [name]: class extends Error {
      constructor(message, options) {
        super(message, options);
        this.name = name;
      }
    },
  }[name];
  Deno.core.registerErrorClass(name, Deno.core[name]);
}
for (const kind of [ArrayBuffer, SharedArrayBuffer]) {
  for (const name of Object.getOwnPropertyNames(kind.prototype)) {
    if (/^(transfer|resize|grow)/.test(name)) delete kind.prototype[name];
  }
}
"#;

/// The glue between the ops and the names that the program knows, in order.
const GLUE: &[(&str, &str)] = &[
    ("ext:base/first.js", FIRST),
    ("ext:base/errors.js", include_str!("js/errors.js")),
    ("ext:base/net.js", include_str!("js/net.js")),
    ("ext:base/system.js", include_str!("js/system.js")),
    ("ext:base/text.js", include_str!("js/text.js")),
    ("ext:base/web.js", include_str!("js/web.js")),
    // Makes the names public.
    ("ext:base/finish.js", include_str!("js/finish.js")),
];

/// The one module's name, as it shows in stack traces.
const MAIN: &str = "file:///sockwarden.js";

/// When what only the start needed is given back.
const START_LASTS: Duration = Duration::from_millis(500);

/// Runs a program to its end; returns the exit code.
pub fn run(
    permissions: PermissionsContainer,
    arguments: Vec<String>,
    program: &'static str,
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
    let local = tokio::task::LocalSet::new();
    let code = local.block_on(&tokio, async {
        let context = match engine() {
            Ok(context) => context,
            Err(error) => {
                eprintln!("error: cannot start the engine: {error}");
                return 1;
            }
        };
        engine::set_context(context.clone());
        let main = context.with(|ctx| match start(&ctx, program) {
            Ok(main) => main,
            Err(_) => {
                let value = ctx.catch();
                engine::uncaught(&ctx, value, "")
            }
        });
        tokio::task::spawn_local(async {
            tokio::time::sleep(START_LASTS).await;
            crate::sandbox::memory::give_back();
        });
        engine::run_to_the_end().await;
        let done = context.with(|ctx| {
            main.restore(&ctx).is_ok_and(|main| main.state() != PromiseState::Pending)
        });
        if done {
            return 0;
        }
        eprintln!("error: Top-level await promise never resolved");
        1
    });
    // Ending the process is quicker than taking the runtime apart, and a
    // thread may be held up by a blocked write.
    std::process::exit(code)
}

fn engine() -> rquickjs::Result<Context> {
    let runtime = Runtime::new()?;
    runtime.set_max_stack_size(stack_size());
    runtime.set_host_promise_rejection_tracker(Some(Box::new(engine::rejection)));
    runtime.set_loader(OnlyOne, OnlyOne);
    Context::full(&runtime)
}

/// Runs the glue and begins the program.
fn start(ctx: &Ctx<'_>, program: &str) -> rquickjs::Result<Persistent<Promise<'static>>> {
    let namespace = Object::new(ctx.clone())?;
    namespace.set("core", ops::core(ctx)?)?;
    ctx.globals().set("Deno", namespace)?;
    for (name, source) in GLUE {
        let mut options = EvalOptions::default();
        options.strict = false;
        options.filename = Some((*name).to_string());
        ctx.eval_with_options::<(), _>(*source, options)?;
    }
    let (_, main) = Module::declare(ctx.clone(), MAIN, program)?.eval()?;
    Ok(Persistent::save(ctx, main))
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

/// Knows no module but the bundled one.
struct OnlyOne;

impl Resolver for OnlyOne {
    fn resolve<'js>(
        &mut self,
        _ctx: &Ctx<'js>,
        _base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<String> {
        Ok(name.to_string())
    }
}

impl Loader for OnlyOne {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<Module<'js, Declared>> {
        Err(Exception::throw_type(
            ctx,
            &format!(
                "Module \"{name}\" is not in this binary: it runs on the lean base, which has no modules but the program's own"
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    /// `engine::Bytes` points into an array while scripts run: a new name here
    /// must be looked at, whether it takes or moves an array's memory.
    #[test]
    fn nothing_can_take_or_move_the_memory_of_an_array() {
        // Kept: the classes that are registered outlive the test.
        let context: &_ = Box::leak(Box::new(super::engine().expect("an engine")));
        context.with(|ctx| {
            let namespace = rquickjs::Object::new(ctx.clone()).expect("an object");
            namespace.set("core", crate::ops::core(&ctx).expect("the core")).expect("set");
            ctx.globals().set("Deno", namespace).expect("set");
            ctx.eval::<(), _>(super::FIRST).expect("runs");
            let names = |of: &str| -> String {
                ctx.eval(format!("Object.getOwnPropertyNames({of}).sort().join(' ')")).expect(of)
            };
            assert_eq!(
                names("ArrayBuffer.prototype"),
                "byteLength constructor detached immutable maxByteLength resizable slice sliceToImmutable"
            );
            assert_eq!(names("SharedArrayBuffer.prototype"), "byteLength constructor maxByteLength slice");
            assert!(!names("globalThis").split(' ').any(|name| {
                ["Worker", "structuredClone", "MessageChannel", "postMessage", "std", "os"].contains(&name)
            }));
        });
    }
}
