//! Standard output and error.
//!
//! A reader of our log that stops reading must never stop a request, so an
//! asynchronous write that would block happens on a separate thread. The
//! descriptor itself is left as it was given: setting it non-blocking would
//! change it for every other program that shares it.

use std::io;
use std::rc::Rc;
use std::cell::Cell;

use crate::engine::Bytes;
use crate::errors::of_system;
use deno_error::JsErrorBox;
use tokio::sync::Mutex;

/// What a pipe that polls writable takes without blocking (POSIX's PIPE_BUF).
const PIPE_TAKES: usize = 4096;

thread_local! {
    /// Whether standard output takes any amount at once when it polls
    /// writable: files do, pipes and the like do not.
    static IS_FILE: Cell<Option<bool>> = const { Cell::new(None) };
    /// Keeps concurrent writes in order.
    static TURN: Rc<Mutex<()>> = Rc::new(Mutex::new(()));
}

fn write_some(descriptor: i32, bytes: &[u8]) -> io::Result<usize> {
    loop {
        // SAFETY: the slice is valid for its length.
        let written = unsafe { libc::write(descriptor, bytes.as_ptr().cast(), bytes.len()) };
        if written >= 0 {
            return Ok(written as usize);
        }
        let error = io::Error::last_os_error();
        match error.kind() {
            io::ErrorKind::Interrupted => {}
            // Another process made it non-blocking: wait until it takes more.
            io::ErrorKind::WouldBlock => {
                writable(descriptor, -1);
            }
            _ => return Err(error),
        }
    }
}

fn writable(descriptor: i32, milliseconds: i32) -> bool {
    let mut wanted = libc::pollfd { fd: descriptor, events: libc::POLLOUT, revents: 0 };
    // SAFETY: one valid entry.
    unsafe { libc::poll(&raw mut wanted, 1, milliseconds) > 0 }
}

fn is_file(descriptor: i32) -> bool {
    IS_FILE.get().unwrap_or_else(|| {
        // SAFETY: all zero is a valid `stat`, and fstat fills it.
        let is = unsafe {
            let mut found: libc::stat = std::mem::zeroed();
            libc::fstat(descriptor, &raw mut found) == 0
                && found.st_mode & libc::S_IFMT == libc::S_IFREG
        };
        IS_FILE.set(Some(is));
        is
    })
}

/// Writes some of the bytes to standard output.
pub async fn op_base_write_stdout(
    bytes: Bytes,
) -> Result<u32, JsErrorBox> {
    let bytes = bytes.get();
    if bytes.is_empty() {
        return Ok(0);
    }
    let turn = TURN.with(Rc::clone);
    let _turn = turn.lock().await;
    let written = if is_file(1) {
        write_some(1, bytes)
    } else if writable(1, 0) {
        write_some(1, &bytes[..bytes.len().min(PIPE_TAKES)])
    } else {
        let bytes = bytes.to_vec();
        tokio::task::spawn_blocking(move || write_some(1, &bytes))
            .await
            .unwrap_or_else(|e| Err(io::Error::other(e)))
    };
    written.map(|n| n as u32).map_err(of_system)
}

/// Writes some of the bytes to standard output (1) or error (2), waiting.
pub fn op_base_write_sync(
    descriptor: i32,
    bytes: &[u8],
) -> Result<u32, JsErrorBox> {
    write_some(if descriptor == 2 { 2 } else { 1 }, bytes)
        .map(|n| n as u32)
        .map_err(of_system)
}
