//! The terminal: its size, and its keys.

use std::cell::Cell;
use std::io;

use deno_error::JsErrorBox;

use crate::engine::Bytes;
use crate::errors::of_system;

thread_local! {
    /// How the terminal at standard input was before its keys were taken.
    static BEFORE: Cell<Option<libc::termios>> = const { Cell::new(None) };
}

/// Columns of the terminal at standard output times 65536, and its rows; 0 where
/// that cannot be told.
pub fn op_base_terminal_size() -> u32 {
    // SAFETY: zeroes are a valid structure, and the call writes no more than one.
    let size = unsafe {
        let mut size: libc::winsize = std::mem::zeroed();
        if libc::ioctl(libc::STDOUT_FILENO, libc::TIOCGWINSZ, &raw mut size) != 0 {
            return 0;
        }
        size
    };
    u32::from(size.ws_col) << 16 | u32::from(size.ws_row)
}

/// Has the terminal at standard input give keys at once and unseen, or as
/// before; Ctrl-C stays a signal. False where there is no terminal.
pub fn op_base_take_keys(on: bool) -> bool {
    if !on {
        // SAFETY: the structure is what the terminal gave.
        return BEFORE.take().is_some_and(|before| unsafe {
            libc::tcsetattr(libc::STDIN_FILENO, libc::TCSANOW, &raw const before) == 0
        });
    }
    // SAFETY: zeroes are a valid structure, and the calls take no more than one.
    unsafe {
        let mut now: libc::termios = std::mem::zeroed();
        if libc::tcgetattr(libc::STDIN_FILENO, &raw mut now) != 0 {
            return false;
        }
        BEFORE.set(Some(now));
        now.c_lflag &= !(libc::ICANON | libc::ECHO);
        now.c_cc[libc::VMIN] = 1;
        now.c_cc[libc::VTIME] = 0;
        libc::tcsetattr(libc::STDIN_FILENO, libc::TCSANOW, &raw const now) == 0
    }
}

/// Reads some bytes of standard input, on a thread of its own: a terminal cannot
/// be asked to say when there are some without changing it for others. 0 at its
/// end.
pub async fn op_base_read_keys(mut into: Bytes) -> Result<u32, JsErrorBox> {
    let most = into.get().len();
    let bytes = tokio::task::spawn_blocking(move || read_some(most))
        .await
        .unwrap_or_else(|e| Err(io::Error::other(e)))
        .map_err(of_system)?;
    into.get_mut()[..bytes.len()].copy_from_slice(&bytes);
    Ok(bytes.len() as u32)
}

fn read_some(most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; most];
    // SAFETY: the slice is valid for its length.
    let read = unsafe { libc::read(libc::STDIN_FILENO, bytes.as_mut_ptr().cast(), most) };
    if read < 0 {
        return Err(io::Error::last_os_error());
    }
    bytes.truncate(read as usize);
    Ok(bytes)
}
