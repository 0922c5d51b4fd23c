//! The process: environment, arguments, end, user, clock.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::OnceLock;

use deno_error::JsErrorBox;

use crate::container;
use crate::state::{permissions, run};

/// The whole environment; names and values that are not UTF-8 are left out.
pub fn op_base_env() -> Result<BTreeMap<String, String>, JsErrorBox> {
    permissions()
        .check_env_all()
        .map_err(JsErrorBox::from_err)?;
    Ok(std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect())
}

pub fn op_base_env_get(
    name: &str,
) -> Result<Option<String>, JsErrorBox> {
    permissions()
        .check_env(name)
        .map_err(JsErrorBox::from_err)?;
    if name.is_empty() || name.contains(['=', '\0']) {
        return Ok(None);
    }
    Ok(std::env::var(name).ok())
}

pub fn op_base_args() -> Vec<String> {
    run().arguments.clone()
}

pub fn op_base_exit(code: i32) {
    std::process::exit(code)
}

/// The effective user or group.
pub fn op_base_identity(group: bool) -> Result<u32, JsErrorBox> {
    let (kind, api) = if group { ("gid", "Deno.gid()") } else { ("uid", "Deno.uid()") };
    permissions()
        .check_sys(kind, api)
        .map_err(JsErrorBox::from_err)?;
    // SAFETY: neither call has a precondition or can fail.
    Ok(unsafe { if group { libc::getegid() } else { libc::geteuid() } })
}

/// Sets the umask (or only reads it, for a negative one); returns the old one.
pub fn op_base_umask(mask: i32) -> Result<u32, JsErrorBox> {
    permissions()
        .check_sys("umask", "Deno.umask()")
        .map_err(JsErrorBox::from_err)?;
    // SAFETY: umask cannot fail. It is the process's, so reading it means
    // setting it for a moment; no other thread makes files here.
    Ok(unsafe {
        if mask >= 0 {
            libc::umask(mask as libc::mode_t & 0o777)
        } else {
            let old = libc::umask(0o777);
            libc::umask(old);
            old
        }
    })
}

/// Milliseconds since the start.
pub fn op_base_now() -> f64 {
    run().started.elapsed().as_secs_f64() * 1000.0
}

/// The arguments of a process (0: this one), its name first; none where they
/// cannot be read. Asks for the right to read any file.
pub fn op_base_command_line(pid: i32) -> Vec<String> {
    if pid == 0 {
        return std::env::args_os().map(|one| one.to_string_lossy().into_owned()).collect();
    }
    if !permissions().query_read_all() {
        return Vec::new();
    }
    let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    // Each ends in NUL, the last one too.
    let whole = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
    if whole.is_empty() {
        return Vec::new();
    }
    whole
        .split(|&byte| byte == 0)
        .map(|one| String::from_utf8_lossy(one).into_owned())
        .collect()
}

/// What the kernel says of a process (`/proc/PID/status`); empty where it
/// cannot be read. Asks for the right to read any file.
pub fn op_base_process_status(pid: i32) -> String {
    if !permissions().query_read_all() {
        return String::new();
    }
    std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default()
}

/// How many bytes of the process are resident; 0 where that cannot be told.
///
/// The first call opens the file, which must be before files are confined.
pub fn op_base_resident() -> f64 {
    static STATM: OnceLock<Option<File>> = OnceLock::new();
    let Some(file) = STATM.get_or_init(|| File::open("/proc/self/statm").ok()) else {
        return 0.0;
    };
    let mut bytes = [0; 128];
    let Ok(size) = file.read_at(&mut bytes, 0) else {
        return 0.0;
    };
    // proc_pid_statm(5): the second number is that of resident pages.
    let pages = std::str::from_utf8(&bytes[..size])
        .ok()
        .and_then(|text| text.split(' ').nth(1)?.parse::<f64>().ok());
    // SAFETY: the call has no precondition.
    pages.unwrap_or(0.0) * unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as f64
}

/// Whether standard output is a terminal: by its device, as a filter of system
/// calls around the program may let no `ioctl` through.
pub fn op_base_terminal() -> bool {
    // SAFETY: zeroes are a valid `stat`, and the call writes no more than one.
    let found = unsafe {
        let mut found: libc::stat = std::mem::zeroed();
        if libc::fstat(libc::STDOUT_FILENO, &mut found) != 0 {
            return false;
        }
        found
    };
    // Consoles and /dev/tty, and the terminals of programs (Linux,
    // admin-guide/devices.txt).
    let major = libc::major(found.st_rdev);
    found.st_mode & libc::S_IFMT == libc::S_IFCHR
        && (matches!(major, 4 | 5) || (136..=143).contains(&major))
}

/// The id of the container that this process runs in, as it was found at the
/// start; none where it could not be told. Asks for the right to read any file.
pub fn op_base_container_id() -> Option<String> {
    if !permissions().query_read_all() {
        return None;
    }
    container::id().map(str::to_string)
}

/// How many descriptors the process may have open.
pub fn op_base_descriptor_limit() -> f64 {
    crate::sandbox::process::descriptor_limit().map_or(1024.0, |limit| limit as f64)
}

/// How many bytes of memory the container that this process runs in may have,
/// as cgroup v2 or v1 tells it; 0 where there is no limit, or it cannot be told.
/// Asks for the right to read any file.
pub fn op_base_memory_limit() -> f64 {
    if !permissions().query_read_all() {
        return 0.0;
    }
    ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        .iter()
        .find_map(|path| std::fs::read_to_string(path).ok())
        .map_or(0.0, |text| memory_limit(&text))
}

/// The limit that such a file tells. Version 2 writes `max` for none, version 1
/// a huge number.
fn memory_limit(text: &str) -> f64 {
    let bytes: f64 = text.trim().parse().unwrap_or(0.0);
    if bytes < (1_u64 << 50) as f64 { bytes } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::memory_limit;

    #[test]
    fn reads_the_limit_of_memory_of_both_versions() {
        assert_eq!(memory_limit("134217728\n"), 134_217_728.0);
        assert_eq!(memory_limit("max\n"), 0.0);
        assert_eq!(memory_limit("9223372036854771712\n"), 0.0);
        assert_eq!(memory_limit(""), 0.0);
    }
}
