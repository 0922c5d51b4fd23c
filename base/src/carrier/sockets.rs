//! The system's calls of the carrier. Every descriptor here is non-blocking.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What a read has given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Got {
    Some(usize),
    /// Nothing so far.
    Nothing,
    /// The peer has ended its side, or the connection broke.
    End,
}

/// Calls until no signal interrupts it: what is told of is not told again.
fn undisturbed(call: impl Fn() -> isize) -> io::Result<usize> {
    loop {
        match usize::try_from(call()) {
            Ok(count) => return Ok(count),
            Err(_) => match io::Error::last_os_error() {
                error if error.kind() == io::ErrorKind::Interrupted => {}
                error => return Err(error),
            },
        }
    }
}

fn got(outcome: io::Result<usize>) -> Got {
    match outcome {
        Ok(0) => Got::End,
        Ok(count) => Got::Some(count),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Got::Nothing,
        Err(_) => Got::End,
    }
}

pub fn receive(from: &OwnedFd, into: &mut [u8]) -> Got {
    let (start, size) = (into.as_mut_ptr(), into.len());
    // SAFETY: the socket is open, and so many bytes may be written there.
    got(undisturbed(|| unsafe {
        libc::recv(from.as_raw_fd(), start.cast(), size, libc::MSG_DONTWAIT)
    }))
}

/// What a read would give now: the kernel is asked, nothing is taken.
pub fn peek(from: &OwnedFd) -> Got {
    let mut byte = 0u8;
    let start = &raw mut byte;
    // SAFETY: the socket is open, and one byte may be written there.
    got(undisturbed(|| unsafe {
        libc::recv(from.as_raw_fd(), start.cast(), 1, libc::MSG_PEEK | libc::MSG_DONTWAIT)
    }))
}

/// Sends what the system takes now; how much, none where the peer is gone.
pub fn send(to: &OwnedFd, bytes: &[u8]) -> Option<usize> {
    // SAFETY: the socket is open, and so many bytes stand there. A peer that is
    // gone is an error, not a signal.
    let sent = undisturbed(|| unsafe {
        libc::send(
            to.as_raw_fd(),
            bytes.as_ptr().cast(),
            bytes.len(),
            libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL,
        )
    });
    match sent {
        Ok(count) => Some(count),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Some(0),
        Err(_) => None,
    }
}

/// Ends the direction towards the peer.
pub fn end_writing(of: &OwnedFd) {
    // SAFETY: the socket is open.
    unsafe { libc::shutdown(of.as_raw_fd(), libc::SHUT_WR) };
}

pub fn accept(from: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    // SAFETY: the listener is open, and no address is asked for.
    let made = undisturbed(|| unsafe {
        libc::accept4(
            from.as_raw_fd(),
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC,
        ) as isize
    })?;
    owned(made as i32)
}

fn owned(made: i32) -> io::Result<OwnedFd> {
    if made < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the system has just given it to us.
    Ok(unsafe { OwnedFd::from_raw_fd(made) })
}

/// Connects to a unix socket, if that can be done at once.
pub fn connect_unix(path: &Path) -> io::Result<OwnedFd> {
    let name = path.as_os_str().as_bytes();
    // SAFETY: every field is a number.
    let mut address: libc::sockaddr_un = unsafe { std::mem::zeroed() };
    if name.len() >= address.sun_path.len() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    for (to, from) in address.sun_path.iter_mut().zip(name) {
        *to = *from as libc::c_char;
    }
    // SAFETY: plain numbers.
    let made = owned(unsafe {
        libc::socket(
            libc::AF_UNIX,
            libc::SOCK_STREAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC,
            0,
        )
    })?;
    // SAFETY: the structure has this size, and the path in it ends in NUL.
    let outcome = unsafe {
        libc::connect(
            made.as_raw_fd(),
            (&raw const address).cast(),
            size_of_val(&address) as libc::socklen_t,
        )
    };
    if outcome == 0 { Ok(made) } else { Err(io::Error::last_os_error()) }
}

/// Where the bytes stand in others; none where they do not.
pub fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    // SAFETY: so many bytes stand at both.
    let found = unsafe {
        libc::memmem(
            bytes.as_ptr().cast(),
            bytes.len(),
            wanted.as_ptr().cast(),
            wanted.len(),
        )
    };
    (!found.is_null()).then(|| found as usize - bytes.as_ptr() as usize)
}

/// What has happened to a descriptor that is watched.
pub type Happened = libc::epoll_event;

/// The peer has closed both directions, or the connection broke.
pub const GONE: u32 = (libc::EPOLLERR | libc::EPOLLHUP) as u32;
/// The peer has ended its side.
pub const ENDED: u32 = libc::EPOLLRDHUP as u32;
pub const READABLE: u32 = libc::EPOLLIN as u32;
pub const WRITABLE: u32 = libc::EPOLLOUT as u32;
/// Tells of changes only, not of what goes on.
pub const CHANGES: u32 = libc::EPOLLET as u32;

/// The descriptors that are watched. Its own descriptor is readable when
/// something has happened to one of them.
pub struct Watch(OwnedFd);

impl AsRawFd for Watch {
    fn as_raw_fd(&self) -> i32 {
        self.0.as_raw_fd()
    }
}

impl AsFd for Watch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Watch {
    pub fn new() -> io::Result<Self> {
        // SAFETY: plain numbers.
        owned(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) }).map(Self)
    }

    fn control(&self, what: i32, of: BorrowedFd<'_>, kinds: u32, token: u64) -> io::Result<()> {
        let mut event = libc::epoll_event { events: kinds, u64: token };
        // SAFETY: both descriptors are open, and there is one structure.
        let outcome = unsafe {
            libc::epoll_ctl(self.0.as_raw_fd(), what, of.as_raw_fd(), &raw mut event)
        };
        if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    pub fn add(&self, of: impl AsFd, kinds: u32, token: u64) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, of.as_fd(), kinds, token)
    }

    pub fn change(&self, of: impl AsFd, kinds: u32, token: u64) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_MOD, of.as_fd(), kinds, token)
    }

    pub fn remove(&self, of: impl AsFd) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_DEL, of.as_fd(), 0, 0)
    }

    /// What has happened, without waiting; at most as many as there is room for.
    pub fn ask(&self, into: &mut Vec<Happened>) {
        into.clear();
        // SAFETY: so many structures have room there, and as many as it says
        // were written.
        unsafe {
            let count = libc::epoll_wait(
                self.0.as_raw_fd(),
                into.as_mut_ptr(),
                into.capacity() as i32,
                0,
            );
            into.set_len(usize::try_from(count).unwrap_or(0));
        }
    }
}

/// Sets an option of a listener, which those that it accepts inherit.
pub fn set(of: BorrowedFd<'_>, level: i32, option: i32, value: i32) {
    // SAFETY: the socket is open and the option takes one int.
    unsafe {
        libc::setsockopt(
            of.as_raw_fd(),
            level,
            option,
            (&raw const value).cast(),
            size_of_val(&value) as libc::socklen_t,
        )
    };
}
