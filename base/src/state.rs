//! What the whole run shares. The program runs on one thread, so this is that
//! thread's.

use std::cell::{Cell, RefCell};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use deno_error::JsErrorBox;
use deno_permissions::PermissionsContainer;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::Mutex;

use crate::engine::promises::{Deferred, deferred, settled};
use crate::engine::turns::{self, Waiting};
use crate::engine::{Thrown, Value, memory};
use crate::ops::net::{Got, Wish};

/// Set once, before the program starts.
pub struct Run {
    pub permissions: PermissionsContainer,
    /// The arguments, those compiled in first.
    pub arguments: Vec<String>,
    pub started: Instant,
}

thread_local! {
    static RUN: Cell<Option<&'static Run>> = const { Cell::new(None) };
    static TABLE: RefCell<Table> = RefCell::new(Table { of: HashMap::new(), last: FIRST - 1 });
}

pub fn begin(run: Run) {
    RUN.set(Some(Box::leak(Box::new(run))));
}

pub fn run() -> &'static Run {
    RUN.get().expect("set before the program starts")
}

pub fn permissions() -> &'static PermissionsContainer {
    &run().permissions
}

// --------------------------------------------------------------- resources

pub enum Kind {
    Tcp(TcpStream),
    Unix(UnixStream),
    TcpListener(TcpListener),
    /// And the file to remove at its end.
    UnixListener(UnixListener, Option<std::path::PathBuf>),
}

/// The two directions of a socket. A listener has the first only.
pub const READING: usize = 0;
pub const WRITING: usize = 1;

/// Operations of one direction, each in its turn.
#[derive(Default)]
struct Lane {
    parked: VecDeque<(Wish, Deferred)>,
    waker: Option<Waker>,
}

pub struct Socket {
    pub kind: Kind,
    lanes: [RefCell<Lane>; 2],
}

impl Socket {
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        match &self.kind {
            Kind::Tcp(tcp) => tcp.as_fd(),
            Kind::Unix(unix) => unix.as_fd(),
            Kind::TcpListener(tcp) => tcp.as_fd(),
            Kind::UnixListener(unix, _) => unix.as_fd(),
        }
    }

    pub fn is_listener(&self) -> bool {
        matches!(self.kind, Kind::TcpListener(_) | Kind::UnixListener(..))
    }

    /// Whether an operation of that direction is under way.
    pub fn is_busy(&self, lane: usize) -> bool {
        !self.lanes[lane].borrow().parked.is_empty()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        match &self.kind {
            // As stock does: the peer sees the end of the stream before the
            // reset that a close with unread bytes is.
            Kind::Tcp(_) | Kind::Unix(_) => {
                let _ = crate::ops::net::end_writing(self);
            }
            // As stock does: the socket's file goes with its listener.
            Kind::UnixListener(_, Some(path)) => {
                let _ = std::fs::remove_file(path);
            }
            Kind::TcpListener(_) | Kind::UnixListener(_, None) => {}
        }
    }
}

#[derive(Clone)]
pub enum Resource {
    Socket(Rc<Socket>),
    Signal(Rc<Mutex<tokio::signal::unix::Signal>>),
    /// Shared with the thread that waits for the disk.
    File(Arc<std::fs::File>),
}

/// A number is not given again until all others were: a connection that the
/// program still holds after its end must never name another client's.
struct Table {
    of: HashMap<u32, Resource>,
    last: u32,
}

/// The first number: those below are the standard streams'.
const FIRST: u32 = 3;

/// Keeps a resource; its number.
pub fn add(resource: Resource) -> u32 {
    TABLE.with_borrow_mut(|table| {
        loop {
            table.last = table.last.checked_add(1).unwrap_or(FIRST);
            if let Entry::Vacant(free) = table.of.entry(table.last) {
                free.insert(resource);
                return table.last;
            }
        }
    })
}

pub fn new_socket(kind: Kind) -> u32 {
    add(Resource::Socket(Rc::new(Socket { kind, lanes: Default::default() })))
}

pub fn bad_resource() -> JsErrorBox {
    JsErrorBox::new("BadResource", "Bad resource ID")
}

pub fn get(rid: u32) -> Option<Resource> {
    TABLE.with_borrow(|table| table.of.get(&rid).cloned())
}

fn socket(rid: u32) -> Option<Rc<Socket>> {
    match get(rid) {
        Some(Resource::Socket(socket)) => Some(socket),
        _ => None,
    }
}

pub fn stream(rid: u32) -> Result<Rc<Socket>, JsErrorBox> {
    socket(rid).filter(|found| !found.is_listener()).ok_or_else(bad_resource)
}

pub fn listener(rid: u32) -> Option<Rc<Socket>> {
    socket(rid).filter(|found| found.is_listener())
}

// -------------------------------------------------------------- operations

/// Begins an operation on a socket: a promise of what it gives. One that can
/// end at once does so; the others wait in the order in which they came.
pub fn start(rid: u32, socket: &Socket, lane: usize, mut wish: Wish) -> Result<Value, Thrown> {
    let mut waits = socket.lanes[lane].borrow_mut();
    let waiting = Waiting::Lane(rid, lane);
    let waker = waits.waker.get_or_insert_with(|| turns::waker(waiting)).clone();
    let mut ready = None;
    if waits.parked.is_empty() {
        if turns::may_end_now() {
            if let Poll::Ready(outcome) = wish.poll(socket, &mut Context::from_waker(&waker)) {
                ready = Some(outcome);
            }
        } else {
            turns::later(waiting);
        }
    }
    if let Some(outcome) = ready {
        drop(waits);
        return settled(outcome);
    }
    let (promise, then) = deferred(true)?;
    waits.parked.push_back((wish, then));
    Ok(promise)
}

/// Goes on with what waits in a direction of a socket.
pub fn advance(rid: u32, lane: usize) {
    // It may have been closed meanwhile.
    let Some(socket) = socket(rid) else {
        return;
    };
    loop {
        let mut waits = socket.lanes[lane].borrow_mut();
        let Some(waker) = waits.waker.clone() else {
            return;
        };
        let Some((wish, _)) = waits.parked.front_mut() else {
            return;
        };
        let Poll::Ready(outcome) = wish.poll(&socket, &mut Context::from_waker(&waker)) else {
            return;
        };
        let Some((_, then)) = waits.parked.pop_front() else {
            return;
        };
        drop(waits);
        then.settle(outcome);
    }
}

fn canceled(of: &Socket) -> JsErrorBox {
    if of.is_listener() {
        return JsErrorBox::new("BadResource", "Listener has been closed");
    }
    JsErrorBox::from_err(io::Error::new(io::ErrorKind::Interrupted, "operation canceled"))
}

/// Closes a resource, and ends what waits for it; whether there was one.
pub fn close(rid: u32) -> bool {
    let taken = TABLE.with_borrow_mut(|table| table.of.remove(&rid));
    if let Some(Resource::Socket(socket)) = &taken {
        memory::connection_ended();
        for lane in &socket.lanes {
            let parked = std::mem::take(&mut lane.borrow_mut().parked);
            for (_, then) in parked {
                then.settle::<Got>(Err(canceled(socket)));
            }
        }
    }
    taken.is_some()
}

#[cfg(test)]
mod tests {
    use tokio::net::UnixStream;

    use super::{Kind, close, get, new_socket};

    #[test]
    fn the_number_of_a_closed_connection_names_no_other() {
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _entered = tokio.enter();
        let stream = || new_socket(Kind::Unix(UnixStream::pair().unwrap().0));
        let first = stream();
        assert!(close(first));
        let second = stream();
        assert_ne!(first, second);
        assert!(get(first).is_none() && get(second).is_some());
        assert!(!close(first) && get(second).is_some());
    }
}
