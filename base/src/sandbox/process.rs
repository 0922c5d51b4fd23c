//! Put in force for the whole process before it has a second thread.

use std::sync::OnceLock;

use crate::sandbox::seccomp;

/// More descriptors than this cost memory in the system and serve no purpose.
const MOST_DESCRIPTORS: u64 = 65_536;

static IN_FORCE: OnceLock<String> = OnceLock::new();

/// What is in force, in words.
pub fn in_force() -> String {
    IN_FORCE.get().cloned().unwrap_or_else(|| "nothing".into())
}

/// Raises the limit of open descriptors, gives up every way to more privilege
/// and filters system calls.
pub fn enter() {
    let descriptors = raise_descriptors();
    let mut words = Vec::new();
    // SAFETY: takes numbers only.
    let no_new = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } == 0;
    if no_new {
        words.push("no new privileges".to_string());
    }
    match seccomp::install() {
        Ok(()) => words.push("system calls filtered (no program can be started)".to_string()),
        Err(error) => words.push(format!("system calls not filtered ({error})")),
    }
    words.extend(descriptors);
    let _ = IN_FORCE.set(words.join(", "));
}

/// The user asked for no filter.
pub fn switched_off() {
    let mut words = vec!["system calls not filtered (--no-sandbox)".to_string()];
    words.extend(raise_descriptors());
    let _ = IN_FORCE.set(words.join(", "));
}

fn limit() -> Option<libc::rlimit> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: fills the one structure given.
    let known = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } == 0;
    known.then_some(limit)
}

/// How many descriptors the process may have open.
pub fn descriptor_limit() -> Option<u64> {
    limit().map(|limit| limit.rlim_cur)
}

/// Raises the soft limit of open descriptors towards the hard one.
fn raise_descriptors() -> Option<String> {
    let mut limit = limit()?;
    let wanted = limit.rlim_max.min(MOST_DESCRIPTORS);
    if limit.rlim_cur < wanted {
        limit.rlim_cur = wanted;
        // SAFETY: reads the one structure given.
        if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } != 0 {
            return None;
        }
    }
    Some(format!("{} descriptors", limit.rlim_cur))
}
