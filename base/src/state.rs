//! What the whole run shares. The program runs on one thread, so this is that
//! thread's.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::rc::Rc;
use std::time::Instant;

use deno_error::JsErrorBox;
use deno_permissions::PermissionsContainer;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{Mutex, Notify};

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

// ------------------------------------------------------------- resources

/// A socket of either kind.
pub enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// A connection: one reader and one writer at a time, the others in turn.
pub struct Stream {
    pub socket: Socket,
    pub reading: Mutex<()>,
    pub writing: Mutex<()>,
    pub closing: Closing,
}

pub enum Door {
    Tcp(TcpListener),
    Unix(UnixListener, Option<std::path::PathBuf>),
}

pub struct Listener {
    pub door: Door,
    pub accepting: Mutex<()>,
    pub closing: Closing,
}

impl Drop for Listener {
    fn drop(&mut self) {
        // As stock does: the socket's file goes with its listener.
        if let Door::Unix(_, Some(path)) = &self.door {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Tells every operation under way that its resource was closed.
pub struct Closing {
    closed: Cell<bool>,
    told: Notify,
}

impl Closing {
    pub fn new() -> Self {
        Self { closed: Cell::new(false), told: Notify::new() }
    }

    pub fn tell(&self) {
        self.closed.set(true);
        self.told.notify_waiters();
    }

    /// The outcome, or `Interrupted` where the resource is closed first.
    pub async fn or<T>(&self, action: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        let mut action = std::pin::pin!(action);
        let mut told = std::pin::pin!(self.told.notified());
        std::future::poll_fn(|context| {
            if self.closed.get() {
                return std::task::Poll::Ready(Err(canceled()));
            }
            if let std::task::Poll::Ready(done) = action.as_mut().poll(context) {
                return std::task::Poll::Ready(done);
            }
            told.as_mut().poll(context).map(|()| Err(canceled()))
        })
        .await
    }
}

fn canceled() -> io::Error {
    io::Error::new(io::ErrorKind::Interrupted, "operation canceled")
}

#[derive(Clone)]
pub enum Resource {
    Stream(Rc<Stream>),
    Listener(Rc<Listener>),
    Signal(Rc<Mutex<tokio::signal::unix::Signal>>),
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

pub fn bad_resource() -> JsErrorBox {
    JsErrorBox::new("BadResource", "Bad resource ID")
}

pub fn get(rid: u32) -> Option<Resource> {
    TABLE.with_borrow(|table| table.of.get(&rid).cloned())
}

pub fn stream(rid: u32) -> Result<Rc<Stream>, JsErrorBox> {
    match get(rid) {
        Some(Resource::Stream(stream)) => Ok(stream),
        _ => Err(bad_resource()),
    }
}

/// Closes a resource; whether there was one.
pub fn close(rid: u32) -> bool {
    let taken = TABLE.with_borrow_mut(|table| table.of.remove(&rid));
    match &taken {
        Some(Resource::Stream(stream)) => stream.closing.tell(),
        Some(Resource::Listener(listener)) => listener.closing.tell(),
        Some(Resource::Signal(_)) | None => {}
    }
    taken.is_some()
}

pub fn new_stream(socket: Socket) -> u32 {
    add(Resource::Stream(Rc::new(Stream {
        socket,
        reading: Mutex::const_new(()),
        writing: Mutex::const_new(()),
        closing: Closing::new(),
    })))
}

pub fn new_listener(door: Door) -> u32 {
    add(Resource::Listener(Rc::new(Listener {
        door,
        accepting: Mutex::const_new(()),
        closing: Closing::new(),
    })))
}


#[cfg(test)]
mod tests {
    use tokio::net::UnixStream;

    use super::{Socket, close, get, new_stream};

    #[test]
    fn the_number_of_a_closed_connection_names_no_other() {
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _entered = tokio.enter();
        let stream = || new_stream(Socket::Unix(UnixStream::pair().unwrap().0));
        let first = stream();
        assert!(close(first));
        let second = stream();
        assert_ne!(first, second);
        assert!(get(first).is_none() && get(second).is_some());
        assert!(!close(first) && get(second).is_some());
    }
}
