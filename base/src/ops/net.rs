//! Listeners and connections. Checks, texts and classes are those of stock
//! Deno (`ext/net/ops.rs` and `ops_unix.rs` there).

use std::borrow::Cow;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::path::Path;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use deno_error::JsErrorBox;
use deno_permissions::{CheckedPath, OpenAccessKind};
use tokio::io::Interest;
use tokio::net::{TcpSocket, TcpStream, UnixListener, UnixStream, unix};

use crate::engine::promises::settled;
use crate::engine::{Bytes, Give, Outcome, Thrown, Value};
use crate::errors::of_system;
use crate::state::{self, Kind, READING, Socket, WRITING, permissions, stream};

/// After how long the next address of a name is tried too.
const NEXT_ADDRESS: Duration = Duration::from_millis(250);

/// One end of a connection, as the program sees it.
pub enum End {
    Ip(SocketAddr),
    Path(Option<String>),
}

impl Give for End {
    fn give(self) -> Result<Value, Thrown> {
        match self {
            Self::Ip(address) => {
                let made = Value::object()?;
                made.set(c"hostname", address.ip().to_string().give()?)?;
                made.set(c"port", u32::from(address.port()).give()?)?;
                Ok(made)
            }
            Self::Path(Some(path)) => path.give(),
            Self::Path(None) => Ok(Value::null()),
        }
    }
}

/// A new resource: its number and its ends.
pub struct Made(u32, End, Option<End>);

impl Give for Made {
    fn give(self) -> Result<Value, Thrown> {
        let mut parts = vec![self.0.give(), self.1.give()];
        parts.extend(self.2.map(Give::give));
        Value::array(parts)
    }
}

pub fn made_tcp(tcp: TcpStream) -> io::Result<Made> {
    let (local, remote) = (tcp.local_addr()?, tcp.peer_addr()?);
    Ok(Made(state::new_socket(Kind::Tcp(tcp)), End::Ip(local), Some(End::Ip(remote))))
}

pub fn made_unix(unix: UnixStream) -> Result<Made, JsErrorBox> {
    let local = path_of(&unix.local_addr().map_err(of_system)?)?;
    let remote = path_of(&unix.peer_addr().map_err(of_system)?)?;
    Ok(Made(state::new_socket(Kind::Unix(unix)), local, Some(remote)))
}

fn path_of(address: &unix::SocketAddr) -> Result<End, JsErrorBox> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::ffi::OsStrExt;
    let bytes = match address.as_pathname() {
        Some(path) => path.as_os_str().as_bytes().to_vec(),
        None => match std::os::unix::net::SocketAddr::from(address.clone()).as_abstract_name() {
            Some(name) => [b"\0", name].concat(),
            None => return Ok(End::Path(None)),
        },
    };
    String::from_utf8(bytes).map(|path| End::Path(Some(path))).map_err(|bad| {
        let path = String::from_utf8_lossy(bad.as_bytes()).into_owned();
        JsErrorBox::new("InvalidData", format!("File name or path {path:?} is not valid UTF-8"))
    })
}

fn is_abstract(path: &str) -> bool {
    path.starts_with('\0')
}

pub fn may_use<'a>(path: &'a str, api: &str) -> Result<CheckedPath<'a>, JsErrorBox> {
    let found = Cow::Borrowed(Path::new(path));
    let checked = if is_abstract(path) {
        CheckedPath::unsafe_new(found)
    } else {
        permissions()
            .check_open(found, OpenAccessKind::ReadWriteNoFollow, Some(api))
            .map_err(JsErrorBox::from_err)?
    };
    permissions()
        .clone()
        .check_net_unix_socket(&checked, Some(api))
        .map_err(JsErrorBox::from_err)?;
    Ok(checked)
}

fn may_reach(host: &str, port: Option<u16>, api: &str) -> Result<(), JsErrorBox> {
    permissions().clone().check_net(&(host, port), api).map_err(JsErrorBox::from_err)
}

fn may_reach_address(address: &SocketAddr, api: &str) -> Result<(), JsErrorBox> {
    permissions()
        .clone()
        .check_net_resolved(&address.ip(), address.port(), api)
        .map_err(JsErrorBox::from_err)
}

/// A host name as the resolver wants it: an IPv6 address without its brackets.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

fn no_address() -> JsErrorBox {
    JsErrorBox::generic("No resolved address found")
}

pub fn op_net_listen_tcp(host: &str, port: u16, backlog: u32) -> Result<Made, JsErrorBox> {
    let api = "Deno.listen()";
    may_reach(host, Some(port), api)?;
    let address = (bare(host), port)
        .to_socket_addrs()
        .map_err(of_system)?
        .next()
        .ok_or_else(no_address)?;
    may_reach_address(&address, api)?;
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(backlog)
    };
    let listener = listen().map_err(of_system)?;
    let local = listener.local_addr().map_err(of_system)?;
    Ok(Made(state::new_socket(Kind::TcpListener(listener)), End::Ip(local), None))
}

pub fn op_net_listen_unix(path: &str) -> Result<Made, JsErrorBox> {
    let checked = may_use(path, "Deno.listen()")?;
    let listener = UnixListener::bind(&checked).map_err(of_system)?;
    let local = path_of(&listener.local_addr().map_err(of_system)?)?;
    let file = (!is_abstract(path)).then(|| checked.to_path_buf());
    Ok(Made(state::new_socket(Kind::UnixListener(listener, file)), local, None))
}

pub async fn op_net_connect_tcp(host: String, port: u16) -> Result<Made, JsErrorBox> {
    let api = "Deno.connect()";
    may_reach(&host, Some(port), api)?;
    let addresses: Vec<SocketAddr> =
        tokio::net::lookup_host((bare(&host), port)).await.map_err(of_system)?.collect();
    if addresses.is_empty() {
        return Err(no_address());
    }
    for address in &addresses {
        may_reach_address(address, api)?;
    }
    made_tcp(connect_any(&addresses).await.map_err(of_system)?).map_err(of_system)
}

/// Connects to the first address that answers: the next is tried when one has
/// failed, or has not answered for a while (RFC 8305).
async fn connect_any(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    if let [only] = addresses {
        return TcpStream::connect(only).await;
    }
    let mut rest = addresses.iter();
    let mut tried = tokio::task::JoinSet::new();
    let mut failed = None;
    loop {
        if let Some(&address) = rest.next() {
            tried.spawn(TcpStream::connect(address));
        }
        let ended = if rest.len() > 0 {
            match tokio::time::timeout(NEXT_ADDRESS, tried.join_next()).await {
                Ok(ended) => ended,
                Err(_) => continue,
            }
        } else {
            tried.join_next().await
        };
        match ended {
            Some(Ok(Ok(made))) => return Ok(made),
            Some(Ok(Err(error))) => failed = Some(error),
            Some(Err(error)) => failed = Some(io::Error::other(error)),
            None => return Err(failed.unwrap_or_else(|| io::ErrorKind::NotConnected.into())),
        }
    }
}

pub async fn op_net_connect_unix(path: String) -> Result<Made, JsErrorBox> {
    let made = UnixStream::connect(may_use(&path, "Deno.connect()")?).await.map_err(of_system)?;
    made_unix(made)
}

/// Ends the direction towards the peer.
pub fn end_writing(socket: &Socket) -> io::Result<()> {
    // SAFETY: the socket is open.
    let outcome = unsafe { libc::shutdown(socket.descriptor().as_raw_fd(), libc::SHUT_WR) };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// What an operation on a socket wants.
pub enum Wish {
    Read(Bytes),
    Write(Bytes),
    EndWriting,
    Accept,
}

/// What it got.
pub enum Got {
    Read(usize),
    Written(usize),
    Ended,
    Accepted(Made),
}

impl Give for Got {
    fn give(self) -> Result<Value, Thrown> {
        match self {
            // The end of the stream.
            Self::Read(0) => Ok(Value::null()),
            Self::Read(count) | Self::Written(count) => (count as u32).give(),
            Self::Ended => Ok(Value::undefined()),
            Self::Accepted(made) => made.give(),
        }
    }
}

impl Wish {
    /// Does it, where the system lets it be done now.
    pub fn poll(
        &mut self,
        socket: &Socket,
        context: &mut Context<'_>,
    ) -> Poll<Result<Got, JsErrorBox>> {
        match self {
            Self::Read(into) => read(socket, into.get_mut(), context).map_ok(Got::Read),
            Self::Write(from) => write(socket, from.get(), context).map_ok(Got::Written),
            Self::EndWriting => Poll::Ready(end_writing(socket).map(|()| Got::Ended)),
            Self::Accept => return accept(socket, context).map_ok(Got::Accepted),
        }
        .map_err(of_system)
    }
}

/// Tries until it is done, or the system has nothing and wakes this context.
/// An attempt that did a part only has reached the end of what there is: the
/// system tells of more (its events are edges), so it is not asked once more.
fn as_ready(
    context: &mut Context<'_>,
    whole: usize,
    attempt: impl Fn() -> isize,
    when_ready: impl Fn(&mut dyn FnMut() -> io::Result<usize>) -> io::Result<usize>,
    poll_ready: impl Fn(&mut Context<'_>) -> Poll<io::Result<()>>,
) -> Poll<io::Result<usize>> {
    loop {
        let mut part = None;
        let outcome = when_ready(&mut || match usize::try_from(attempt()) {
            Ok(count) if 0 < count && count < whole => {
                part = Some(count);
                // Makes tokio wait for the next event.
                Err(io::ErrorKind::WouldBlock.into())
            }
            Ok(count) => Ok(count),
            Err(_) => Err(io::Error::last_os_error()),
        });
        match (part, outcome) {
            (Some(count), _) => return Poll::Ready(Ok(count)),
            (None, Err(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                std::task::ready!(poll_ready(context))?;
            }
            (None, outcome) => return Poll::Ready(outcome),
        }
    }
}

fn read(socket: &Socket, into: &mut [u8], context: &mut Context<'_>) -> Poll<io::Result<usize>> {
    let from = socket.descriptor().as_raw_fd();
    let (start, whole) = (into.as_mut_ptr(), into.len());
    // SAFETY: the socket is open, and so many bytes may be written there.
    let attempt = || unsafe { libc::recv(from, start.cast(), whole, 0) };
    match &socket.kind {
        Kind::Tcp(tcp) => as_ready(
            context,
            whole,
            attempt,
            |attempt| tcp.try_io(Interest::READABLE, attempt),
            |context| tcp.poll_read_ready(context),
        ),
        Kind::Unix(unix) => as_ready(
            context,
            whole,
            attempt,
            |attempt| unix.try_io(Interest::READABLE, attempt),
            |context| unix.poll_read_ready(context),
        ),
        _ => Poll::Ready(Err(io::ErrorKind::Unsupported.into())),
    }
}

fn write(socket: &Socket, from: &[u8], context: &mut Context<'_>) -> Poll<io::Result<usize>> {
    let to = socket.descriptor().as_raw_fd();
    // SAFETY: the socket is open, and so many bytes stand there. A peer that is
    // gone is an error, not a signal.
    let attempt =
        || unsafe { libc::send(to, from.as_ptr().cast(), from.len(), libc::MSG_NOSIGNAL) };
    match &socket.kind {
        Kind::Tcp(tcp) => as_ready(
            context,
            from.len(),
            attempt,
            |attempt| tcp.try_io(Interest::WRITABLE, attempt),
            |context| tcp.poll_write_ready(context),
        ),
        Kind::Unix(unix) => as_ready(
            context,
            from.len(),
            attempt,
            |attempt| unix.try_io(Interest::WRITABLE, attempt),
            |context| unix.poll_write_ready(context),
        ),
        _ => Poll::Ready(Err(io::ErrorKind::Unsupported.into())),
    }
}

fn accept(socket: &Socket, context: &mut Context<'_>) -> Poll<Result<Made, JsErrorBox>> {
    match &socket.kind {
        Kind::TcpListener(tcp) => tcp
            .poll_accept(context)
            .map(|found| found.and_then(|(made, _)| made_tcp(made)).map_err(of_system)),
        Kind::UnixListener(unix, _) => unix
            .poll_accept(context)
            .map(|found| found.map_err(of_system).and_then(|(made, _)| made_unix(made))),
        _ => Poll::Ready(Err(of_system(io::ErrorKind::Unsupported.into()))),
    }
}

/// Waits for the next connection of a listener of either kind.
pub fn op_net_accept(rid: u32) -> Outcome {
    let Some(listener) = state::listener(rid) else {
        let error = JsErrorBox::new("BadResource", "Listener has been closed");
        return Ok(settled::<()>(Err(error))?);
    };
    if listener.is_busy(READING) {
        let text = match listener.kind {
            Kind::UnixListener(..) => "Listener already in use",
            _ => "Another accept task is ongoing",
        };
        return Ok(settled::<()>(Err(JsErrorBox::new("Busy", text)))?);
    }
    Ok(state::start(rid, &listener, READING, Wish::Accept)?)
}

fn on_stream(rid: u32, lane: usize, wish: Wish) -> Outcome {
    Ok(match stream(rid) {
        Ok(socket) => state::start(rid, &socket, lane, wish)?,
        Err(error) => settled::<()>(Err(error))?,
    })
}

/// Reads into the buffer; a promise of the count, null at the end of the
/// stream.
pub fn op_base_read(rid: u32, into: Bytes) -> Outcome {
    on_stream(rid, READING, Wish::Read(into))
}

/// Writes some of the bytes; at once where the system takes them. A promise of
/// the count.
pub fn op_base_write(rid: u32, from: Bytes) -> Outcome {
    on_stream(rid, WRITING, Wish::Write(from))
}

/// Ends the direction towards the peer, after what is being written.
pub fn shutdown(rid: u32) -> Outcome {
    on_stream(rid, WRITING, Wish::EndWriting)
}

/// The addresses of a host name, as the system resolves it (its hosts file and
/// its name servers), each once.
pub async fn op_base_resolve(name: String) -> Result<Vec<String>, JsErrorBox> {
    may_reach(&name, None, "resolve")?;
    let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(of_system)?;
    let mut addresses: Vec<String> = Vec::new();
    for address in found {
        let text = address.ip().to_string();
        if !addresses.contains(&text) {
            addresses.push(text);
        }
    }
    Ok(addresses)
}

/// A TCP connection, to set or ask something.
fn tcp(rid: u32) -> Result<Rc<Socket>, JsErrorBox> {
    stream(rid).and_then(|found| match found.kind {
        Kind::Tcp(_) => Ok(found),
        _ => Err(state::bad_resource()),
    })
}

fn set(tcp: BorrowedFd<'_>, level: i32, option: i32, value: i32) -> Result<(), JsErrorBox> {
    // SAFETY: the socket is open and the option takes one int.
    let outcome = unsafe {
        libc::setsockopt(
            tcp.as_raw_fd(),
            level,
            option,
            (&raw const value).cast(),
            size_of_val(&value) as libc::socklen_t,
        )
    };
    if outcome == 0 { Ok(()) } else { Err(of_system(io::Error::last_os_error())) }
}

pub fn op_set_nodelay(rid: u32, on: bool) -> Result<(), JsErrorBox> {
    set(tcp(rid)?.descriptor(), libc::IPPROTO_TCP, libc::TCP_NODELAY, i32::from(on))
}

pub fn op_set_keepalive(rid: u32, on: bool) -> Result<(), JsErrorBox> {
    set(tcp(rid)?.descriptor(), libc::SOL_SOCKET, libc::SO_KEEPALIVE, i32::from(on))
}

/// Switches TCP keepalive on, with this idle time and interval.
pub fn op_base_keepalive_time(rid: u32, seconds: i32) -> Result<(), JsErrorBox> {
    set_keepalive_time(tcp(rid)?.descriptor(), seconds)
}

/// As [`op_base_keepalive_time`], by the descriptor.
pub fn set_keepalive_time(tcp: BorrowedFd<'_>, seconds: i32) -> Result<(), JsErrorBox> {
    for (level, option, value) in [
        (libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1),
        (libc::IPPROTO_TCP, libc::TCP_KEEPIDLE, seconds),
        (libc::IPPROTO_TCP, libc::TCP_KEEPINTVL, seconds),
        // What a peer does not read waits with us, where it is bounded.
        (libc::IPPROTO_TCP, libc::TCP_NOTSENT_LOWAT, 64 * 1024),
    ] {
        set(tcp, level, option, value)?;
    }
    Ok(())
}

/// Whether the peer of a TCP connection has closed both directions or reset
/// it, whatever still waits to be read. False where it is not known.
pub fn op_base_hung_up(rid: u32) -> bool {
    let Ok(socket) = tcp(rid) else {
        return false;
    };
    let mut asked = libc::pollfd { fd: socket.descriptor().as_raw_fd(), events: 0, revents: 0 };
    // SAFETY: one structure, and no time to wait.
    let answered = unsafe { libc::poll(&raw mut asked, 1, 0) };
    answered == 1 && asked.revents & (libc::POLLERR | libc::POLLHUP) != 0
}

/// Whether nothing of the peer waits to be read, and it has not ended its side.
/// The kernel is asked: what the event loop was told may be old.
pub fn op_base_quiet(rid: u32) -> bool {
    let Ok(socket) = stream(rid) else {
        return false;
    };
    let mut byte = 0u8;
    // SAFETY: the socket is open, and one byte may be written there; none is taken.
    let got = unsafe {
        libc::recv(
            socket.descriptor().as_raw_fd(),
            (&raw mut byte).cast(),
            1,
            libc::MSG_PEEK | libc::MSG_DONTWAIT,
        )
    };
    got < 0 && io::Error::last_os_error().kind() == io::ErrorKind::WouldBlock
}

/// Milliseconds since the kernel last received anything of the peer of a TCP
/// connection: content, or an acknowledgement such as that of a keepalive
/// probe. Negative where it is not known.
pub fn op_base_heard(rid: u32) -> i32 {
    tcp(rid).map_or(-1, |tcp| heard(tcp.descriptor()))
}

/// As [`op_base_heard`], by the descriptor.
pub fn heard(tcp: BorrowedFd<'_>) -> i32 {
    // SAFETY: every field is a number.
    let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
    let mut size = size_of_val(&info) as libc::socklen_t;
    // SAFETY: the socket is open, and at most `size` bytes are written.
    let outcome = unsafe {
        libc::getsockopt(
            tcp.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            (&raw mut info).cast(),
            &raw mut size,
        )
    };
    // A system that does not fill the two fields tells nothing.
    let known = std::mem::offset_of!(libc::tcp_info, tcpi_last_ack_recv) + size_of::<u32>();
    if outcome != 0 || (size as usize) < known {
        return -1;
    }
    info.tcpi_last_data_recv.min(info.tcpi_last_ack_recv).min(i32::MAX as u32) as i32
}
