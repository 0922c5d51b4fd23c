//! Timers of the program.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::value::Value;
use super::{jobs, unhandled};

struct Timer {
    callback: Value,
    values: Vec<Value>,
    /// Microseconds between two calls, for one that repeats.
    every: Option<u64>,
}

struct Timers {
    /// By the time in microseconds since the start, then by age.
    due: BTreeMap<(u64, u32), Timer>,
    of: BTreeMap<u32, u64>,
    last: u32,
}

thread_local! {
    static TIMERS: RefCell<Timers> =
        const { RefCell::new(Timers { due: BTreeMap::new(), of: BTreeMap::new(), last: 0 }) };
}

/// Microseconds since the start.
fn now() -> u64 {
    crate::state::run().started.elapsed().as_micros() as u64
}

fn put(timers: &mut Timers, id: u32, at: u64, timer: Timer) {
    timers.due.insert((at, id), timer);
    timers.of.insert(id, at);
}

/// Starts a timer; its number. `after` is in milliseconds.
pub fn create(callback: Value, after: f64, values: Vec<Value>, repeats: bool) -> u32 {
    // Not a number counts as none; the most is that of a signed 32-bit number.
    let after = if after >= 1.0 && after <= f64::from(i32::MAX) { after } else { 1.0 };
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
pub fn cancel(number: f64) {
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

/// When the next timer is due, in microseconds since the start.
pub fn next() -> Option<u64> {
    TIMERS.with_borrow(|timers| timers.due.keys().next().map(|key| key.0))
}

/// Runs every timer that is due now.
pub fn fire() {
    if next().is_none() {
        return;
    }
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
        let values: Vec<&Value> = values.iter().collect();
        if callback.call(&values).is_err() {
            unhandled();
        }
        jobs();
    }
}
