//! Becoming another user for good.

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
    // SAFETY: takes numbers only. May fail where some were taken already;
    // what must hold is checked below.
    unsafe {
        for capability in 0..CAPABILITIES {
            // -1 also for the first number that the kernel does not know.
            if libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 {
                break;
            }
        }
        libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    }
    // SAFETY: one valid group; the others take numbers only.
    unsafe {
        check(libc::setgroups(1, &raw const gid))?;
        check(libc::setresgid(gid, gid, gid))?;
        check(libc::setresuid(uid, uid, uid))?;
    }
    let head = CapabilityHead { version: CAPABILITY_VERSION_3, pid: 0 };
    let none = [CapabilityWord::default(); 2];
    // SAFETY: the structures are as the kernel wants them for that version.
    let outcome =
        unsafe { libc::syscall(libc::SYS_capset, &raw const head, none.as_ptr()) };
    check(outcome as libc::c_int)?;
    // A process that can become root again has dropped nothing.
    // SAFETY: takes numbers only.
    if unsafe { libc::setresuid(0, 0, 0) } == 0 {
        return Err(io::Error::other("the change of user could be undone"));
    }
    Ok(())
}
