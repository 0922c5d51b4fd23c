//! Listeners and connections. Checks, texts and classes are those of stock
//! Deno (`ext/net/ops.rs` and `ops_unix.rs` there).

use std::borrow::Cow;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use deno_error::JsErrorBox;
use deno_permissions::{CheckedPath, OpenAccessKind};
use rquickjs::{Array, Ctx, IntoJs, Object, Value};
use tokio::net::{TcpSocket, TcpStream, UnixListener, UnixStream, unix};

use crate::engine::Bytes;
use crate::state::{self, Door, Resource, Socket, Stream, permissions, stream};

/// After how long the next address of a name is tried too.
const NEXT_ADDRESS: Duration = Duration::from_millis(250);

fn io_error(error: io::Error) -> JsErrorBox {
    JsErrorBox::from_err(error)
}

/// One end of a connection, as the program sees it.
pub enum End {
    Ip(SocketAddr),
    Path(Option<String>),
}

impl<'js> IntoJs<'js> for End {
    fn into_js(self, ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>> {
        match self {
            Self::Ip(address) => {
                let made = Object::new(ctx.clone())?;
                made.set("hostname", address.ip().to_string())?;
                made.set("port", address.port())?;
                made.into_js(ctx)
            }
            Self::Path(Some(path)) => path.into_js(ctx),
            Self::Path(None) => Ok(Value::new_null(ctx.clone())),
        }
    }
}

/// A new resource: its number and its ends.
pub struct Made(u32, End, Option<End>);

impl<'js> IntoJs<'js> for Made {
    fn into_js(self, ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>> {
        let made = Array::new(ctx.clone())?;
        made.set(0, self.0)?;
        made.set(1, self.1)?;
        if let Some(end) = self.2 {
            made.set(2, end)?;
        }
        made.into_js(ctx)
    }
}

fn made_tcp(tcp: TcpStream) -> io::Result<Made> {
    let (local, remote) = (tcp.local_addr()?, tcp.peer_addr()?);
    Ok(Made(state::new_stream(Socket::Tcp(tcp)), End::Ip(local), Some(End::Ip(remote))))
}

fn made_unix(unix: UnixStream) -> Result<Made, JsErrorBox> {
    let local = path_of(&unix.local_addr().map_err(io_error)?)?;
    let remote = path_of(&unix.peer_addr().map_err(io_error)?)?;
    Ok(Made(state::new_stream(Socket::Unix(unix)), local, Some(remote)))
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

fn may_use<'a>(path: &'a str, api: &str) -> Result<CheckedPath<'a>, JsErrorBox> {
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
        .map_err(io_error)?
        .next()
        .ok_or_else(no_address)?;
    may_reach_address(&address, api)?;
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(backlog)
    };
    let listener = listen().map_err(io_error)?;
    let local = listener.local_addr().map_err(io_error)?;
    Ok(Made(state::new_listener(Door::Tcp(listener)), End::Ip(local), None))
}

pub fn op_net_listen_unix(path: &str) -> Result<Made, JsErrorBox> {
    let checked = may_use(path, "Deno.listen()")?;
    let listener = UnixListener::bind(&checked).map_err(io_error)?;
    let local = path_of(&listener.local_addr().map_err(io_error)?)?;
    let file = (!is_abstract(path)).then(|| checked.to_path_buf());
    Ok(Made(state::new_listener(Door::Unix(listener, file)), local, None))
}

/// Waits for the next connection of a listener of either kind.
pub async fn op_net_accept(rid: u32) -> Result<Made, JsErrorBox> {
    let ended = || JsErrorBox::new("BadResource", "Listener has been closed");
    let Some(Resource::Listener(listener)) = state::get(rid) else {
        return Err(ended());
    };
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::Interrupted => ended(),
        _ => io_error(error),
    };
    let turn = listener.accepting.try_lock();
    match &listener.door {
        Door::Tcp(tcp) => {
            let _turn =
                turn.map_err(|_| JsErrorBox::new("Busy", "Another accept task is ongoing"))?;
            let (made, _) = listener.closing.or(tcp.accept()).await.map_err(failed)?;
            made_tcp(made).map_err(io_error)
        }
        Door::Unix(unix, _) => {
            let _turn = turn.map_err(|_| JsErrorBox::new("Busy", "Listener already in use"))?;
            let (made, _) = listener.closing.or(unix.accept()).await.map_err(failed)?;
            made_unix(made)
        }
    }
}

pub async fn op_net_connect_tcp(host: String, port: u16) -> Result<Made, JsErrorBox> {
    let api = "Deno.connect()";
    may_reach(&host, Some(port), api)?;
    let addresses: Vec<SocketAddr> =
        tokio::net::lookup_host((bare(&host), port)).await.map_err(io_error)?.collect();
    if addresses.is_empty() {
        return Err(no_address());
    }
    for address in &addresses {
        may_reach_address(address, api)?;
    }
    made_tcp(connect_any(&addresses).await.map_err(io_error)?).map_err(io_error)
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
    let made = UnixStream::connect(may_use(&path, "Deno.connect()")?).await.map_err(io_error)?;
    made_unix(made)
}

impl Drop for Stream {
    fn drop(&mut self) {
        // As stock does: the peer sees the end of the stream before the reset
        // that a close with unread bytes is.
        // SAFETY: the socket is open.
        unsafe { libc::shutdown(self.descriptor().as_raw_fd(), libc::SHUT_WR) };
    }
}

impl Stream {
    fn descriptor(&self) -> BorrowedFd<'_> {
        match &self.socket {
            Socket::Tcp(tcp) => tcp.as_fd(),
            Socket::Unix(unix) => unix.as_fd(),
        }
    }

    async fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let outcome = match &self.socket {
                Socket::Tcp(tcp) => tcp.try_read(into),
                Socket::Unix(unix) => unix.try_read(into),
            };
            match outcome {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => return outcome,
            }
            match &self.socket {
                Socket::Tcp(tcp) => tcp.readable().await,
                Socket::Unix(unix) => unix.readable().await,
            }?;
        }
    }

    async fn write(&self, from: &[u8]) -> io::Result<usize> {
        loop {
            let outcome = match &self.socket {
                Socket::Tcp(tcp) => tcp.try_write(from),
                Socket::Unix(unix) => unix.try_write(from),
            };
            match outcome {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => return outcome,
            }
            match &self.socket {
                Socket::Tcp(tcp) => tcp.writable().await,
                Socket::Unix(unix) => unix.writable().await,
            }?;
        }
    }
}

/// Reads into the buffer; null at the end of the stream.
pub async fn op_base_read(rid: u32, mut into: Bytes) -> Result<OrNull, JsErrorBox> {
    let stream = stream(rid)?;
    let _turn = stream.reading.lock().await;
    let read = stream.closing.or(stream.read(into.get_mut())).await.map_err(io_error)?;
    Ok(OrNull(read as u32))
}

/// A count, and null for none.
pub struct OrNull(u32);

impl<'js> IntoJs<'js> for OrNull {
    fn into_js(self, ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>> {
        if self.0 == 0 { Ok(Value::new_null(ctx.clone())) } else { self.0.into_js(ctx) }
    }
}

/// Writes some of the bytes; at once where the system takes them.
pub async fn op_base_write(rid: u32, from: Bytes) -> Result<u32, JsErrorBox> {
    let stream = stream(rid)?;
    let _turn = stream.writing.lock().await;
    let written = stream.closing.or(stream.write(from.get())).await.map_err(io_error)?;
    Ok(written as u32)
}

/// Ends the direction towards the peer, after what is being written.
pub async fn shutdown(rid: u32) -> Result<(), JsErrorBox> {
    let stream = stream(rid)?;
    let turn = async {
        let _turn = stream.writing.lock().await;
        // SAFETY: the socket is open.
        let outcome = unsafe { libc::shutdown(stream.descriptor().as_raw_fd(), libc::SHUT_WR) };
        if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    };
    stream.closing.or(turn).await.map_err(io_error)
}

/// The addresses of a host name, as the system resolves it (its hosts file and
/// its name servers), each once.
pub async fn op_base_resolve(name: String) -> Result<Vec<String>, JsErrorBox> {
    may_reach(&name, None, "resolve")?;
    let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(io_error)?;
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
fn tcp(rid: u32) -> Result<Rc<Stream>, JsErrorBox> {
    stream(rid).and_then(|found| match found.socket {
        Socket::Tcp(_) => Ok(found),
        Socket::Unix(_) => Err(state::bad_resource()),
    })
}

fn set(tcp: &Stream, level: i32, option: i32, value: i32) -> Result<(), JsErrorBox> {
    // SAFETY: the socket is open and the option takes one int.
    let outcome = unsafe {
        libc::setsockopt(
            tcp.descriptor().as_raw_fd(),
            level,
            option,
            (&raw const value).cast(),
            size_of_val(&value) as libc::socklen_t,
        )
    };
    if outcome == 0 { Ok(()) } else { Err(io_error(io::Error::last_os_error())) }
}

pub fn op_set_nodelay(rid: u32, on: bool) -> Result<(), JsErrorBox> {
    set(&*tcp(rid)?, libc::IPPROTO_TCP, libc::TCP_NODELAY, i32::from(on))
}

pub fn op_set_keepalive(rid: u32, on: bool) -> Result<(), JsErrorBox> {
    set(&*tcp(rid)?, libc::SOL_SOCKET, libc::SO_KEEPALIVE, i32::from(on))
}

/// Switches TCP keepalive on, with this idle time and interval.
pub fn op_base_keepalive_time(rid: u32, seconds: i32) -> Result<(), JsErrorBox> {
    let tcp = tcp(rid)?;
    for (level, option, value) in [
        (libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1),
        (libc::IPPROTO_TCP, libc::TCP_KEEPIDLE, seconds),
        (libc::IPPROTO_TCP, libc::TCP_KEEPINTVL, seconds),
        // What a peer does not read waits with us, where it is bounded.
        (libc::IPPROTO_TCP, libc::TCP_NOTSENT_LOWAT, 64 * 1024),
    ] {
        set(&tcp, level, option, value)?;
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

/// Milliseconds since the kernel last received anything of the peer of a TCP
/// connection: content, or an acknowledgement such as that of a keepalive
/// probe. Negative where it is not known.
pub fn op_base_heard(rid: u32) -> i32 {
    let Ok(socket) = tcp(rid) else {
        return -1;
    };
    // SAFETY: every field is a number.
    let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
    let mut size = size_of_val(&info) as libc::socklen_t;
    // SAFETY: the socket is open, and at most `size` bytes are written.
    let outcome = unsafe {
        libc::getsockopt(
            socket.descriptor().as_raw_fd(),
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
