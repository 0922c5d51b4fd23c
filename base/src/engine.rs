//! The engine: how values and errors pass between the program and the base,
//! and how promises of the program are settled.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ptr::NonNull;
use std::task::{Context as Poller, Poll, Waker};

use deno_error::{JsErrorBox, JsErrorClass};
use rquickjs::function::{Args, Constructor};
use rquickjs::{Array, Context, Ctx, FromJs, Function, IntoJs, Persistent, Promise, TypedArray, Value};
use tokio::sync::Notify;

type Js<T> = rquickjs::Result<T>;

thread_local! {
    static CONTEXT: RefCell<Option<Context>> = const { RefCell::new(None) };
    /// The error classes that the glue made.
    static CLASSES: RefCell<BTreeMap<String, Persistent<Constructor<'static>>>> =
        const { RefCell::new(BTreeMap::new()) };
    /// Operations under way that keep the program alive.
    static PENDING: Cell<usize> = const { Cell::new(0) };
    /// Rejected promises that nothing handles so far, and their reasons.
    static REJECTED: RefCell<Vec<(Persistent<Value<'static>>, Persistent<Value<'static>>)>> =
        const { RefCell::new(Vec::new()) };
    static WAKE: std::rc::Rc<Notify> = std::rc::Rc::new(Notify::new());
    static TIMERS: RefCell<Timers> =
        const { RefCell::new(Timers { due: BTreeMap::new(), of: BTreeMap::new(), last: 0 }) };
    /// When the loop wakes by itself.
    static WAKES_AT: Cell<u64> = const { Cell::new(0) };
}

pub fn set_context(context: Context) {
    CONTEXT.set(Some(context));
}

/// The program's context. Never from within the engine: it is one lock.
pub fn context() -> Context {
    CONTEXT.with_borrow(|context| context.clone().expect("set at the start"))
}

// ---------------------------------------------------------------- values

/// A string; half a surrogate pair becomes U+FFFD.
pub struct Text(pub String);

impl<'js> FromJs<'js> for Text {
    fn from_js(_: &Ctx<'js>, value: Value<'js>) -> Js<Self> {
        let text = value.into_string().ok_or(rquickjs::Error::new_from_js("value", "string"))?;
        let text = text.to_cstring()?;
        // SAFETY: the bytes live as long as `text`. They are not taken as a
        // `str`: half a surrogate pair comes as three bytes that are not UTF-8.
        let bytes = unsafe { std::slice::from_raw_parts(text.as_ptr().cast::<u8>(), text.len()) };
        Ok(Self(match std::str::from_utf8(bytes) {
            Ok(valid) => valid.to_owned(),
            Err(_) => {
                let mut bytes = bytes.to_vec();
                for at in 0..bytes.len().saturating_sub(2) {
                    if bytes[at] == 0xed && bytes[at + 1] >= 0xa0 {
                        bytes[at..at + 3].copy_from_slice("\u{fffd}".as_bytes());
                    }
                }
                String::from_utf8_lossy(&bytes).into_owned()
            }
        }))
    }
}

/// Bytes of the program's, kept while an operation is under way.
pub struct Bytes {
    /// Keeps the memory: nothing in this runtime can take it from an array
    /// (`runtime.rs` removes what could).
    _array: Persistent<TypedArray<'static, u8>>,
    at: NonNull<[u8]>,
}

impl<'js> FromJs<'js> for Bytes {
    fn from_js(ctx: &Ctx<'js>, value: Value<'js>) -> Js<Self> {
        let array = TypedArray::<u8>::from_value(value)?;
        let at = array.as_raw().ok_or(rquickjs::Error::Unknown)?;
        Ok(Self { _array: Persistent::save(ctx, array), at })
    }
}

impl Bytes {
    pub fn get(&self) -> &[u8] {
        // SAFETY: the array is kept, its memory cannot be detached, and no
        // script runs while the slice is in use.
        unsafe { self.at.as_ref() }
    }

    pub fn get_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above; nothing else holds a slice of it meanwhile.
        unsafe { self.at.as_mut() }
    }
}

// ---------------------------------------------------------------- errors

/// Makes a class known, by which errors are made.
pub fn register_class<'js>(ctx: Ctx<'js>, name: Text, class: Constructor<'js>) {
    CLASSES.with_borrow_mut(|classes| classes.insert(name.0, Persistent::save(&ctx, class)));
}

fn error_value<'js>(ctx: &Ctx<'js>, error: &JsErrorBox) -> Js<Value<'js>> {
    let class = error.get_class();
    let known = CLASSES.with_borrow(|classes| classes.get(&*class).cloned());
    let class: Constructor = match known {
        Some(class) => class.restore(ctx)?,
        None => match ctx.globals().get::<_, Constructor>(&*class) {
            Ok(class) => class,
            Err(_) => ctx.globals().get("Error")?,
        },
    };
    let made: rquickjs::Object = class.construct((error.get_message().into_owned(),))?;
    for (name, value) in error.get_additional_properties() {
        made.set(&*name, value.to_string())?;
    }
    made.into_js(ctx)
}

/// The value, or the error thrown.
pub fn given<T>(ctx: &Ctx<'_>, outcome: Result<T, JsErrorBox>) -> Js<T> {
    outcome.map_err(|error| match error_value(ctx, &error) {
        Ok(value) => ctx.throw(value),
        Err(failed) => failed,
    })
}

/// What an uncaught value says of itself.
fn text_of<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> String {
    if value.is_null() {
        // What the engine throws where there is no memory for an error either.
        return "null (thrown where memory has run out)".to_string();
    }
    let said = |value: Value<'js>| {
        rquickjs::convert::Coerced::<String>::from_js(ctx, value).map_or_else(
            |_| "an error that cannot be shown".to_string(),
            |text| text.0,
        )
    };
    let stack: Option<String> =
        value.as_object().filter(|o| o.is_error()).and_then(|o| o.get("stack").ok());
    let text = said(value);
    match stack {
        Some(stack) if !stack.trim().is_empty() => format!("{text}\n{}", stack.trim_end()),
        _ => text,
    }
}

/// Ends the process: the program did not handle this value.
pub fn uncaught<'js>(ctx: &Ctx<'js>, value: Value<'js>, how: &str) -> ! {
    eprintln!("error: Uncaught {how}{}", text_of(ctx, value));
    std::process::exit(1)
}

/// Runs every job that waits, and ends the process where one failed, or a
/// promise was rejected and nothing handles it.
pub fn jobs() {
    let context = context();
    loop {
        match context.runtime().execute_pending_job() {
            Ok(true) => {}
            Ok(false) => break,
            Err(failed) => failed.0.with(|ctx| {
                let value = ctx.catch();
                uncaught(&ctx, value, "");
            }),
        }
    }
    if let Some((_, reason)) = REJECTED.with_borrow_mut(Vec::pop) {
        context.with(|ctx| {
            if let Ok(reason) = reason.restore(&ctx) {
                uncaught(&ctx, reason, "(in promise) ");
            }
        });
        std::process::exit(1);
    }
}

/// Keeps a rejection until it is handled, or the jobs are done.
pub fn rejection<'js>(ctx: Ctx<'js>, promise: Value<'js>, reason: Value<'js>, handled: bool) {
    let promise = Persistent::save(&ctx, promise);
    REJECTED.with_borrow_mut(|all| {
        if handled {
            all.retain(|(one, _)| *one != promise);
        } else {
            all.push((promise, Persistent::save(&ctx, reason)));
        }
    });
}

// -------------------------------------------------------------- promises

fn settle<'js, T: IntoJs<'js>>(
    ctx: &Ctx<'js>,
    outcome: Result<T, JsErrorBox>,
    resolve: &Function<'js>,
    reject: &Function<'js>,
) -> Js<()> {
    match outcome {
        Ok(value) => resolve.call((value,)),
        Err(error) => reject.call((error_value(ctx, &error)?,)),
    }
}

/// A promise of what an operation gives. Where it has ended already, nothing
/// is spawned: then an operation must spend of tokio's budget (a lock of tokio's
/// does), or one that is always ready lets no other have a turn. `lives` says
/// whether the program waits for it at its end.
pub fn promise<'js, T>(
    ctx: &Ctx<'js>,
    lives: bool,
    operation: impl Future<Output = Result<T, JsErrorBox>> + 'static,
) -> Js<Promise<'js>>
where
    T: for<'a> IntoJs<'a> + 'static,
{
    let (promise, resolve, reject) = ctx.promise()?;
    let mut operation = Box::pin(operation);
    if let Poll::Ready(outcome) = operation.as_mut().poll(&mut Poller::from_waker(Waker::noop())) {
        settle(ctx, outcome, &resolve, &reject)?;
        return Ok(promise);
    }
    let resolve = Persistent::save(ctx, resolve);
    let reject = Persistent::save(ctx, reject);
    if lives {
        PENDING.set(PENDING.get() + 1);
    }
    tokio::task::spawn_local(async move {
        let outcome = operation.await;
        context().with(|ctx| {
            let done = resolve.restore(&ctx).and_then(|resolve| {
                settle(&ctx, outcome, &resolve, &reject.restore(&ctx)?)
            });
            if done.is_err() {
                let value = ctx.catch();
                uncaught(&ctx, value, "");
            }
        });
        if lives {
            PENDING.set(PENDING.get() - 1);
        }
        jobs();
        if PENDING.get() == 0 {
            WAKE.with(|wake| wake.notify_one());
        }
    });
    Ok(promise)
}

// ---------------------------------------------------------------- timers

struct Timer {
    callback: Persistent<Function<'static>>,
    values: Option<Persistent<Array<'static>>>,
    /// Microseconds between two calls, for one that repeats.
    every: Option<u64>,
}

struct Timers {
    /// By the time in microseconds since the start, then by age.
    due: BTreeMap<(u64, u32), Timer>,
    of: BTreeMap<u32, u64>,
    last: u32,
}

fn now() -> u64 {
    crate::state::run().started.elapsed().as_micros() as u64
}

fn put(timers: &mut Timers, id: u32, at: u64, timer: Timer) {
    timers.due.insert((at, id), timer);
    timers.of.insert(id, at);
    if at < WAKES_AT.get() {
        WAKE.with(|wake| wake.notify_one());
    }
}

/// Starts a timer; its number.
pub fn create_timer(
    callback: Persistent<Function<'static>>,
    after: rquickjs::convert::Coerced<f64>,
    values: Option<Persistent<Array<'static>>>,
    repeats: bool,
) -> u32 {
    // Not a number counts as none; the most is that of a signed 32-bit number.
    let after = if after.0 >= 1.0 && after.0 <= f64::from(i32::MAX) { after.0 } else { 1.0 };
    let after = (after * 1000.0) as u64;
    TIMERS.with_borrow_mut(|timers| {
        timers.last = timers.last.checked_add(1).unwrap_or(1);
        while timers.of.contains_key(&timers.last) {
            timers.last = timers.last.checked_add(1).unwrap_or(1);
        }
        let id = timers.last;
        put(timers, id, now() + after, Timer { callback, values, every: repeats.then_some(after) });
        id
    })
}

/// Lets a timer go; a number that names none is passed over.
pub fn cancel_timer(number: f64) {
    let id = number as u32;
    if f64::from(id) != number {
        return;
    }
    // What the timer held is let go only when the list is free again.
    let _gone = TIMERS.with_borrow_mut(|timers| {
        let at = timers.of.remove(&id)?;
        timers.due.remove(&(at, id))
    });
}

fn fire() {
    let until = now();
    loop {
        let taken = TIMERS.with_borrow_mut(|timers| {
            let (&(at, id), _) = timers.due.first_key_value()?;
            if at > until {
                return None;
            }
            let timer = timers.due.remove(&(at, id))?;
            timers.of.remove(&id);
            let call = (timer.callback.clone(), timer.values.clone());
            if let Some(every) = timer.every {
                put(timers, id, now() + every, timer);
            }
            Some(call)
        });
        let Some((callback, values)) = taken else {
            return;
        };
        context().with(|ctx| {
            let called = (|| -> Js<()> {
                let mut all = Args::new_unsized(ctx.clone());
                if let Some(values) = values {
                    for value in values.restore(&ctx)?.iter::<Value>() {
                        all.push_arg(value?)?;
                    }
                }
                callback.restore(&ctx)?.call_arg::<Value>(all).map(|_| ())
            })();
            if called.is_err() {
                let value = ctx.catch();
                uncaught(&ctx, value, "");
            }
        });
        jobs();
    }
}

/// Runs timers and operations until none is left.
pub async fn run_to_the_end() {
    let wake = WAKE.with(std::rc::Rc::clone);
    let started = tokio::time::Instant::from_std(crate::state::run().started);
    loop {
        jobs();
        fire();
        let next = TIMERS.with_borrow(|timers| timers.due.keys().next().map(|key| key.0));
        WAKES_AT.set(next.unwrap_or(u64::MAX));
        let woken = wake.notified();
        match next {
            Some(at) => {
                let at = started + std::time::Duration::from_micros(at);
                let _ = tokio::time::timeout_at(at, woken).await;
            }
            None if PENDING.get() == 0 => return,
            None => woken.await,
        }
    }
}
