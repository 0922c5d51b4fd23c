//! A client's connection and what it is at.

use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};

use crate::engine::Value;

use super::relay::{Relay, Reply};
use super::sockets::{self, Got};
use super::{CLIENT, Carrier, FIRST_READ, Kind, MOST_HEAD, ROOM, Told, WATCHED, token};

/// An engine connection.
pub struct Engine {
    pub fd: OwnedFd,
    pub id: u32,
    /// A request was answered on it before.
    pub reused: bool,
    /// The engine has ended its side; bytes may still wait.
    pub ended: bool,
}

pub enum State {
    /// The program is being told of it.
    New,
    /// It is not read before the program says so.
    Held,
    /// Waits for a request.
    Idle,
    /// The program is being told of a request.
    Asked,
    /// The engine has a request.
    Sent,
    /// The program is being told of an answer, whose head has that length.
    Answered { head: usize },
    /// An answer passes through.
    Relaying(Relay),
    /// The program's own answer is written.
    Replying(Reply),
    /// It is not as plain as what is carried: the program adopts it. `sent`:
    /// the engine has a request of it.
    Odd { sent: bool },
    /// All was written; waits for the client's end.
    Closing,
}

pub struct Conn {
    pub client: OwnedFd,
    is_tcp: bool,
    pub state: State,
    pub engine: Option<Engine>,
    /// The number of the client of the policy.
    pub key: u32,
    /// How many engine connections may wait, as the program said last.
    pub room: usize,
    /// Something has come of the client that was not read.
    pub spoke: bool,
    /// The client has ended its side.
    pub ended: bool,
    /// Whether the system tells of it.
    is_watched: bool,
    /// Whether it also tells when the client takes more.
    pub watches_room: bool,
    /// What was read of the side that is odd.
    bytes: Vec<u8>,
}

/// A connection that the program gets, and what was read of it.
pub struct Adopted {
    pub is_tcp: bool,
    pub client: OwnedFd,
    pub client_bytes: Vec<u8>,
    pub engine: Option<OwnedFd>,
    pub engine_bytes: Vec<u8>,
    /// A request was answered on the engine's connection before.
    pub reused: bool,
}

impl Conn {
    /// A client that was accepted, and the addresses of both ends: empty ones
    /// on a unix socket, none where the peer has gone.
    pub fn accepted(client: OwnedFd, is_tcp: bool) -> (Self, Option<(String, String)>) {
        let mut addresses = Some(Default::default());
        let mut client = client;
        if is_tcp {
            let tcp = std::net::TcpStream::from(client);
            let ip = |address: SocketAddr| address.ip().to_string();
            addresses = tcp.peer_addr().and_then(|remote| Ok((ip(remote), ip(tcp.local_addr()?)))).ok();
            client = OwnedFd::from(tcp);
        }
        let conn = Self {
            client,
            is_tcp,
            state: State::New,
            engine: None,
            key: 0,
            room: 0,
            spoke: false,
            ended: false,
            is_watched: false,
            watches_room: false,
            bytes: Vec::new(),
        };
        (conn, addresses)
    }

    /// Bytes that wait until the client takes them.
    pub fn held(&self) -> usize {
        match &self.state {
            State::Relaying(relay) => relay.left.len(),
            _ => 0,
        }
    }

    /// Bytes of the answer under way that the client got.
    pub fn sent(&self) -> u64 {
        match &self.state {
            State::Relaying(relay) => relay.sent,
            _ => 0,
        }
    }
}

impl Carrier {
    /// Reads what may have come already, then lets the system tell.
    pub fn begin_reading(&mut self, id: u32) {
        self.read_request(id);
        let Some(conn) = self.of.get_mut(&id) else {
            return;
        };
        conn.is_watched = true;
        if self.watch.get_ref().add(&conn.client, WATCHED, token(CLIENT, id)).is_err() {
            // Told of its request already: it is given up after that.
            self.discard_and_tell(id);
        }
    }

    /// The system has told of the client's side.
    pub fn client_moved(&mut self, id: u32, kinds: u32) {
        let Some(conn) = self.of.get_mut(&id) else {
            return;
        };
        let gone = kinds & sockets::GONE != 0;
        let ends = kinds & (sockets::ENDED | sockets::GONE) != 0 && !conn.ended;
        conn.ended |= ends;
        conn.spoke |= kinds & sockets::READABLE != 0 || ends;
        match &mut conn.state {
            State::Idle => self.read_request(id),
            // It waits for an answer, and sends more or ends its side.
            State::Sent if conn.spoke => self.hand_over(id, Vec::new()),
            State::Relaying(_) if gone => self.client_gone(id),
            State::Relaying(relay) => {
                if ends && relay.framed.streams {
                    self.tell(Kind::Ended, id);
                }
                if kinds & sockets::WRITABLE != 0 {
                    self.write_on(id);
                }
            }
            State::Replying(_) if gone => self.discard_and_tell(id),
            State::Replying(_) if kinds & sockets::WRITABLE != 0 => self.reply_on(id),
            State::Closing => self.drain(id),
            _ => {}
        }
    }

    /// The system has told of the engine's side.
    pub fn engine_moved(&mut self, number: u32, kinds: u32) {
        let Some(&owner) = self.owners.get(&number) else {
            return;
        };
        let Some(conn) = self.of.get_mut(&owner) else {
            // It waits, so nothing that comes is an answer.
            self.owners.remove(&number);
            self.pool.retain(|one| one.engine.id != number);
            return;
        };
        if let Some(engine) = &mut conn.engine {
            engine.ended |= kinds & (sockets::ENDED | sockets::GONE) != 0;
        }
        match conn.state {
            State::Sent => self.read_answer(owner),
            State::Relaying(_) => self.read_on(owner),
            State::Idle => self.forget_ended_engine(owner),
            _ => {}
        }
    }

    /// Lets a new connection wait until it may be read.
    pub fn hold(&mut self, id: u32) {
        if let Some(conn) = self.of.get_mut(&id)
            && matches!(conn.state, State::New)
        {
            conn.state = State::Held;
        }
    }

    /// Goes on with what has not come to its end in the turn before.
    pub fn go_on(&mut self, id: u32) {
        let Some(conn) = self.of.get(&id) else {
            return;
        };
        match &conn.state {
            State::Idle if !conn.is_watched => self.begin_reading(id),
            State::Idle => self.read_request(id),
            State::Relaying(_) => self.read_on(id),
            State::Closing => self.drain(id),
            _ => {}
        }
    }

    /// Closes the engine's side of an idle client where the engine has ended
    /// it. Bytes that came on it are left: the next request gets to see them.
    fn forget_ended_engine(&mut self, id: u32) {
        let Some(conn) = self.of.get_mut(&id) else {
            return;
        };
        if let Some(engine) = conn.engine.take_if(|engine| sockets::peek(&engine.fd) == Got::End) {
            self.owners.remove(&engine.id);
        }
    }

    /// Reads what comes first of a request. One that has come whole, and alone,
    /// is told; all else is odd.
    fn read_request(&mut self, id: u32) {
        let Some(conn) = self.of.get_mut(&id) else {
            return;
        };
        conn.spoke = false;
        let into = &mut self.buffer[..=MOST_HEAD];
        let count = match sockets::receive(&conn.client, into) {
            Got::Some(count) => count,
            Got::Nothing => return,
            Got::End => return self.discard_and_tell(id),
        };
        let bytes = &into[..count];
        let is_plain = count <= MOST_HEAD
            && !conn.ended
            && bytes.is_ascii()
            && sockets::find(bytes, b"\r\n\r\n").map(|at| at + 4) == Some(count);
        let text = is_plain.then(|| std::str::from_utf8(bytes).ok()).flatten();
        if let Some(text) = text
            && let Ok(one) = Value::text(text)
        {
            conn.state = State::Asked;
            self.told.push_back(Told { one, ..Told::of(Kind::Request, id) });
        } else {
            let bytes = bytes.to_vec();
            self.hand_over(id, bytes);
        }
    }

    /// Lets the program adopt a connection. `bytes` were read: of the engine
    /// where it has a request, else of the client.
    pub fn hand_over(&mut self, id: u32, bytes: Vec<u8>) {
        if let Some(conn) = self.of.get_mut(&id) {
            conn.bytes = bytes;
            conn.state = State::Odd { sent: matches!(conn.state, State::Sent) };
            self.tell(Kind::Odd, id);
        }
    }

    pub fn adopt(&mut self, id: u32) -> Option<Adopted> {
        if let State::Relaying(_) | State::Replying(_) | State::Closing = self.of.get(&id)?.state {
            // The rest of what it was told would be lost.
            return None;
        }
        let conn = self.of.remove(&id)?;
        self.held -= conn.held();
        let watch = self.watch.get_ref();
        let _ = watch.remove(conn.client.as_fd());
        let mut bytes = conn.bytes;
        let mut client_bytes = Vec::new();
        let mut engine_bytes = Vec::new();
        let was_sent = match conn.state {
            State::Answered { .. } => {
                bytes = self.buffer[ROOM..ROOM + self.answer].to_vec();
                true
            }
            State::Odd { sent } => sent,
            _ => false,
        };
        if was_sent {
            engine_bytes = bytes;
        } else {
            client_bytes = bytes;
        }
        let mut reused = false;
        let engine = conn.engine.map(|engine| {
            self.owners.remove(&engine.id);
            let _ = watch.remove(engine.fd.as_fd());
            reused = engine.reused;
            if !was_sent {
                // What came unasked belongs to no request: it must be seen as that.
                let mut unasked = vec![0; FIRST_READ];
                if let Got::Some(count) = sockets::receive(&engine.fd, &mut unasked) {
                    engine_bytes.extend_from_slice(&unasked[..count]);
                }
            }
            engine.fd
        });
        Some(Adopted {
            is_tcp: conn.is_tcp,
            client: conn.client,
            client_bytes,
            engine,
            engine_bytes,
            reused,
        })
    }

    pub fn exchange(&mut self, id: u32, head: &[u8], key: u32) -> bool {
        let Some(conn) = self.of.get_mut(&id) else {
            return false;
        };
        if !matches!(conn.state, State::Asked) {
            return false;
        }
        if conn.key != key
            && let Some(engine) = conn.engine.take()
        {
            // What it was used for may be another client's.
            self.owners.remove(&engine.id);
        }
        conn.key = key;
        let kept = conn.engine.take();
        let engine = match kept.map(|engine| (sockets::peek(&engine.fd), engine)) {
            Some((Got::Nothing, engine)) => Some(Engine { reused: true, ..engine }),
            Some((Got::Some(_), engine)) => {
                // Bytes that no request asked for: the program sees to them.
                conn.engine = Some(engine);
                return false;
            }
            Some((Got::End, engine)) => {
                self.owners.remove(&engine.id);
                self.engine_for(key)
            }
            None => self.engine_for(key),
        };
        let Some(engine) = engine else {
            return false;
        };
        let is_sent = sockets::send(&engine.fd, head) == Some(head.len());
        let Some(conn) = self.of.get_mut(&id).filter(|_| is_sent) else {
            // Nothing, or a part of a head: the engine can do nothing with it.
            self.owners.remove(&engine.id);
            return false;
        };
        self.owners.insert(engine.id, id);
        conn.engine = Some(engine);
        conn.state = State::Sent;
        true
    }

    fn read_answer(&mut self, id: u32) {
        let Some(conn) = self.of.get_mut(&id) else {
            return;
        };
        let Some(engine) = &conn.engine else {
            return;
        };
        let into = &mut self.buffer[ROOM..ROOM + FIRST_READ];
        let count = match sockets::receive(&engine.fd, into) {
            Got::Some(count) => count,
            Got::Nothing => return,
            Got::End => return self.hand_over(id, Vec::new()),
        };
        let bytes = &into[..count];
        let head = sockets::find(bytes, b"\r\n\r\n").map(|at| at + 4);
        if let Some(head) = head
            && bytes[..head].is_ascii()
            && let Ok(text) = std::str::from_utf8(&bytes[..head])
            && let Ok(one) = Value::text(text)
        {
            conn.state = State::Answered { head };
            self.answer = count;
            let two = Value::number((count - head) as f64);
            self.told.push_back(Told { one, two, ..Told::of(Kind::Answer, id) });
        } else {
            let bytes = bytes.to_vec();
            self.hand_over(id, bytes);
        }
    }

    /// Reads on what the client sends while its connection closes.
    pub fn drain(&mut self, id: u32) {
        let Some(conn) = self.of.get_mut(&id) else {
            return;
        };
        conn.spoke = false;
        // A client that sends for ever gets no more than this in a turn.
        for _ in 0..4 {
            match sockets::receive(&conn.client, &mut self.buffer[..FIRST_READ]) {
                Got::Some(_) => {}
                Got::Nothing => return,
                Got::End => return self.discard_and_tell(id),
            }
        }
        self.again.push(id);
    }
}
