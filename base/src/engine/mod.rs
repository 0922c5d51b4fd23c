//! The engine, under a small safe layer: every use of its C interface is here.
//! One runtime with one context serves the whole process, on one thread, and is
//! never taken apart: so a value may be let go at any time.

mod sys;
mod value;

pub mod memory;
pub mod program;
pub mod promises;
pub mod timers;
pub mod turns;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::{c_char, c_int, c_void};
use std::time::{Duration, Instant};

use deno_error::{JsErrorBox, JsErrorClass};

pub use value::{Arguments, Bytes, Give, Value};

/// An error is on its way: the engine holds it.
#[derive(Debug)]
pub struct Thrown;

/// Why an operation gives nothing.
pub enum Failure {
    Thrown,
    Error(JsErrorBox),
}

impl From<Thrown> for Failure {
    fn from(_: Thrown) -> Self {
        Self::Thrown
    }
}

impl From<JsErrorBox> for Failure {
    fn from(error: JsErrorBox) -> Self {
        Self::Error(error)
    }
}

pub type Outcome = Result<Value, Failure>;

/// A function that the program may call.
pub struct Function {
    pub name: &'static std::ffi::CStr,
    pub run: fn(&Arguments) -> Outcome,
}

#[derive(Clone, Copy)]
struct Engine {
    runtime: *mut sys::JSRuntime,
    context: *mut sys::JSContext,
    functions: &'static [Function],
}

thread_local! {
    static ENGINE: Cell<Option<Engine>> = const { Cell::new(None) };
    /// The error classes that the glue made.
    static CLASSES: RefCell<BTreeMap<String, Value>> = const { RefCell::new(BTreeMap::new()) };
    /// When memory has run out last.
    static RAN_OUT: Cell<Option<Instant>> = const { Cell::new(None) };
    /// Rejected promises that nothing handles so far, and their reasons.
    static REJECTED: RefCell<Vec<(Value, Value)>> = const { RefCell::new(Vec::new()) };
}

fn engine() -> Engine {
    ENGINE.get().expect("begun before any value is made")
}

fn context() -> *mut sys::JSContext {
    engine().context
}

/// Gives the engine's hash of strings its key, once in the process. Errors:
/// where the system has no random numbers.
fn key_the_hash() -> Result<(), &'static str> {
    static KEYED: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    let keyed = KEYED.get_or_init(|| {
        let mut key = [0u8; 8];
        // SAFETY: so many bytes may be written there.
        let got = unsafe { libc::getrandom(key.as_mut_ptr().cast(), key.len(), 0) };
        if got != key.len() as isize {
            return false;
        }
        // SAFETY: no runtime was made yet.
        unsafe { sys::JS_SetHashKey(u64::from_ne_bytes(key)) };
        true
    });
    if *keyed { Ok(()) } else { Err("the system gives no random numbers") }
}

/// Makes this thread's engine. `stack` is how many bytes of the thread's stack
/// scripts may use. Errors: why there is none.
pub fn begin(functions: &'static [Function], stack: usize) -> Result<(), &'static str> {
    assert!(ENGINE.get().is_none(), "one engine a thread");
    key_the_hash()?;
    // SAFETY: the runtime is used on this thread only, and never freed.
    unsafe {
        let runtime = sys::JS_NewRuntime2(&raw const memory::FUNCTIONS, std::ptr::null_mut());
        if runtime.is_null() {
            return Err("no memory");
        }
        sys::JS_SetMaxStackSize(runtime, stack);
        sys::JS_SetHostPromiseRejectionTracker(runtime, Some(rejection), std::ptr::null_mut());
        sys::JS_SetModuleLoaderFunc(
            runtime,
            Some(program::same_name),
            Some(program::find_module),
            std::ptr::null_mut(),
        );
        let context = sys::JS_NewContext(runtime);
        if context.is_null() {
            return Err("no memory");
        }
        ENGINE.set(Some(Engine { runtime, context, functions }));
    }
    Ok(())
}

/// An object that holds every function by its name.
pub fn functions() -> Result<Value, Thrown> {
    let all = Value::object()?;
    for (number, function) in engine().functions.iter().enumerate() {
        // SAFETY: the context lives; the name ends in NUL and is copied.
        let made = unsafe {
            Value::owned(sys::JS_NewCFunction2(
                context(),
                enter,
                function.name.as_ptr(),
                0,
                sys::CFUNC_GENERIC_MAGIC,
                number as c_int,
            ))
        }?;
        all.set(function.name, made)?;
    }
    Ok(all)
}

/// Where the program enters the base: `number` is the function's place.
unsafe extern "C" fn enter(
    _context: *mut sys::JSContext,
    _this: sys::JSValue,
    count: c_int,
    arguments: *mut sys::JSValue,
    number: c_int,
) -> sys::JSValue {
    let given: &[sys::JSValue] = match usize::try_from(count) {
        // SAFETY: the engine gives so many values, which it keeps during the call.
        Ok(count) if count > 0 => unsafe { std::slice::from_raw_parts(arguments, count) },
        _ => &[],
    };
    let function = &engine().functions[number as usize];
    match (function.run)(&Arguments::new(given)) {
        Ok(value) => value.into_raw(),
        Err(failure) => {
            if let Failure::Error(error) = failure
                && let Ok(value) = error_value(&error)
            {
                throw(value);
            }
            value::EXCEPTION
        }
    }
}

fn throw(value: Value) {
    // SAFETY: the engine takes the value over.
    unsafe { sys::JS_Throw(context(), value.into_raw()) };
}

/// A TypeError on its way, with this text.
fn type_error(text: &str) -> Thrown {
    let text = std::ffi::CString::new(text.replace('\0', " ")).expect("no NUL is left");
    // SAFETY: the format takes one string, which ends in NUL.
    unsafe { sys::JS_ThrowTypeError(context(), c"%s".as_ptr(), text.as_ptr()) };
    Thrown
}

/// Takes the error that is on its way.
fn caught() -> Value {
    // SAFETY: the caller owns what it gets; null where there is none.
    Value::kept(unsafe { sys::JS_GetException(context()) })
}

/// Makes a class known, by which errors are made.
pub fn register_class(name: String, class: Value) {
    CLASSES.with_borrow_mut(|classes| classes.insert(name, class));
}

fn error_value(error: &JsErrorBox) -> Result<Value, Thrown> {
    let class = error.get_class();
    let known = CLASSES.with_borrow(|classes| classes.get(&*class).cloned());
    let class = match known {
        Some(class) => class,
        None => {
            let global = Value::global();
            let name = std::ffi::CString::new(&*class).unwrap_or_default();
            match global.get(&name)? {
                found if found.is_function() => found,
                _ => global.get(c"Error")?,
            }
        }
    };
    let made = class.construct(&[&Value::text(&error.get_message())?])?;
    for (name, value) in error.get_additional_properties() {
        if let Ok(name) = std::ffi::CString::new(&*name) {
            made.set(&name, Value::text(&value.to_string())?)?;
        }
    }
    Ok(made)
}

/// What an uncaught value says of itself.
fn text_of(value: &Value) -> String {
    if value.is_null() {
        // What the engine throws where there is no memory for an error either.
        return "null (thrown where memory has run out)".to_string();
    }
    let shown = |value: &Value| {
        value.to_text().unwrap_or_else(|Thrown| {
            drop(caught());
            "an error that cannot be shown".to_string()
        })
    };
    let text = shown(value);
    let stack = if value.is_error() {
        value.get(c"stack").ok().filter(Value::is_string).map(|stack| shown(&stack))
    } else {
        None
    };
    match stack {
        Some(stack) if !stack.trim().is_empty() => format!("{text}\n{}", stack.trim_end()),
        _ => text,
    }
}

/// How long other errors may follow from memory that has run out: a promise
/// whose handler could not be set is rejected later, and nothing handles that.
const AFTERMATH: Duration = Duration::from_secs(10);

/// Ends the process: the program did not handle this value. Where its memory is
/// bounded and has run out, it goes on without what failed.
fn uncaught(value: &Value, how: &str) {
    let text = text_of(value);
    if memory::is_bounded() && is_out_of_memory(value, &text) {
        memory::collect();
        if RAN_OUT.replace(Some(Instant::now())).is_none_or(|at| at.elapsed() > AFTERMATH) {
            eprintln!(
                "warning: memory has run out, and what asked for it is given up: see --memory-limit"
            );
        }
    } else if RAN_OUT.get().is_none_or(|at| at.elapsed() > AFTERMATH) {
        eprintln!("error: Uncaught {how}{text}");
        std::process::exit(1);
    }
}

/// What the engine throws where memory has run out, or where there is none for
/// an error either.
fn is_out_of_memory(value: &Value, text: &str) -> bool {
    value.is_null() || (value.is_error() && text.starts_with("InternalError: out of memory"))
}

/// Ends the process: the program did not handle the error that is on its way
/// ([`uncaught`]).
pub fn unhandled() {
    uncaught(&caught(), "");
}

/// Ends the process with the error that is on its way.
pub fn failed() -> ! {
    eprintln!("error: Uncaught {}", text_of(&caught()));
    std::process::exit(1)
}

/// Runs every job that waits, and ends the process where one failed, or a
/// promise was rejected and nothing handles it.
pub fn jobs() {
    let runtime = engine().runtime;
    loop {
        let mut of = std::ptr::null_mut();
        // SAFETY: no script runs now: only the loop of turns calls this.
        match unsafe { sys::JS_ExecutePendingJob(runtime, &raw mut of) } {
            0 => break,
            1.. => {}
            _ => unhandled(),
        }
    }
    while let Some((_, reason)) = REJECTED.with_borrow_mut(Vec::pop) {
        uncaught(&reason, "(in promise) ");
    }
}

/// Keeps a rejection until it is handled, or the jobs are done.
unsafe extern "C" fn rejection(
    _context: *mut sys::JSContext,
    promise: sys::JSValue,
    reason: sys::JSValue,
    handled: bool,
    _opaque: *mut c_void,
) {
    let promise = Value::copied(promise);
    REJECTED.with_borrow_mut(|all| {
        if handled {
            all.retain(|(one, _)| !one.is(&promise));
        } else {
            all.push((promise, Value::copied(reason)));
        }
    });
}

/// A string of the engine's, for the time of one call.
unsafe fn name<'a>(name: *const c_char) -> std::borrow::Cow<'a, str> {
    // SAFETY: the engine gives a string that ends in NUL and lives so long.
    unsafe { std::ffi::CStr::from_ptr(name) }.to_string_lossy()
}

#[cfg(test)]
mod tests {
    use super::{Instant, begin, program};

    /// What the engine's own hash makes of a string (8-bit characters).
    fn unkeyed(text: &str) -> u32 {
        text.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(263).wrapping_add(byte.into()))
    }

    /// Two strings of eight letters that collide under it: so do all strings
    /// of the same number of such parts.
    fn twins() -> [String; 2] {
        let mut seen = std::collections::HashMap::new();
        let mut number = 1u64;
        loop {
            number = number.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let text: String =
                number.to_le_bytes().iter().map(|byte| char::from(b'a' + byte % 26)).collect();
            match seen.insert(unkeyed(&text), text.clone()) {
                Some(other) if other != text => return [other, text],
                _ => {}
            }
        }
    }

    #[test]
    fn strings_that_collide_cannot_be_chosen() {
        begin(&[], 1024 * 1024).expect("an engine");
        let twins = twins();
        let chosen: Vec<String> = (0..1 << 14)
            .map(|number: u32| (0..14).map(|bit| &*twins[(number >> bit & 1) as usize]).collect())
            .collect();
        assert!(chosen.iter().all(|one| unkeyed(one) == unkeyed(&chosen[0])));
        // Of the same length, but each of another hash.
        let other: Vec<String> = (0..1 << 14).map(|number| format!("{number:0>112}")).collect();
        let seconds = |keys: &[String]| {
            let list = keys.iter().map(|key| format!("\"{key}\":1")).collect::<Vec<_>>().join(",");
            let source = std::ffi::CString::new(format!("JSON.parse('{{{list}}}')")).expect("no NUL");
            let start = Instant::now();
            program::script(c"test.js", &source).expect("runs");
            start.elapsed().as_secs_f64()
        };
        seconds(&other);
        let ratio = seconds(&chosen) / seconds(&other);
        // Nothing but time shows it. Unkeyed, it is about fifty times; a
        // noisy machine does not make it ten.
        assert!(ratio < 10.0, "chosen keys take {ratio:.1} times as long");
    }
}
