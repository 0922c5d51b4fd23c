//! The memory of the program: counted, bounded, and collected while it is idle.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;

use super::{engine, sys};

/// Below this many bytes, growth alone is no reason to collect.
const SMALL: usize = 2 * 1024 * 1024;
/// How many connections may have ended since the last collection, before their
/// remains are collected.
const MANY_ENDED: usize = 32;
/// Blocks of so many bytes are kept when they are freed: musl asks the kernel
/// for each one and gives it back at once, which costs more than what is done
/// with it (an answer of 20 KiB is in several).
const KEPT_SIZES: std::ops::RangeInclusive<usize> = 6 * 1024..=128 * 1024;
/// So many of them, with so many bytes in all.
const MAX_KEPT: usize = 12;
const MAX_KEPT_BYTES: usize = 256 * 1024;

thread_local! {
    /// What the program holds, in bytes, as the system's allocator counts it.
    static HELD: Cell<usize> = const { Cell::new(0) };
    /// What was held after the last collection.
    static HELD_THEN: Cell<usize> = const { Cell::new(0) };
    static ENDED: Cell<usize> = const { Cell::new(0) };
    /// What may be held; 0 for any amount.
    static BOUND: Cell<usize> = const { Cell::new(0) };
    /// Blocks that are free, with their sizes, the latest last.
    static KEPT: RefCell<Vec<(*mut c_void, usize)>> = const { RefCell::new(Vec::new()) };
}

/// A block of that many bytes that was kept; of the smallest that are no more
/// than twice as large, the latest.
fn take_kept(size: usize) -> Option<*mut c_void> {
    if !KEPT_SIZES.contains(&size) {
        return None;
    }
    KEPT.with_borrow_mut(|kept| {
        let fits = |(_, usable): &(_, usize)| (size..=2 * size).contains(usable);
        let (at, _) =
            kept.iter().enumerate().rev().filter(|(_, one)| fits(one)).min_by_key(|(_, one)| one.1)?;
        Some(kept.remove(at).0)
    })
}

/// Keeps a block that is freed; whether it does.
fn keep(block: *mut c_void, usable: usize) -> bool {
    KEPT_SIZES.contains(&usable)
        && KEPT.with_borrow_mut(|kept| {
            let held: usize = kept.iter().map(|(_, usable)| usable).sum();
            let keeps = kept.len() < MAX_KEPT && held + usable <= MAX_KEPT_BYTES;
            if keeps {
                kept.push((block, usable));
            }
            keeps
        })
}

/// Gives back the blocks that were kept.
fn give_kept_back() {
    for (block, _) in KEPT.take() {
        // SAFETY: the allocator gave it, and nothing uses it any more.
        unsafe { libc::free(block) };
    }
}

fn counted(block: *mut c_void) -> *mut c_void {
    if !block.is_null() {
        // SAFETY: the allocator has just given the block.
        HELD.set(HELD.get() + unsafe { libc::malloc_usable_size(block) });
    }
    block
}

unsafe extern "C" fn calloc(_: *mut c_void, count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size).and_then(|all| Some((all, take_kept(all)?))) {
        Some((all, block)) => {
            // SAFETY: the block has at least so many bytes.
            unsafe { block.cast::<u8>().write_bytes(0, all) };
            counted(block)
        }
        // SAFETY: no precondition.
        None => counted(unsafe { libc::calloc(count, size) }),
    }
}

unsafe extern "C" fn malloc(_: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: no precondition.
    counted(take_kept(size).unwrap_or_else(|| unsafe { libc::malloc(size) }))
}

unsafe extern "C" fn free(_: *mut c_void, block: *mut c_void) {
    if !block.is_null() {
        // SAFETY: the engine gives back a block that it got here.
        let usable = unsafe { libc::malloc_usable_size(block) };
        HELD.set(HELD.get() - usable);
        if !keep(block, usable) {
            // SAFETY: as above.
            unsafe { libc::free(block) };
        }
    }
}

unsafe extern "C" fn realloc(opaque: *mut c_void, block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: as above; none counts as no bytes.
    let before = unsafe { libc::malloc_usable_size(block) };
    // A string that grows has its second half in vain, and musl would move it.
    if KEPT_SIZES.contains(&before) && (before / 2..=before).contains(&size) {
        return block;
    }
    if before > 0 && let Some(moved) = take_kept(size) {
        // SAFETY: both have so many bytes, and are not the same.
        unsafe { moved.cast::<u8>().copy_from(block.cast(), before.min(size)) };
        // SAFETY: as above.
        unsafe { free(opaque, block) };
        return counted(moved);
    }
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
    give_kept_back();
    let doubled = HELD.get() > SMALL && HELD.get() >= 2 * HELD_THEN.get();
    if doubled || ENDED.get() >= MANY_ENDED {
        collect();
        crate::sandbox::memory::give_back();
    }
}
