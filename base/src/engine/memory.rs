//! The memory of the program: counted, bounded, and collected while it is idle.

use std::cell::Cell;
use std::ffi::c_void;

use super::{engine, sys};

/// Below this many bytes, growth alone is no reason to collect.
const SMALL: usize = 2 * 1024 * 1024;
/// How many connections may have ended since the last collection, before their
/// remains are collected.
const MANY_ENDED: usize = 32;

thread_local! {
    /// What the program holds, in bytes, as the system's allocator counts it.
    static HELD: Cell<usize> = const { Cell::new(0) };
    /// What was held after the last collection.
    static HELD_THEN: Cell<usize> = const { Cell::new(0) };
    static ENDED: Cell<usize> = const { Cell::new(0) };
    /// What may be held; 0 for any amount.
    static BOUND: Cell<usize> = const { Cell::new(0) };
}

fn counted(block: *mut c_void) -> *mut c_void {
    if !block.is_null() {
        // SAFETY: the allocator has just given the block.
        HELD.set(HELD.get() + unsafe { libc::malloc_usable_size(block) });
    }
    block
}

unsafe extern "C" fn calloc(_: *mut c_void, count: usize, size: usize) -> *mut c_void {
    // SAFETY: no precondition.
    counted(unsafe { libc::calloc(count, size) })
}

unsafe extern "C" fn malloc(_: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: no precondition.
    counted(unsafe { libc::malloc(size) })
}

unsafe extern "C" fn free(_: *mut c_void, block: *mut c_void) {
    if !block.is_null() {
        // SAFETY: the engine gives back a block that it got here.
        HELD.set(HELD.get() - unsafe { libc::malloc_usable_size(block) });
        // SAFETY: as above.
        unsafe { libc::free(block) };
    }
}

unsafe extern "C" fn realloc(_: *mut c_void, block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: as above; none counts as no bytes.
    let before = unsafe { libc::malloc_usable_size(block) };
    // SAFETY: as above.
    let moved = unsafe { libc::realloc(block, size) };
    if !moved.is_null() {
        HELD.set(HELD.get() - before);
    }
    counted(moved)
}

unsafe extern "C" fn usable_size(block: *const c_void) -> usize {
    // SAFETY: as above.
    unsafe { libc::malloc_usable_size(block.cast_mut()) }
}

/// The allocator that the engine is made with.
pub(super) static FUNCTIONS: sys::JSMallocFunctions = sys::JSMallocFunctions {
    js_calloc: calloc,
    js_malloc: malloc,
    js_free: free,
    js_realloc: realloc,
    js_malloc_usable_size: usable_size,
};

/// How many bytes the program holds.
pub fn held() -> usize {
    HELD.get()
}

/// Bounds what the program may hold, in bytes: what asks for more throws.
pub fn bound(bytes: usize) {
    BOUND.set(bytes);
    // SAFETY: the runtime lives.
    unsafe { sys::JS_SetMemoryLimit(engine().runtime, bytes) };
}

/// Whether what the program may hold is bounded: then it goes on when that has
/// run out.
pub fn is_bounded() -> bool {
    BOUND.get() != 0
}

/// Has the engine collect before the bound is reached. By itself it waits until
/// half as much again is held as after the last collection, which may be more.
pub fn collect_in_time() {
    let bound = BOUND.get();
    if bound == 0 {
        return;
    }
    let runtime = engine().runtime;
    // SAFETY: the runtime lives.
    let threshold = unsafe { sys::JS_GetGCThreshold(runtime) };
    let latest = (bound / 4 * 3).max(HELD.get() + bound / 16);
    if threshold > latest {
        // SAFETY: as above.
        unsafe { sys::JS_SetGCThreshold(runtime, latest) };
    }
}

/// Frees what the program cannot reach any more.
pub fn collect() {
    // SAFETY: the runtime lives; the values that the base holds are counted.
    unsafe { sys::JS_RunGC(engine().runtime) };
    HELD_THEN.set(HELD.get());
    ENDED.set(0);
}

/// Notes that a connection has ended: what it leaves is mostly in circles, which
/// only a collection frees.
pub fn connection_ended() {
    ENDED.set(ENDED.get() + 1);
}

/// Collects and gives back to the system, where enough may have come together.
/// For a moment in which nothing else is to be done.
pub fn tidy() {
    let doubled = HELD.get() > SMALL && HELD.get() >= 2 * HELD_THEN.get();
    if doubled || ENDED.get() >= MANY_ENDED {
        collect();
        crate::sandbox::memory::give_back();
    }
}
