//! Confining file access with Landlock, where the kernel has it.
//!
//! Landlock (as far as its version 8) governs files, not sockets in the file
//! system: connecting to a unix socket needs no right here, making one does.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

const CREATE_RULESET_VERSION: u32 = 1;
const RULE_PATH_BENEATH: u32 = 1;

// Rights, in the order in which versions of Landlock brought them.
const EXECUTE: u64 = 1 << 0;
const WRITE_FILE: u64 = 1 << 1;
const READ_FILE: u64 = 1 << 2;
const READ_DIR: u64 = 1 << 3;
const REMOVE_DIR: u64 = 1 << 4;
const REMOVE_FILE: u64 = 1 << 5;
const MAKE_CHAR: u64 = 1 << 6;
const MAKE_DIR: u64 = 1 << 7;
const MAKE_REG: u64 = 1 << 8;
const MAKE_SOCK: u64 = 1 << 9;
const MAKE_FIFO: u64 = 1 << 10;
const MAKE_BLOCK: u64 = 1 << 11;
const MAKE_SYM: u64 = 1 << 12;
const REFER: u64 = 1 << 13;
const TRUNCATE: u64 = 1 << 14;
const IOCTL_DEV: u64 = 1 << 15;

const OF_VERSION_1: u64 = EXECUTE
    | WRITE_FILE
    | READ_FILE
    | READ_DIR
    | REMOVE_DIR
    | REMOVE_FILE
    | MAKE_CHAR
    | MAKE_DIR
    | MAKE_REG
    | MAKE_SOCK
    | MAKE_FIFO
    | MAKE_BLOCK
    | MAKE_SYM;

/// What a path for reading allows.
const READING: u64 = READ_FILE | READ_DIR;
/// What a path for writing allows: files and sockets, made, changed, removed,
/// renamed.
const WRITING: u64 =
    READING | WRITE_FILE | TRUNCATE | MAKE_REG | MAKE_SOCK | REMOVE_FILE | REFER;
/// The rights that a rule on anything but a folder may carry.
const OF_FILES: u64 = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV;

/// What resolving a name reads. A path that is missing is passed over.
const RESOLVER: &[&str] = &["/etc", "/run/systemd/resolve"];

#[repr(C)]
struct RulesetAttributes {
    handled_access_fs: u64,
}

#[repr(C, packed)]
struct PathBeneath {
    allowed_access: u64,
    parent_fd: i32,
}

/// The kernel's version of Landlock; 0 where it has none.
pub fn version() -> i64 {
    // SAFETY: with this flag the call takes no structure.
    let version = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::null::<RulesetAttributes>(),
            0usize,
            CREATE_RULESET_VERSION,
        )
    };
    version.max(0)
}

fn handled(version: i64) -> u64 {
    let mut rights = OF_VERSION_1;
    if version >= 2 {
        rights |= REFER;
    }
    if version >= 3 {
        rights |= TRUNCATE;
    }
    if version >= 5 {
        rights |= IOCTL_DEV;
    }
    rights
}

/// Confines this thread, and every thread that it makes from now on, to these
/// paths. Says in words what is in force.
pub fn restrict(read: &[String], write: &[String]) -> io::Result<String> {
    let version = version();
    if version < 1 {
        return Ok("files not confined (this kernel has no Landlock)".into());
    }
    let handled = handled(version);
    let attributes = RulesetAttributes { handled_access_fs: handled };
    // SAFETY: the structure's size is given with it.
    let ruleset = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            &raw const attributes,
            size_of::<RulesetAttributes>(),
            0u32,
        )
    };
    if ruleset < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call made this descriptor for us alone.
    let ruleset = unsafe { OwnedFd::from_raw_fd(ruleset as i32) };

    let mut missing = Vec::new();
    let readable = read.iter().map(|path| (path.as_str(), READING));
    let writable = write.iter().map(|path| (path.as_str(), WRITING));
    for (path, rights) in readable.chain(writable) {
        if !add(&ruleset, path, rights & handled)? {
            missing.push(path);
        }
    }
    for path in RESOLVER {
        add(&ruleset, path, READING & handled)?;
    }

    // Landlock asks for this; it is set already unless --no-sandbox was given.
    // SAFETY: takes numbers only.
    unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    // SAFETY: takes numbers only.
    let outcome =
        unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset.as_raw_fd(), 0u32) };
    if outcome != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut words = format!("files confined by Landlock {version}");
    if !missing.is_empty() {
        words.push_str(&format!(" (not there, so not allowed: {})", missing.join(", ")));
    }
    Ok(words)
}

/// Allows what lies at and under a path; false where nothing is there.
fn add(ruleset: &OwnedFd, path: &str, rights: u64) -> io::Result<bool> {
    let name = CString::new(path)?;
    // SAFETY: `name` ends in NUL and lives through the call.
    let place = unsafe { libc::open(name.as_ptr(), libc::O_PATH | libc::O_CLOEXEC) };
    if place < 0 {
        let error = io::Error::last_os_error();
        return match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(false),
            _ => Err(error),
        };
    }
    // SAFETY: the call made this descriptor for us alone.
    let place = unsafe { OwnedFd::from_raw_fd(place) };
    // SAFETY: all zero is a valid `stat`, and fstat fills it.
    let is_folder = unsafe {
        let mut found: libc::stat = std::mem::zeroed();
        libc::fstat(place.as_raw_fd(), &raw mut found) == 0
            && found.st_mode & libc::S_IFMT == libc::S_IFDIR
    };
    let rule = PathBeneath {
        allowed_access: if is_folder { rights } else { rights & OF_FILES },
        parent_fd: place.as_raw_fd(),
    };
    // SAFETY: the structure is as the kernel wants it for this kind of rule.
    let outcome = unsafe {
        libc::syscall(
            libc::SYS_landlock_add_rule,
            ruleset.as_raw_fd(),
            RULE_PATH_BENEATH,
            &raw const rule,
            0u32,
        )
    };
    if outcome == 0 { Ok(true) } else { Err(io::Error::last_os_error()) }
}
