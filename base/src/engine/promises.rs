//! Promises of what operations give.

use std::cell::Cell;

use deno_error::JsErrorBox;

use super::sys;
use super::value::{Give, Value};
use super::{Thrown, context, error_value, memory, unhandled};

thread_local! {
    /// Operations under way that keep the program alive.
    static PENDING: Cell<usize> = const { Cell::new(0) };
}

/// Whether an operation keeps the program alive.
pub fn any_pending() -> bool {
    PENDING.get() > 0
}

/// A promise that is not settled yet, from the side of the operation.
pub struct Deferred {
    resolve: Value,
    reject: Value,
    lives: bool,
}

/// A promise and its other side. `lives`: the program waits for it at its end.
pub fn deferred(lives: bool) -> Result<(Value, Deferred), Thrown> {
    let mut functions = [Value::undefined().raw(); 2];
    // SAFETY: the engine writes two functions, which the caller owns, unless it
    // throws.
    let promise = Value::owned(unsafe {
        sys::JS_NewPromiseCapability(context(), functions.as_mut_ptr())
    })?;
    let [resolve, reject] = functions.map(Value::kept);
    if lives {
        PENDING.set(PENDING.get() + 1);
    }
    Ok((promise, Deferred { resolve, reject, lives }))
}

impl Deferred {
    /// Settles the promise. What waits for it runs with the next jobs.
    pub fn settle<T: Give>(self, outcome: Result<T, JsErrorBox>) {
        let called = match outcome {
            Ok(value) => value.give().and_then(|value| settle(&self.resolve, &value)),
            Err(error) => error_value(&error).and_then(|error| settle(&self.reject, &error)),
        };
        if called.is_err() {
            unhandled();
        }
        if self.lives {
            PENDING.set(PENDING.get() - 1);
        }
    }
}

/// Calls one of a promise's functions, once more if there was no memory for it:
/// a promise that is never settled leaves its connection open.
fn settle(function: &Value, value: &Value) -> Result<Value, Thrown> {
    function.call_with([value]).or_else(|Thrown| {
        memory::collect();
        function.call_with([value])
    })
}

/// A promise of what has come already.
pub fn settled<T: Give>(outcome: Result<T, JsErrorBox>) -> Result<Value, Thrown> {
    let (rejected, value) = match outcome {
        Ok(value) => (false, value.give()?),
        Err(error) => (true, error_value(&error)?),
    };
    // SAFETY: the engine counts the value for itself.
    Value::owned(unsafe { sys::JS_NewSettledPromise(context(), rejected, value.raw()) })
}

/// Whether nothing settled the promise so far.
pub fn is_pending(promise: &Value) -> bool {
    // SAFETY: it only looks at the value.
    unsafe { sys::JS_PromiseState(context(), promise.raw()) == sys::PROMISE_PENDING }
}
