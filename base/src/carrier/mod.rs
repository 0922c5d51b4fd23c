//! Carries the bytes of plain requests between clients and the engine. It
//! decides nothing and reads no head: the program gets one whole head of a
//! request as text and gives the bytes to send, gets the head of the answer as
//! text and says how its body is framed (`lib/proxy/carried.ts`). Whatever is
//! not as plain as that is handed to the program as ordinary connections, with
//! the bytes that were read of them in front, in whatever state it is.
//!
//! The program is told by a direct call from the loop, not by a promise. While
//! it is called nothing here is borrowed, so it may call back; what it calls
//! tells it nothing before it has returned.

pub mod chunks;
mod conn;
mod relay;
mod sockets;

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::engine::{Thrown, Value, jobs, memory, turns, unhandled};
use crate::state::{self, Socket};

pub use conn::Adopted;
use conn::{Conn, Engine, State};
use sockets::{Happened, Watch};

/// The longest head of a request that is carried, in bytes: what the program
/// does not count (`MAX_FREE_HEAD_BYTES` in `lib/proxy/budget.ts`).
const MOST_HEAD: usize = 4096;
/// What is read at first of an answer: a usual one whole.
const FIRST_READ: usize = 8 * 1024;
/// What is carried at a time.
const BLOCK: usize = 256 * 1024;
/// Room before what is read of an answer, for a head that is longer than the
/// engine's.
const ROOM: usize = 1024;
/// Where clients do not read, so many bytes are held for all of them; beyond
/// it, a small block for each.
const MOST_HELD: usize = 4 * 1024 * 1024;
const SMALL_BLOCK: usize = 8 * 1024;
/// How much happens of one turn, before others get theirs.
const AT_ONCE: usize = 64;
/// How many clients of one listener are accepted in a turn.
const ACCEPTED_AT_ONCE: usize = 16;
/// How long an engine connection waits for its next request.
const MOST_WAIT: Duration = Duration::from_secs(10);

/// What the program is told. Each has the number of its connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Kind {
    /// A client was accepted: its address, ours, the listener's number.
    Accepted,
    /// A whole head: its text.
    Request,
    /// The head of an answer: its text, and how many bytes came behind it.
    Answer,
    /// It is not as plain as what is carried: to be adopted.
    Odd,
    /// An answer was carried, or could not be: its [`Outcome`], its bytes.
    Carried,
    /// The program's own answer was written: whether the connection ends.
    Replied,
    /// A client that was idle, or closing, is gone.
    Gone,
    /// A client has ended its side while its stream goes on.
    Ended,
    /// A listener cannot accept: why; its number in place of a connection's. It
    /// is not watched until the program says so.
    Short,
}

/// How the carrying of an answer has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Outcome {
    /// It is whole, and the client's connection goes on.
    Whole,
    /// It is whole, and the client's connection is being closed.
    Last,
    /// Bytes came behind it: the client's connection is being closed.
    Surplus,
    /// The client has gone; both sides are closed.
    ClientGone,
    /// The engine has ended it too early; both sides are closed.
    EngineGone,
    /// Its chunks are malformed; both sides are closed.
    Malformed,
}

/// Something to tell the program.
struct Told {
    kind: Kind,
    id: u32,
    one: Value,
    two: Value,
    three: Value,
}

impl Told {
    fn of(kind: Kind, id: u32) -> Self {
        let nothing = Value::undefined;
        Self { kind, id, one: nothing(), two: nothing(), three: nothing() }
    }
}

/// An engine connection that waits for a client's next one.
struct Waiting {
    /// The number of the client of the policy that it was used for.
    key: u32,
    engine: Engine,
    since: Instant,
}

struct Carrier {
    handler: Value,
    watch: AsyncFd<Watch>,
    happened: Vec<Happened>,
    /// The engine's socket, which the permissions allow.
    path: PathBuf,
    listeners: Vec<u32>,
    of: HashMap<u32, Conn>,
    /// The client's connection by the engine's number; none for one that waits.
    owners: HashMap<u32, u32>,
    pool: Vec<Waiting>,
    last: u32,
    /// Those that go on in the next turn without anything happening to them.
    again: Vec<u32>,
    /// More may have happened than was asked for: of that nobody tells.
    more: bool,
    told: VecDeque<Told>,
    buffer: Box<[u8]>,
    /// What of the buffer came from the engine, of the answer that the program
    /// is being told of.
    answer: usize,
    /// Bytes that clients have not taken so far.
    held: usize,
}

thread_local! {
    static CARRIER: RefCell<Option<Carrier>> = const { RefCell::new(None) };
}

fn with<T>(using: impl FnOnce(&mut Carrier) -> T) -> Option<T> {
    CARRIER.with_borrow_mut(|carrier| carrier.as_mut().map(using))
}

/// What the system tells of a connection.
const WATCHED: u32 = sockets::READABLE | sockets::ENDED | sockets::CHANGES;

const LISTENER: u64 = 0;
const CLIENT: u64 = 1;
const ENGINE: u64 = 2;

fn token(kind: u64, number: u32) -> u64 {
    kind << 32 | u64::from(number)
}

/// Begins to carry to the engine at that path, which the permissions allow.
pub fn begin(handler: Value, path: PathBuf) -> io::Result<()> {
    let watch = Watch::new()?;
    // SAFETY: a watch keeps its one descriptor open, and gives no other.
    let watch = unsafe { AsyncFd::register_with_interest(watch, Interest::READABLE) }?;
    let carrier = Carrier {
        handler,
        watch,
        happened: Vec::with_capacity(AT_ONCE),
        path,
        listeners: Vec::new(),
        of: HashMap::new(),
        owners: HashMap::new(),
        pool: Vec::new(),
        last: 0,
        again: Vec::new(),
        more: false,
        told: VecDeque::new(),
        buffer: vec![0; ROOM + BLOCK].into_boxed_slice(),
        answer: 0,
        held: 0,
    };
    CARRIER.set(Some(carrier));
    Ok(())
}

/// Accepts from a listener; false where it is closed.
pub fn listen(number: u32) -> bool {
    let Some(listener) = state::listener(number) else {
        return false;
    };
    with(|carrier| {
        let kinds = sockets::READABLE;
        let watched = carrier.watch.get_ref().add(
            listener.descriptor(),
            kinds,
            token(LISTENER, number),
        );
        if watched.is_ok() && !carrier.listeners.contains(&number) {
            inherit(&listener);
            carrier.listeners.push(number);
        }
        watched.is_ok()
    })
    .unwrap_or(false)
}

/// Gives a listener what its connections get otherwise one by one
/// (`op_base_keepalive_time`).
fn inherit(listener: &Socket) {
    if !matches!(listener.kind, state::Kind::TcpListener(_)) {
        return;
    }
    for (level, option, value) in [
        (libc::IPPROTO_TCP, libc::TCP_NODELAY, 1),
        (libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1),
        (libc::IPPROTO_TCP, libc::TCP_KEEPIDLE, 60),
        (libc::IPPROTO_TCP, libc::TCP_KEEPINTVL, 60),
        (libc::IPPROTO_TCP, libc::TCP_NOTSENT_LOWAT, 64 * 1024),
    ] {
        sockets::set(listener.descriptor(), level, option, value);
    }
}

/// Whether a listener may bring work, so that the program goes on.
pub fn is_open() -> bool {
    with(|carrier| {
        carrier.listeners.retain(|&number| state::listener(number).is_some());
        !carrier.listeners.is_empty() || !carrier.of.is_empty()
    })
    .unwrap_or(false)
}

/// Does what can be done now; how much has happened.
pub fn turn(context: &mut Context<'_>) -> usize {
    let Some((happened, again)) = with(|carrier| {
        (carrier.ask(context), std::mem::take(&mut carrier.again))
    }) else {
        return 0;
    };
    let count = happened.len() + again.len();
    for event in &happened {
        let (token, kinds) = (event.u64, event.events);
        let number = token as u32;
        match token >> 32 {
            LISTENER => {
                let more = accept(number);
                with(|carrier| carrier.more |= more);
            }
            CLIENT => {
                with(|carrier| carrier.client_moved(number, kinds));
                tell_all();
            }
            _ => {
                with(|carrier| carrier.engine_moved(number, kinds));
                tell_all();
            }
        }
    }
    for number in again {
        with(|carrier| carrier.go_on(number));
        tell_all();
    }
    with(|carrier| {
        carrier.happened = happened;
        if carrier.more || !carrier.again.is_empty() {
            context.waker().wake_by_ref();
        }
    });
    count
}

/// Accepts clients of a listener; whether more may wait.
fn accept(number: u32) -> bool {
    for _ in 0..ACCEPTED_AT_ONCE {
        if with(|carrier| carrier.accept(number)) != Some(true) {
            return false;
        }
        tell_all();
    }
    true
}

/// Tells the program what there is to tell.
fn tell_all() {
    while let Some(Some((told, handler))) =
        with(|carrier| Some((carrier.told.pop_front()?, carrier.handler.clone())))
    {
        let Told { kind, id, one, two, three } = told;
        let kind_value = Value::number(f64::from(kind as u32));
        let id_value = Value::number(f64::from(id));
        if handler.call_with([&kind_value, &id_value, &one, &two, &three]).is_err() {
            unhandled();
        }
        with(|carrier| carrier.after(kind, id));
        jobs();
    }
}

impl Carrier {
    /// What has happened to the descriptors; wakes the loop at the next.
    fn ask(&mut self, context: &mut Context<'_>) -> Vec<Happened> {
        let mut happened = std::mem::take(&mut self.happened);
        happened.clear();
        let mut is_told = std::mem::take(&mut self.more);
        // Asked until it waits: so what comes from now on wakes the loop.
        while let Poll::Ready(Ok(mut guard)) = self.watch.poll_read_ready(context) {
            guard.clear_ready();
            is_told = true;
        }
        if is_told {
            self.watch.get_ref().ask(&mut happened);
            self.more = happened.len() == happened.capacity();
        }
        happened
    }

    fn number(&mut self) -> u32 {
        loop {
            self.last = self.last.checked_add(1).unwrap_or(1);
            if !self.of.contains_key(&self.last) && !self.owners.contains_key(&self.last) {
                return self.last;
            }
        }
    }

    fn tell(&mut self, kind: Kind, id: u32) {
        self.told.push_back(Told::of(kind, id));
    }

    /// Accepts one client; whether there may be more.
    fn accept(&mut self, number: u32) -> bool {
        let Some(listener) = state::listener(number) else {
            return false;
        };
        match sockets::accept(listener.descriptor()) {
            Ok(client) => {
                let is_tcp = matches!(listener.kind, state::Kind::TcpListener(_));
                self.accepted(number, client, is_tcp);
                true
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => false,
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => true,
            Err(error) => {
                // It would be told again and again otherwise.
                let _ = self.watch.get_ref().remove(listener.descriptor());
                let mut told = Told::of(Kind::Short, number);
                if let Ok(reason) = Value::text(&error.to_string()) {
                    told.one = reason;
                }
                let short = matches!(
                    error.raw_os_error(),
                    Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM)
                );
                told.two = Value::boolean(short);
                self.told.push_back(told);
                true
            }
        }
    }

    fn accepted(&mut self, number: u32, client: OwnedFd, is_tcp: bool) {
        let (conn, addresses) = Conn::accepted(client, is_tcp);
        let Some((remote, local)) = addresses else {
            // It has gone already.
            return;
        };
        let id = self.number();
        let values = || -> Result<(Value, Value), Thrown> {
            Ok((Value::text(&remote)?, Value::text(&local)?))
        };
        let Ok((one, two)) = values() else {
            return;
        };
        self.of.insert(id, conn);
        let three = Value::number(f64::from(number));
        self.told.push_back(Told { kind: Kind::Accepted, id, one, two, three });
    }

    /// After the program was told: what it left in its hands is given up.
    fn after(&mut self, kind: Kind, id: u32) {
        if kind == Kind::Short {
            return;
        }
        let Some(conn) = self.of.get_mut(&id) else {
            return;
        };
        match (kind, &conn.state) {
            (Kind::Accepted, State::New) => {
                conn.state = State::Idle;
                self.begin_reading(id);
            }
            (_, State::New | State::Asked | State::Answered { .. } | State::Odd { .. }) => {
                self.discard(id);
            }
            _ => {}
        }
    }

    /// Closes both sides of a connection at once.
    fn discard(&mut self, id: u32) {
        if let Some(conn) = self.of.remove(&id) {
            self.held -= conn.held();
            if let Some(engine) = conn.engine {
                self.owners.remove(&engine.id);
            }
            // A close with unread bytes is a reset, which takes the last of what
            // was sent with it.
            sockets::end_writing(&conn.client);
            let mut unread = [0; 1024];
            for _ in 0..16 {
                if !matches!(sockets::receive(&conn.client, &mut unread), sockets::Got::Some(_)) {
                    break;
                }
            }
            memory::connection_ended();
        }
    }

    fn discard_and_tell(&mut self, id: u32) {
        if let Some(conn) = self.of.get_mut(&id)
            && matches!(conn.state, State::Idle)
            && let Some(engine) = conn.engine.take()
        {
            let (key, room) = (conn.key, conn.room);
            self.let_wait(key, engine, room);
        }
        self.discard(id);
        self.tell(Kind::Gone, id);
    }

    // ------------------------------------------------------------- the pool

    /// An engine connection for a client of the policy: one that waits and of
    /// which nothing came, or a new one; none where that cannot be had at once.
    fn engine_for(&mut self, key: u32) -> Option<Engine> {
        while let Some(at) = self.pool.iter().rposition(|one| one.key == key) {
            let Waiting { engine, since, .. } = self.pool.remove(at);
            if since.elapsed() < MOST_WAIT && sockets::peek(&engine.fd) == sockets::Got::Nothing {
                return Some(Engine { reused: true, ..engine });
            }
            self.owners.remove(&engine.id);
        }
        let fd = sockets::connect_unix(&self.path).ok()?;
        let id = self.number();
        self.watch.get_ref().add(&fd, WATCHED, token(ENGINE, id)).ok()?;
        Some(Engine { fd, id, reused: false, ended: false })
    }

    /// Lets an engine connection wait, on which nothing is under way; `room`:
    /// how many may wait.
    fn let_wait(&mut self, key: u32, engine: Engine, room: usize) {
        let is_quiet = || sockets::peek(&engine.fd) == sockets::Got::Nothing;
        if self.pool.len() < room && !engine.ended && is_quiet() {
            self.owners.insert(engine.id, NOBODY);
            self.pool.push(Waiting { key, engine, since: Instant::now() });
        } else {
            self.owners.remove(&engine.id);
        }
    }

    /// Closes engine connections that have waited too long; how many wait.
    pub fn sweep(&mut self) -> usize {
        let owners = &mut self.owners;
        self.pool.retain(|one| {
            let stays = one.since.elapsed() < MOST_WAIT;
            if !stays {
                owners.remove(&one.engine.id);
            }
            stays
        });
        self.pool.len()
    }

    pub fn clear_pool(&mut self) -> usize {
        for one in &self.pool {
            self.owners.remove(&one.engine.id);
        }
        std::mem::take(&mut self.pool).len()
    }
}

/// No connection has this number.
const NOBODY: u32 = 0;

// ------------------------------------------------- what the program may call

/// Takes a connection out, as ordinary ones of the program.
pub fn adopt(id: u32) -> Option<Adopted> {
    with(|carrier| carrier.adopt(id)).flatten()
}

/// Sends a request's head to the engine, on a connection that was used for the
/// client of that number only; whether it is on its way.
pub fn exchange(id: u32, head: &[u8], key: u32) -> bool {
    with(|carrier| carrier.exchange(id, head, key)).unwrap_or(false)
}

pub use relay::{Framed, Framing};

/// What became of an answer at once.
pub enum Relayed {
    /// It is whole with the client: so many bytes.
    Whole(usize),
    /// The program is told when it has ended.
    Begun,
    /// It is not as plain as what is carried: to be adopted.
    Odd,
}

/// Does not read a client that was just accepted, until [`read`].
pub fn hold(id: u32) {
    with(|carrier| carrier.hold(id));
}

/// Reads a client that was held.
pub fn read(id: u32) {
    with(|carrier| {
        if let Some(conn) = carrier.of.get_mut(&id)
            && matches!(conn.state, State::Held)
        {
            conn.state = State::Idle;
            carrier.again.push(id);
            turns::wake();
        }
    });
}

/// Passes an answer on. `head` takes the place of the engine's.
pub fn relay(id: u32, head: Option<&[u8]>, framed: Framed) -> Relayed {
    with(|carrier| carrier.relay(id, head, framed)).unwrap_or(Relayed::Begun)
}

/// Answers in place of the engine; whether it was written at once. `ends`: the
/// connection is closed then.
pub fn reply(id: u32, bytes: &[u8], ends: bool) -> bool {
    with(|carrier| carrier.reply(id, bytes, ends)).unwrap_or(false)
}

/// Closes both sides at once; nothing is told of it.
pub fn discard(id: u32) {
    with(|carrier| carrier.discard(id));
}

/// Ends our side of the engine's connection: the client has cancelled.
pub fn end_engine(id: u32) {
    with(|carrier| {
        if let Some(engine) = carrier.of.get(&id).and_then(|conn| conn.engine.as_ref()) {
            sockets::end_writing(&engine.fd);
        }
    });
}

/// Bytes of the answer under way that the client got.
pub fn sent(id: u32) -> u64 {
    with(|carrier| carrier.of.get(&id).map_or(0, Conn::sent)).unwrap_or(0)
}

pub fn sweep() -> usize {
    with(Carrier::sweep).unwrap_or(0)
}

pub fn clear_pool() -> usize {
    with(Carrier::clear_pool).unwrap_or(0)
}

/// Uses the descriptor of a client, to ask the system something.
pub fn with_client<T>(id: u32, using: impl FnOnce(&OwnedFd) -> T) -> Option<T> {
    with(|carrier| carrier.of.get(&id).map(|conn| using(&conn.client))).flatten()
}
