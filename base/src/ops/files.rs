//! The few file operations. Those on paths are synchronous: they are used at
//! the start and on a reload only. Files that are written to are only ever added
//! to.

use std::borrow::Cow;
use std::ffi::CString;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use deno_error::JsErrorBox;
use deno_permissions::OpenAccessKind;

use crate::errors::{of_action, of_system};
use crate::state::{self, Resource, permissions};

/// An I/O error with stock's text: what was done to which path.
fn failed(error: io::Error, action: &str, path: &str) -> JsErrorBox {
    of_action(error, &format!("{action} '{path}'"))
}

fn may_read<'a>(
    path: &'a str,
    follow: bool,
    api: &str,
) -> Result<deno_permissions::CheckedPath<'a>, JsErrorBox> {
    let kind = if follow { OpenAccessKind::Read } else { OpenAccessKind::ReadNoFollow };
    permissions()
        .check_open(Cow::Borrowed(Path::new(path)), kind, Some(api))
        .map_err(JsErrorBox::from_err)
}

fn may_write<'a>(
    path: &'a str,
    follow: bool,
    api: &str,
) -> Result<deno_permissions::CheckedPath<'a>, JsErrorBox> {
    let kind = if follow { OpenAccessKind::Write } else { OpenAccessKind::WriteNoFollow };
    permissions()
        .check_open(Cow::Borrowed(Path::new(path)), kind, Some(api))
        .map_err(JsErrorBox::from_err)
}

/// A whole file as text; what is not UTF-8 becomes U+FFFD.
pub fn op_base_read_text(path: &str) -> Result<String, JsErrorBox> {
    let checked = may_read(path, true, "Deno.readTextFileSync()")?;
    let bytes = std::fs::read(&checked).map_err(|e| failed(e, "readfile", path))?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) => String::from_utf8_lossy(e.as_bytes()).into_owned(),
    })
}

fn milliseconds(at: io::Result<SystemTime>) -> f64 {
    at.ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(f64::NAN, |since| since.as_millis() as f64)
}

/// When what stands at a path was made, in milliseconds since 1970. (Rust's
/// library does not ask for it on musl.)
fn created(path: &str, follow: bool) -> f64 {
    let Ok(name) = CString::new(path) else {
        return f64::NAN;
    };
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    // SAFETY: all zero is a valid structure, which the system fills; the name
    // ends in NUL.
    let (found, outcome) = unsafe {
        let mut found: libc::statx = std::mem::zeroed();
        let at = libc::AT_FDCWD;
        let outcome = libc::statx(at, name.as_ptr(), flags, libc::STATX_BTIME, &raw mut found);
        (found, outcome)
    };
    if outcome != 0 || found.stx_mask & libc::STATX_BTIME == 0 {
        return f64::NAN;
    }
    (found.stx_btime.tv_sec * 1000) as f64 + f64::from(found.stx_btime.tv_nsec / 1_000_000)
}

/// What stands at a path, as numbers in the order that the glue knows.
pub fn op_base_stat(
    path: &str,
    follow: bool,
) -> Result<Vec<f64>, JsErrorBox> {
    let (action, api) = if follow { ("stat", "Deno.statSync()") } else { ("lstat", "Deno.lstatSync()") };
    let checked = may_read(path, follow, api)?;
    let found = if follow {
        std::fs::metadata(&checked)
    } else {
        std::fs::symlink_metadata(&checked)
    }
    .map_err(|e| failed(e, action, path))?;
    Ok(described(&found, created(path, follow)))
}

/// What is known of a file, as numbers in the order that the glue knows.
fn described(found: &Metadata, created: f64) -> Vec<f64> {
    let kind = found.file_type();
    let flag = |is: bool| f64::from(u8::from(is));
    vec![
        flag(kind.is_file()),
        flag(kind.is_dir()),
        flag(kind.is_symlink()),
        found.size() as f64,
        milliseconds(found.modified()),
        milliseconds(found.accessed()),
        created,
        (found.ctime() * 1000) as f64,
        found.dev() as f64,
        found.ino() as f64,
        f64::from(found.mode()),
        found.nlink() as f64,
        f64::from(found.uid()),
        f64::from(found.gid()),
        found.rdev() as f64,
        found.blksize() as f64,
        found.blocks() as f64,
        flag(kind.is_block_device()),
        flag(kind.is_char_device()),
        flag(kind.is_fifo()),
        flag(kind.is_socket()),
    ]
}

/// Removes a file, a link, a socket or an empty folder.
pub fn op_base_remove(path: &str) -> Result<(), JsErrorBox> {
    let checked = may_write(path, false, "Deno.removeSync()")?;
    let outcome = std::fs::symlink_metadata(&checked).and_then(|found| {
        if found.is_dir() {
            std::fs::remove_dir(&checked)
        } else {
            std::fs::remove_file(&checked)
        }
    });
    outcome.map_err(|e| failed(e, "remove", path))
}

/// Gives a file another name; what bore that name is replaced.
pub fn op_base_rename(
    from: &str,
    to: &str,
) -> Result<(), JsErrorBox> {
    let api = "Deno.renameSync()";
    may_read(from, false, api)?;
    let checked = may_write(from, false, api)?;
    let target = may_write(to, false, api)?;
    std::fs::rename(&checked, &target).map_err(|error| {
        of_action(error, &format!("rename '{from}' -> '{to}'"))
    })
}

pub fn op_base_chmod(
    path: &str,
    mode: u32,
) -> Result<(), JsErrorBox> {
    let checked = may_write(path, true, "Deno.chmodSync()")?;
    std::fs::set_permissions(&checked, std::fs::Permissions::from_mode(mode))
        .map_err(|e| failed(e, "chmod", path))
}

/// Changes owner and group; -1 leaves one as it is.
pub fn op_base_chown(
    path: &str,
    uid: f64,
    gid: f64,
) -> Result<(), JsErrorBox> {
    let checked = may_write(path, true, "Deno.chownSync()")?;
    let name = CString::new(checked.as_os_str().as_bytes())
        .map_err(|_| failed(io::ErrorKind::InvalidInput.into(), "chown", path))?;
    // SAFETY: `name` is a string that ends in NUL and lives through the call.
    let outcome = unsafe { libc::chown(name.as_ptr(), uid as i64 as u32, gid as i64 as u32) };
    if outcome == 0 {
        return Ok(());
    }
    Err(failed(io::Error::last_os_error(), "chown", path))
}

/// Opens a file for adding to its end, and makes it where there is none.
pub fn op_base_open_append(path: &str, mode: u32) -> Result<u32, JsErrorBox> {
    let checked = may_write(path, true, "Deno.openSync()")?;
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(mode)
        .open(&checked)
        .map_err(|e| failed(e, "open", path))?;
    Ok(state::add(Resource::File(Arc::new(file))))
}

fn file(rid: u32) -> Result<Arc<File>, JsErrorBox> {
    match state::get(rid) {
        Some(Resource::File(file)) => Ok(file),
        _ => Err(state::bad_resource()),
    }
}

/// Adds some of the bytes; how many.
pub fn op_base_file_write(rid: u32, bytes: &[u8]) -> Result<u32, JsErrorBox> {
    let file = file(rid)?;
    loop {
        match (&*file).write(bytes) {
            Ok(written) => return Ok(written as u32),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(of_system(e)),
        }
    }
}

/// Waits until the disk has what was written. It happens on another thread: a
/// slow disk must not stop a request.
pub async fn op_base_file_sync(rid: u32) -> Result<(), JsErrorBox> {
    let file = file(rid)?;
    tokio::task::spawn_blocking(move || file.sync_data())
        .await
        .unwrap_or_else(|e| Err(io::Error::other(e)))
        .map_err(of_system)
}

/// What an open file is, as numbers in the order that the glue knows.
pub fn op_base_file_stat(rid: u32) -> Result<Vec<f64>, JsErrorBox> {
    let found = file(rid)?.metadata().map_err(of_system)?;
    Ok(described(&found, f64::NAN))
}

/// Takes an open file for this process alone, until it is closed; whether no
/// other process has it.
pub fn op_base_file_lock(rid: u32) -> Result<bool, JsErrorBox> {
    let file = file(rid)?;
    // SAFETY: the descriptor is open as long as the file is held.
    if unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } == 0 {
        return Ok(true);
    }
    let error = io::Error::last_os_error();
    if error.kind() == io::ErrorKind::WouldBlock { Ok(false) } else { Err(of_system(error)) }
}

/// Bytes of a file from a place on: so many at most, fewer at its end.
pub fn op_base_read_part(path: &str, from: f64, most: u32) -> Result<Vec<u8>, JsErrorBox> {
    let checked = may_read(path, true, "Deno.openSync()")?;
    let read = || {
        let file = File::open(&checked)?;
        let mut bytes = vec![0; most as usize];
        let mut got = 0;
        while got < bytes.len() {
            match file.read_at(&mut bytes[got..], from as u64 + got as u64) {
                Ok(0) => break,
                Ok(more) => got += more,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        bytes.truncate(got);
        Ok(bytes)
    };
    read().map_err(|e| failed(e, "open", path))
}
