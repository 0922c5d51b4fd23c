//! Reading and writing connections.
//!
//! deno_core has ops for this; these two spare the hot path a boxed future, a
//! lookup by trait object and a second promise a call.

use std::cell::RefCell;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::rc::Rc;

use deno_core::{JsBuffer, OpState, ResourceId, op2};
use deno_error::JsErrorBox;
use deno_net::io::{TcpStreamResource, UnixStreamResource};
use deno_permissions::PermissionsContainer;

/// A connection of either kind.
enum Stream {
    Tcp(Rc<TcpStreamResource>),
    Unix(Rc<UnixStreamResource>),
}

fn stream(state: &RefCell<OpState>, rid: ResourceId) -> Result<Stream, JsErrorBox> {
    let table = &state.borrow().resource_table;
    match table.get::<TcpStreamResource>(rid) {
        Ok(tcp) => Ok(Stream::Tcp(tcp)),
        Err(_) => table
            .get::<UnixStreamResource>(rid)
            .map(Stream::Unix)
            .map_err(JsErrorBox::from_err),
    }
}

/// Reads into the buffer; null at the end of the stream.
#[op2]
pub async fn op_base_read(
    state: Rc<RefCell<OpState>>,
    #[smi] rid: ResourceId,
    #[buffer] mut into: JsBuffer,
) -> Result<Option<u32>, JsErrorBox> {
    let read = match stream(&state, rid)? {
        Stream::Tcp(tcp) => tcp.read(&mut into).await,
        Stream::Unix(unix) => unix.read(&mut into).await,
    }
    .map_err(JsErrorBox::from_err)?;
    Ok(if read == 0 { None } else { Some(read as u32) })
}

/// Writes some of the bytes; at once where the system takes them.
#[op2]
pub async fn op_base_write(
    state: Rc<RefCell<OpState>>,
    #[smi] rid: ResourceId,
    #[buffer] from: JsBuffer,
) -> Result<u32, JsErrorBox> {
    let written = match stream(&state, rid)? {
        Stream::Tcp(tcp) => tcp.write(&from).await,
        Stream::Unix(unix) => unix.write(&from).await,
    }
    .map_err(JsErrorBox::from_err)?;
    Ok(written as u32)
}

/// The addresses of a host name, as the system resolves it (its hosts file and
/// its name servers), each once.
#[op2]
#[serde]
pub async fn op_base_resolve(
    state: Rc<RefCell<OpState>>,
    #[string] name: String,
) -> Result<Vec<String>, JsErrorBox> {
    state
        .borrow_mut()
        .borrow_mut::<PermissionsContainer>()
        .check_net(&(name.as_str(), None), "resolve")
        .map_err(JsErrorBox::from_err)?;
    let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(JsErrorBox::from_err)?;
    let mut addresses: Vec<String> = Vec::new();
    for address in found {
        let text = address.ip().to_string();
        if !addresses.contains(&text) {
            addresses.push(text);
        }
    }
    Ok(addresses)
}

/// Switches TCP keepalive on, with this idle time and interval.
#[op2(fast)]
pub fn op_base_keepalive_time(
    state: &mut OpState,
    #[smi] rid: ResourceId,
    #[smi] seconds: i32,
) -> Result<(), JsErrorBox> {
    let tcp = state
        .resource_table
        .get::<TcpStreamResource>(rid)
        .map_err(JsErrorBox::from_err)?;
    let socket = tcp
        .dup_raw_fd()
        .ok_or_else(|| JsErrorBox::new("Busy", "TCP stream is currently in use"))?;
    // SAFETY: the descriptor is a fresh duplicate with no other owner.
    let socket = unsafe { OwnedFd::from_raw_fd(socket) };
    for (level, option, value) in [
        (libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1),
        (libc::IPPROTO_TCP, libc::TCP_KEEPIDLE, seconds),
        (libc::IPPROTO_TCP, libc::TCP_KEEPINTVL, seconds),
        // What a peer does not read waits with us, where it is bounded.
        (libc::IPPROTO_TCP, libc::TCP_NOTSENT_LOWAT, 64 * 1024),
    ] {
        // SAFETY: the socket is open and the option takes one int.
        let outcome = unsafe {
            libc::setsockopt(
                socket.as_raw_fd(),
                level,
                option,
                (&raw const value).cast(),
                size_of_val(&value) as libc::socklen_t,
            )
        };
        if outcome != 0 {
            return Err(JsErrorBox::from_err(std::io::Error::last_os_error()));
        }
    }
    Ok(())
}

/// The socket of a TCP connection, to ask the kernel about it. None for any
/// other resource, and while a write is under way, which holds the connection.
fn socket(state: &OpState, rid: ResourceId) -> Option<OwnedFd> {
    let tcp = state.resource_table.get::<TcpStreamResource>(rid).ok()?;
    let socket = tcp.dup_raw_fd()?;
    // SAFETY: the descriptor is a fresh duplicate with no other owner.
    Some(unsafe { OwnedFd::from_raw_fd(socket) })
}

/// Whether the peer of a TCP connection has closed both directions or reset
/// it, whatever still waits to be read. False where it is not known.
#[op2(fast)]
pub fn op_base_hung_up(state: &mut OpState, #[smi] rid: ResourceId) -> bool {
    let Some(socket) = socket(state, rid) else {
        return false;
    };
    let mut asked = libc::pollfd { fd: socket.as_raw_fd(), events: 0, revents: 0 };
    // SAFETY: one structure, and no time to wait.
    let answered = unsafe { libc::poll(&raw mut asked, 1, 0) };
    answered == 1 && asked.revents & (libc::POLLERR | libc::POLLHUP) != 0
}

/// Milliseconds since the kernel last received anything of the peer of a TCP
/// connection: content, or an acknowledgement such as that of a keepalive
/// probe. Negative where it is not known.
#[op2(fast)]
#[smi]
pub fn op_base_heard(state: &mut OpState, #[smi] rid: ResourceId) -> i32 {
    let Some(socket) = socket(state, rid) else {
        return -1;
    };
    // SAFETY: every field is a number.
    let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
    let mut size = size_of_val(&info) as libc::socklen_t;
    // SAFETY: the socket is open, and at most `size` bytes are written.
    let outcome = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
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
