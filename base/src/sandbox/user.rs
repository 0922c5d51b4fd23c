//! Becoming another user for good.

use std::ffi::CString;
use std::io;

/// The version of the capability calls with 64 bits in two words.
const CAPABILITY_VERSION_3: u32 = 0x2008_0522;
/// Beyond the last capability that any kernel knows.
const CAPABILITIES: libc::c_ulong = 64;

#[repr(C)]
struct CapabilityHead {
    version: u32,
    pid: i32,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct CapabilityWord {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

fn check(outcome: libc::c_int) -> io::Result<()> {
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Becomes that user and group, with no other group and no capability. The C
/// library changes user and groups on every thread; a change from root to
/// another user clears the capabilities of each.
pub fn drop_to(uid: u32, gid: u32) -> io::Result<()> {
    if uid == 0 || uid == u32::MAX || gid == u32::MAX {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    bound_capabilities();
    // SAFETY: one valid group; the others take numbers only.
    unsafe {
        check(libc::setgroups(1, &raw const gid))?;
        check(libc::setresgid(gid, gid, gid))?;
        check(libc::setresuid(uid, uid, uid))?;
    }
    clear_capabilities()?;
    // A process that can become root again has dropped nothing.
    // SAFETY: takes numbers only.
    if unsafe { libc::setresuid(0, 0, 0) } == 0 {
        return Err(io::Error::other("the change of user could be undone"));
    }
    Ok(())
}

/// Gives up every capability and stays the user. The system takes them from
/// this thread and those that it makes later; it fails if another has some.
pub fn drop_capabilities() -> io::Result<()> {
    bound_capabilities();
    clear_capabilities()?;
    for thread in std::fs::read_dir("/proc/self/task")? {
        let status = std::fs::read_to_string(thread?.path().join("status")).unwrap_or_default();
        if !status.is_empty() && !status.contains("\nCapPrm:\t0000000000000000\n") {
            return Err(io::Error::other("a thread keeps capabilities"));
        }
    }
    Ok(())
}

/// Whether that user with that one group could write to what stands at a path
/// (which is what connecting to a socket asks for), by the system's own answer.
/// Fails where this process may not change its user.
pub fn could_write(path: &str, uid: u32, gid: u32) -> io::Result<bool> {
    let name = CString::new(path)?;
    // On a thread that ends, and with calls that are the thread's alone, unlike
    // the C library's.
    let asked = std::thread::spawn(move || {
        // SAFETY: one valid group and one string that ends in NUL, both of
        // which live through the calls; the others take numbers only.
        unsafe {
            check(libc::syscall(libc::SYS_setgroups, 1usize, &raw const gid) as libc::c_int)?;
            check(libc::syscall(libc::SYS_setresgid, gid, gid, gid) as libc::c_int)?;
            check(libc::syscall(libc::SYS_setresuid, uid, uid, uid) as libc::c_int)?;
            let (here, wanted) = (libc::AT_FDCWD, libc::W_OK);
            Ok(libc::syscall(libc::SYS_faccessat, here, name.as_ptr(), wanted) == 0)
        }
    });
    asked.join().unwrap_or_else(|_| Err(io::Error::other("the thread ended")))
}

/// No program that is started could have a capability.
fn bound_capabilities() {
    // SAFETY: takes numbers only. May fail where some were taken already; what
    // must hold is checked by who calls.
    unsafe {
        for capability in 0..CAPABILITIES {
            // -1 also for the first number that the kernel does not know.
            if libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 {
                break;
            }
        }
        libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    }
}

fn clear_capabilities() -> io::Result<()> {
    let head = CapabilityHead { version: CAPABILITY_VERSION_3, pid: 0 };
    let none = [CapabilityWord::default(); 2];
    // SAFETY: the structures are as the kernel wants them for that version.
    let outcome = unsafe { libc::syscall(libc::SYS_capset, &raw const head, none.as_ptr()) };
    check(outcome as libc::c_int)
}

#[cfg(test)]
mod tests {
    use super::could_write;

    /// Only root can ask for others.
    #[test]
    fn asks_the_system_what_another_user_could_write_to() {
        // SAFETY: cannot fail.
        if unsafe { libc::geteuid() } != 0 {
            return;
        }
        use std::os::unix::fs::{PermissionsExt, chown};
        let folder = std::env::temp_dir().join(format!("sockwarden-user-{}", std::process::id()));
        let file = folder.join("socket");
        let mode = |path: &std::path::Path, bits| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(bits)).expect("chmod");
        };
        std::fs::create_dir(&folder).expect("a folder");
        mode(&folder, 0o711);
        std::fs::write(&file, "").expect("a file");
        chown(&file, Some(0), Some(77)).expect("chown");
        let could = |uid, gid| could_write(file.to_str().expect("UTF-8"), uid, gid).expect("root");
        mode(&file, 0o660);
        assert_eq!((could(65532, 77), could(65532, 78), could(0, 0)), (true, false, true));
        mode(&file, 0o600);
        assert_eq!((could(65532, 77), could(0, 0)), (false, true));
        mode(&file, 0o660);
        mode(&folder, 0o700);
        assert_eq!((could(65532, 77), could(0, 0)), (false, true));
        // This thread is what it was.
        assert!(std::fs::read_dir(&folder).is_ok());
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
