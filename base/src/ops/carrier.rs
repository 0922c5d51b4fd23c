//! The carrier, as the glue calls it (`src/carrier/`).

use std::os::fd::AsFd;

use deno_error::JsErrorBox;
use tokio::net::{TcpStream, UnixStream};

use crate::carrier::chunks::Chunks;
use crate::carrier::{Adopted, Framed, Framing, Relayed, adopt, begin, relay, with_client};
use crate::engine::{Arguments, Give, Outcome, Value};
use crate::errors::of_system;

use super::net;

/// Begins to carry to the engine's socket at that path; the function is told
/// of what happens.
pub fn op_carrier_begin(handler: Value, path: &str) -> Result<(), JsErrorBox> {
    let path = net::may_use(path, "Deno.connect()")?.to_path_buf();
    begin(handler, path).map_err(of_system)
}

/// Takes a connection out: the client's as a new connection of the program, the
/// bytes that were read of it, the engine's in the same way if there is one, and
/// whether a request was answered on that before. Null where it is gone.
pub fn op_carrier_adopt(id: u32) -> Outcome {
    let Some(adopted) = adopt(id) else {
        return Ok(Value::null());
    };
    let Adopted { is_tcp, client, client_bytes, engine, engine_bytes, reused } = adopted;
    let client = if is_tcp {
        let tcp = std::net::TcpStream::from(client);
        TcpStream::from_std(tcp).and_then(net::made_tcp).map_err(of_system)
    } else {
        let unix = std::os::unix::net::UnixStream::from(client);
        UnixStream::from_std(unix).map_err(of_system).and_then(net::made_unix)
    };
    // The client has gone meanwhile.
    let Ok(client) = client else {
        return Ok(Value::null());
    };
    let engine = engine.and_then(|engine| {
        let unix = std::os::unix::net::UnixStream::from(engine);
        UnixStream::from_std(unix).map_err(of_system).and_then(net::made_unix).ok()
    });
    Ok(Value::array([
        Ok(Value::boolean(is_tcp)),
        client.give(),
        Value::bytes(&client_bytes),
        engine.give(),
        Value::bytes(&engine_bytes),
        Ok(Value::boolean(reused)),
    ])?)
}

/// Passes an answer on: its number, the head to send in place of the engine's
/// or null, the length of the body or -1 for chunks, whether the client's
/// connection ends with it, whether the engine's may be used again, whether the
/// client cancels it by ending its side, how many engine connections may wait.
/// The bytes that the client got if it is whole already, -1 if the program is
/// told when it has ended, -2 if it must be adopted.
pub fn op_carrier_relay(a: &Arguments) -> Outcome {
    let length = a.number(2)?;
    let framing = if length < 0.0 {
        Framing::Chunked(Chunks::new())
    } else {
        Framing::Length(length as u64)
    };
    let framed = Framed {
        framing,
        ends: a.boolean(3)?,
        reusable: a.boolean(4)?,
        streams: a.boolean(5)?,
        room: a.u32(6)? as usize,
    };
    let head = if a.value(1).is_null() { None } else { Some(a.slice(1)?) };
    let outcome = match relay(a.u32(0)?, head, framed) {
        Relayed::Whole(bytes) => bytes as f64,
        Relayed::Begun => -1.0,
        Relayed::Odd => -2.0,
    };
    Ok(outcome.give()?)
}

/// As `op_base_heard`, of a client that is carried.
pub fn op_carrier_heard(id: u32) -> i32 {
    with_client(id, |client| net::heard(client.as_fd())).unwrap_or(-1)
}

/// As `op_base_keepalive_time`, of a client that is carried; whether it could
/// be set.
pub fn op_carrier_keepalive_time(id: u32, seconds: i32) -> bool {
    with_client(id, |client| net::set_keepalive_time(client.as_fd(), seconds).is_ok())
        .unwrap_or(false)
}
