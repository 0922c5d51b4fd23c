//! The runtime: made for the snapshot, or restored from it to run a program.

use std::rc::Rc;
use std::time::{Duration, Instant};

use deno_core::error::{CoreError, CoreErrorKind};
use deno_core::{
    JsRuntime, JsRuntimeForSnapshot, ModuleLoadOptions, ModuleLoadReferrer, ModuleLoadResponse,
    ModuleLoader, ModuleResolveResponse, ModuleSpecifier, PollEventLoopOptions, ResolutionKind,
    RuntimeOptions, v8_set_flags,
};
use deno_error::JsErrorBox;
use deno_permissions::PermissionsContainer;

use crate::ops::process::{Arguments, Started};
use crate::ops::sockwarden_base;

/// The glue between the ops and the names that the program knows, in order.
const GLUE: &[(&str, &str)] = &[
    ("ext:base/errors.js", include_str!("js/errors.js")),
    ("ext:base/net.js", include_str!("js/net.js")),
    ("ext:base/system.js", include_str!("js/system.js")),
    ("ext:base/text.js", include_str!("js/text.js")),
    ("ext:base/web.js", include_str!("js/web.js")),
];

/// Makes the names public; runs at each start, after the snapshot is restored.
const FINISH: &str = include_str!("js/finish.js");

/// The one module's name, as it shows in stack traces.
const MAIN: &str = "file:///sockwarden.js";

/// When what only the start needed is given back.
const START_LASTS: Duration = Duration::from_millis(500);

/// Runs the glue in a fresh runtime and freezes the result.
pub fn snapshot() -> Box<[u8]> {
    let mut runtime = JsRuntimeForSnapshot::new(RuntimeOptions {
        extensions: vec![sockwarden_base::init()],
        ..Default::default()
    });
    run_glue(&mut runtime);
    runtime.snapshot()
}

fn run_glue(runtime: &mut JsRuntime) {
    for (name, source) in GLUE {
        runtime
            .execute_script(*name, *source)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// Runs a program to its end; returns the exit code.
pub fn run(
    snapshot: &'static [u8],
    permissions: PermissionsContainer,
    arguments: Arguments,
    program: &'static str,
) -> i32 {
    let started = Started(Instant::now());
    v8_set_flags(vec!["".into(), format!("--stack-size={}", stack_kib())]);
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
    let outcome = tokio.block_on(async move {
        let mut runtime = JsRuntime::new(RuntimeOptions {
            extensions: vec![sockwarden_base::init()],
            startup_snapshot: (!snapshot.is_empty()).then_some(snapshot),
            module_loader: Some(Rc::new(OnlyOne)),
            ..Default::default()
        });
        if snapshot.is_empty() {
            run_glue(&mut runtime);
        }
        {
            let state = runtime.op_state();
            let mut state = state.borrow_mut();
            state.put(permissions);
            state.put(arguments);
            state.put(started);
        }
        runtime.execute_script("ext:base/finish.js", FINISH)?;
        let name = ModuleSpecifier::parse(MAIN).expect("a constant URL");
        let module = runtime.load_main_es_module_from_code(&name, program).await?;
        tokio::spawn(async {
            tokio::time::sleep(START_LASTS).await;
            crate::sandbox::memory::give_back();
        });
        let evaluated = std::pin::pin!(runtime.mod_evaluate(module));
        runtime
            .with_event_loop_promise(evaluated, PollEventLoopOptions::default())
            .await?;
        runtime.run_event_loop(PollEventLoopOptions::default()).await?;
        // Ending the process is quicker than taking the runtime apart.
        std::mem::forget(runtime);
        Ok::<(), CoreError>(())
    });
    let code = match outcome {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("error: {}", text_of(&error));
            1
        }
    };
    // A thread may be held up by a blocked write: do not wait for it.
    tokio.shutdown_background();
    code
}

/// How much of the main thread's stack scripts may use. The runtime's own
/// default of 1 MiB ends a recursion after some 1,500 calls.
fn stack_kib() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: fills the one structure given.
    let known = unsafe { libc::getrlimit(libc::RLIMIT_STACK, &raw mut limit) } == 0;
    if known { (limit.rlim_cur / 2048).clamp(256, 6144) } else { 1024 }
}

fn text_of(error: &CoreError) -> String {
    match error.as_kind() {
        CoreErrorKind::Js(js) => {
            let mut text = js.exception_message.clone();
            for frame in &js.frames {
                let (Some(file), Some(line), Some(column)) =
                    (&frame.file_name, frame.line_number, frame.column_number)
                else {
                    continue;
                };
                let name = frame.function_name.as_deref().unwrap_or("<anonymous>");
                text.push_str(&format!("\n    at {name} ({file}:{line}:{column})"));
            }
            text
        }
        other => other.to_string(),
    }
}

/// Knows no module but the bundled one.
struct OnlyOne;

impl ModuleLoader for OnlyOne {
    fn resolve(
        &self,
        specifier: &str,
        referrer: &str,
        _kind: ResolutionKind,
    ) -> ModuleResolveResponse {
        deno_core::resolve_import(specifier, referrer).map_err(JsErrorBox::from_err)
    }

    fn load(
        &self,
        specifier: &ModuleSpecifier,
        _referrer: Option<&ModuleLoadReferrer>,
        _options: ModuleLoadOptions,
    ) -> ModuleLoadResponse {
        ModuleLoadResponse::Sync(Err(JsErrorBox::type_error(format!(
            "Module \"{specifier}\" is not in this binary: it runs on the lean base, which has no modules but the program's own"
        ))))
    }
}
