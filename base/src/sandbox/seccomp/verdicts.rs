//! What the filter says of a call, without a kernel: tested under an emulator
//! too.

use super::*;

const KILL: u32 = SECCOMP_RET_KILL_PROCESS;
const ALLOW: u32 = SECCOMP_RET_ALLOW;

/// Runs the program on a call as the kernel does.
fn verdict(architecture: u32, number: libc::c_long, argument: libc::c_int) -> u32 {
    let steps = program();
    let mut loaded = 0;
    let mut at = 0;
    loop {
        let step = &steps[at];
        let code = u32::from(step.code);
        at += 1;
        if code == BPF_LD | BPF_W | BPF_ABS {
            loaded = match step.k {
                NUMBER => number as u32,
                ARCH => architecture,
                ARGUMENT => argument as u32,
                other => panic!("nothing is read at {other}"),
            };
        } else if code == BPF_RET | BPF_K {
            return step.k;
        } else {
            let holds = if code == BPF_JMP | BPF_JEQ | BPF_K {
                loaded == step.k
            } else if code == BPF_JMP | BPF_JSET | BPF_K {
                loaded & step.k != 0
            } else {
                panic!("no such step: {code}")
            };
            at += usize::from(if holds { step.jt } else { step.jf });
        }
    }
}

#[test]
fn every_call_of_the_list_is_refused() {
    for &number in REFUSED {
        assert_eq!(verdict(ARCHITECTURE, number, 0), REFUSE, "system call {number}");
    }
}

#[test]
fn the_numbers_are_those_of_the_kernel() {
    // asm/unistd_64.h and asm-generic/unistd.h.
    let [execve, mount, kexec_file_load] = if cfg!(target_arch = "x86_64") {
        [59, 165, 320]
    } else {
        [221, 40, 294]
    };
    for number in [execve, mount, kexec_file_load, 428, 443, 467] {
        assert_eq!(verdict(ARCHITECTURE, number, 0), REFUSE, "system call {number}");
    }
}

#[test]
fn calls_of_another_architecture_end_the_process() {
    // AUDIT_ARCH_X86_64, _AARCH64, _I386, _ARM.
    for architecture in [0xc000_003e, 0xc000_00b7, 0x4000_0003, 0x4000_0028] {
        let expected = if architecture == ARCHITECTURE { ALLOW } else { KILL };
        assert_eq!(verdict(architecture, libc::SYS_read, 0), expected, "{architecture:x}");
    }
}

#[test]
fn only_threads_are_made() {
    let with = |flags| verdict(ARCHITECTURE, libc::SYS_clone, flags);
    // What musl's and glibc's pthread_create ask for.
    let thread = libc::CLONE_VM
        | libc::CLONE_FS
        | libc::CLONE_FILES
        | libc::CLONE_SIGHAND
        | libc::CLONE_THREAD
        | libc::CLONE_SYSVSEM
        | libc::CLONE_SETTLS
        | libc::CLONE_PARENT_SETTID
        | libc::CLONE_CHILD_CLEARTID;
    assert_eq!(with(thread), ALLOW);
    assert_eq!(with(thread | libc::CLONE_NEWUSER), REFUSE);
    assert_eq!(with(libc::SIGCHLD), REFUSE);
    assert_eq!(with(libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD), REFUSE);
    let clone3 = verdict(ARCHITECTURE, libc::SYS_clone3, 0);
    assert_eq!(clone3, SECCOMP_RET_ERRNO | libc::ENOSYS as u32);
}

/// What a whole run calls (start, listen, give up root, confine files, look
/// names up, answer, reload, end), as strace saw it on musl: `docs/base.md`.
#[test]
fn what_the_base_calls_is_allowed() {
    #[cfg(target_arch = "x86_64")]
    let own = [
        libc::SYS_arch_prctl,
        libc::SYS_chmod,
        libc::SYS_lstat,
        libc::SYS_open,
        libc::SYS_poll,
        libc::SYS_readlink,
        libc::SYS_rename,
        libc::SYS_stat,
        libc::SYS_unlink,
    ];
    #[cfg(target_arch = "aarch64")]
    let own = [
        libc::SYS_fchmodat,
        libc::SYS_newfstatat,
        libc::SYS_openat,
        libc::SYS_ppoll,
        libc::SYS_readlinkat,
        libc::SYS_renameat,
        libc::SYS_unlinkat,
    ];
    let both = [
        libc::SYS_accept4,
        libc::SYS_bind,
        libc::SYS_brk,
        libc::SYS_capset,
        libc::SYS_close,
        libc::SYS_connect,
        libc::SYS_epoll_create1,
        libc::SYS_epoll_ctl,
        libc::SYS_epoll_pwait,
        libc::SYS_eventfd2,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_faccessat,
        libc::SYS_fcntl,
        libc::SYS_fstat,
        libc::SYS_futex,
        libc::SYS_getegid,
        libc::SYS_geteuid,
        libc::SYS_getpeername,
        libc::SYS_getrandom,
        libc::SYS_getsockname,
        libc::SYS_getsockopt,
        libc::SYS_gettid,
        libc::SYS_landlock_add_rule,
        libc::SYS_landlock_create_ruleset,
        libc::SYS_landlock_restrict_self,
        libc::SYS_listen,
        libc::SYS_madvise,
        libc::SYS_mmap,
        libc::SYS_mprotect,
        libc::SYS_munmap,
        libc::SYS_prctl,
        libc::SYS_prlimit64,
        libc::SYS_read,
        libc::SYS_recvfrom,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sendto,
        libc::SYS_set_tid_address,
        libc::SYS_setgroups,
        libc::SYS_setresgid,
        libc::SYS_setresuid,
        libc::SYS_setsockopt,
        libc::SYS_shutdown,
        libc::SYS_sigaltstack,
        libc::SYS_socket,
        libc::SYS_socketpair,
        libc::SYS_statx,
        libc::SYS_umask,
        libc::SYS_write,
    ];
    for number in own.into_iter().chain(both) {
        assert_eq!(verdict(ARCHITECTURE, number, 0), ALLOW, "system call {number}");
    }
}
