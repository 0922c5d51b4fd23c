//! A filter of system calls, in force for every thread made after it.
//!
//! It is a list of what is refused, not of what is allowed: the runtime, tokio
//! and the C library change what they call from release to release, and what
//! an attacker wants of a proxy (start a program, trace another process, mount,
//! make namespaces, load code into the kernel) does not.

use std::io;

use libc::{
    BPF_ABS, BPF_JEQ, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W, SECCOMP_RET_ALLOW,
    SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_PROCESS, sock_filter, sock_fprog,
};

#[cfg(target_arch = "x86_64")]
const KEXEC_FILE_LOAD: libc::c_long = libc::SYS_kexec_file_load;
/// The crate `libc` has no name for it with musl; `asm-generic/unistd.h` has.
#[cfg(target_arch = "aarch64")]
const KEXEC_FILE_LOAD: libc::c_long = 294;

/// Since Linux 6.15, with one number on every architecture: `open_tree` in
/// another form.
const OPEN_TREE_ATTR: libc::c_long = 467;

/// Refused with EPERM.
const REFUSED: &[libc::c_long] = &[
    // Other programs and other processes.
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_personality,
    libc::SYS_memfd_create,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_fork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
    // Mounts and the root.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    OPEN_TREE_ATTR,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    // Namespaces (clone's flags are looked at below).
    libc::SYS_unshare,
    libc::SYS_setns,
    // The kernel: code, tracing, keys, the machine.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    KEXEC_FILE_LOAD,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_syslog,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    // Rings of calls that a filter does not see.
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
];

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xc000_00b7;

/// Calls of the x32 interface carry this bit; they would slip past the list.
#[cfg(target_arch = "x86_64")]
const X32: u32 = 0x4000_0000;

// Where the words of `seccomp_data` stand.
const NUMBER: u32 = 0;
const ARCH: u32 = 4;
/// The low word of the first argument (both targets are little-endian).
const ARGUMENT: u32 = 16;

const NAMESPACES: u32 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET) as u32;

const REFUSE: u32 = SECCOMP_RET_ERRNO | libc::EPERM as u32;

fn statement(code: u32, k: u32) -> sock_filter {
    sock_filter { code: code as u16, jt: 0, jf: 0, k }
}

/// Answers `verdict` if the value loaded compares with `k`.
fn verdict_if(comparison: u32, k: u32, verdict: u32) -> [sock_filter; 2] {
    [
        sock_filter { code: (BPF_JMP | comparison | BPF_K) as u16, jt: 0, jf: 1, k },
        statement(BPF_RET | BPF_K, verdict),
    ]
}

fn load(at: u32) -> sock_filter {
    statement(BPF_LD | BPF_W | BPF_ABS, at)
}

fn program() -> Vec<sock_filter> {
    let mut steps = vec![
        load(ARCH),
        sock_filter { code: (BPF_JMP | BPF_JEQ | BPF_K) as u16, jt: 1, jf: 0, k: ARCHITECTURE },
        statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        load(NUMBER),
    ];
    #[cfg(target_arch = "x86_64")]
    steps.extend(verdict_if(BPF_JSET, X32, REFUSE));
    for &number in REFUSED {
        steps.extend(verdict_if(BPF_JEQ, number as u32, REFUSE));
    }
    // Its flags stand in memory, where a filter cannot look: the C library
    // falls back on clone where the kernel has no clone3.
    steps.extend(verdict_if(
        BPF_JEQ,
        libc::SYS_clone3 as u32,
        SECCOMP_RET_ERRNO | libc::ENOSYS as u32,
    ));
    steps.push(sock_filter {
        code: (BPF_JMP | BPF_JEQ | BPF_K) as u16,
        jt: 1,
        jf: 0,
        k: libc::SYS_clone as u32,
    });
    steps.push(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    // Threads only: no other process, no namespace.
    steps.push(load(ARGUMENT));
    steps.extend(verdict_if(BPF_JSET, NAMESPACES, REFUSE));
    steps.extend(verdict_if(BPF_JSET, libc::CLONE_THREAD as u32, SECCOMP_RET_ALLOW));
    steps.push(statement(BPF_RET | BPF_K, REFUSE));
    steps
}

/// Puts the filter in force. Needs `PR_SET_NO_NEW_PRIVS`.
pub fn install() -> io::Result<()> {
    let mut steps = program();
    let filter = sock_fprog {
        len: u16::try_from(steps.len()).map_err(io::Error::other)?,
        filter: steps.as_mut_ptr(),
    };
    // SAFETY: the kernel copies the program, which lives through the call.
    let outcome = unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const filter,
        )
    };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod verdicts;

/// What the kernel does with it. An emulator has no filter.
#[cfg(test)]
mod in_force {
    use std::io;

    /// Runs with the filter in force on one thread only.
    fn filtered<T: Send + 'static>(test: fn() -> T) -> T {
        std::thread::spawn(move || {
            // SAFETY: takes numbers only.
            unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
            super::install().expect("a kernel with seccomp");
            test()
        })
        .join()
        .expect("the filtered thread ends")
    }

    fn errno(outcome: libc::c_long) -> i32 {
        if outcome >= 0 { 0 } else { io::Error::last_os_error().raw_os_error().unwrap_or(-1) }
    }

    #[test]
    fn refuses_every_call_of_the_list() {
        let outcomes = filtered(|| {
            super::REFUSED
                .iter()
                // SAFETY: refused before the kernel looks at an argument; were
                // one not, zeros make it fail.
                .map(|&number| (number, errno(unsafe { libc::syscall(number, 0, 0, 0, 0, 0) })))
                .collect::<Vec<_>>()
        });
        for (number, errno) in outcomes {
            assert_eq!(errno, libc::EPERM, "system call {number}");
        }
    }

    #[test]
    fn looks_at_the_flags_of_clone() {
        let (namespace, process, clone3) = filtered(|| {
            // SAFETY: each is refused by the filter.
            unsafe {
                let flags = libc::CLONE_NEWUSER | libc::CLONE_THREAD | libc::CLONE_VM | libc::CLONE_SIGHAND;
                (
                    errno(libc::syscall(libc::SYS_clone, flags as libc::c_long, 0, 0, 0, 0)),
                    errno(libc::syscall(libc::SYS_clone, libc::SIGCHLD as libc::c_long, 0, 0, 0, 0)),
                    errno(libc::syscall(libc::SYS_clone3, 0, 0)),
                )
            }
        });
        assert_eq!((namespace, process, clone3), (libc::EPERM, libc::EPERM, libc::ENOSYS));
    }

    #[test]
    fn lets_threads_start_and_files_open() {
        let (thread, file, program) = filtered(|| {
            (
                std::thread::spawn(|| 7).join().ok(),
                std::fs::read("/proc/self/status").is_ok(),
                std::process::Command::new("/bin/true").status().is_ok(),
            )
        });
        assert_eq!((thread, file, program), (Some(7), true, false));
    }
}
