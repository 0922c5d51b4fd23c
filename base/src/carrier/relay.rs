//! Passes answers on to the client: the engine's, and the program's own.

use std::os::fd::OwnedFd;

use tokio::io::unix::AsyncFd;

use super::chunks::{Chunks, Taken};
use super::conn::{Conn, State};
use super::sockets::{self, Got, Watch};
use super::{
    BLOCK, CLIENT, Carrier, FIRST_READ, Kind, MOST_HELD, Outcome, ROOM, Relayed, SMALL_BLOCK, Told,
    WATCHED, token,
};
use crate::engine::Value;

/// How the end of a body is found.
pub enum Framing {
    /// So many bytes; 0 for no body.
    Length(u64),
    Chunked(Chunks),
}

impl Framing {
    /// Takes a piece; none where it is malformed.
    fn take(&mut self, piece: &mut [u8]) -> Option<Taken> {
        match self {
            Self::Length(left) => {
                let taken = (*left).min(piece.len() as u64) as usize;
                *left -= taken as u64;
                Some(Taken { taken, kept: taken, done: *left == 0 })
            }
            Self::Chunked(chunks) => chunks.take(piece),
        }
    }
}

/// What the program says of an answer.
pub struct Framed {
    pub framing: Framing,
    /// The client's connection is closed after it.
    pub ends: bool,
    /// The engine's connection may be used again after it.
    pub reusable: bool,
    /// The client cancels it by ending its side.
    pub streams: bool,
    /// How many engine connections may wait for a next client.
    pub room: usize,
}

/// An answer that passes through.
pub struct Relay {
    pub framed: Framed,
    /// Bytes of it that the client has taken.
    pub sent: u64,
    /// What the client has not taken so far, and what of that it has taken.
    pub left: Vec<u8>,
    at: usize,
    done: bool,
    surplus: bool,
}

/// The program's own answer.
pub struct Reply {
    left: Vec<u8>,
    at: usize,
    ends: bool,
}

/// What of an answer was read.
struct Piece {
    from: usize,
    to: usize,
    /// The engine has ended its side.
    over: bool,
    /// More may be there.
    full: bool,
    malformed: bool,
}

impl Carrier {
    pub fn relay(&mut self, id: u32, head: Option<&[u8]>, framed: Framed) -> Relayed {
        let answer = self.answer;
        let Some(conn) = self.of.get_mut(&id) else {
            return Relayed::Begun;
        };
        let State::Answered { head: length } = conn.state else {
            return Relayed::Begun;
        };
        let mut from = ROOM;
        if let Some(head) = head {
            match (ROOM + length).checked_sub(head.len()) {
                Some(start) => from = start,
                None => return Relayed::Odd,
            }
        }
        let mut framed = framed;
        let Some(taken) = first_taken(&mut framed, &mut self.buffer[ROOM + length..ROOM + answer])
        else {
            return Relayed::Odd;
        };
        let mut piece = Piece {
            from,
            to: ROOM + length + taken.kept,
            over: false,
            full: answer == FIRST_READ || conn.engine.as_ref().is_some_and(|engine| engine.ended),
            malformed: false,
        };
        if let Some(head) = head {
            self.buffer[from..ROOM + length].copy_from_slice(head);
        }
        let relay =
            Relay { framed, sent: 0, left: Vec::new(), at: 0, done: taken.done, surplus: false };
        conn.room = relay.framed.room;
        conn.state = State::Relaying(relay);
        if !taken.done && piece.full {
            let most = self.most();
            self.read_piece(id, &mut piece, most);
        }
        let size = piece.to - piece.from;
        if self.pass_on(id, &piece, false) {
            return Relayed::Whole(size);
        }
        if piece.full && !piece.over {
            self.again.push(id);
        }
        Relayed::Begun
    }

    /// How far the buffer may be filled: what a client does not take is held.
    fn most(&self) -> usize {
        ROOM + if self.held > MOST_HELD { SMALL_BLOCK } else { BLOCK }
    }

    /// Reads more of an answer behind a piece, up to `most` in the buffer.
    fn read_piece(&mut self, id: u32, piece: &mut Piece, most: usize) {
        let Some(conn) = self.of.get_mut(&id) else {
            return;
        };
        let (Some(engine), State::Relaying(relay)) = (&conn.engine, &mut conn.state) else {
            return;
        };
        piece.full = true;
        while !relay.done && piece.to < most {
            let into = &mut self.buffer[piece.to..most];
            let room = into.len();
            let count = match sockets::receive(&engine.fd, into) {
                Got::Some(count) => count,
                Got::Nothing => {
                    piece.full = false;
                    return;
                }
                Got::End => {
                    piece.over = true;
                    return;
                }
            };
            let Some(taken) = relay.framed.framing.take(&mut into[..count]) else {
                piece.malformed = true;
                return;
            };
            piece.to += taken.kept;
            relay.done = taken.done;
            relay.surplus = taken.taken < count;
            if count < room && !engine.ended {
                // That was all; the system tells of more.
                piece.full = false;
                return;
            }
        }
    }

    /// Writes a piece to the client. Returns true where the answer is whole
    /// with it and `tells` is not set; all other ends are told.
    fn pass_on(&mut self, id: u32, piece: &Piece, tells: bool) -> bool {
        let Some(conn) = self.of.get_mut(&id) else {
            return false;
        };
        let State::Relaying(relay) = &mut conn.state else {
            return false;
        };
        let bytes = &self.buffer[piece.from..piece.to];
        let written =
            if bytes.is_empty() { Some(0) } else { sockets::send(&conn.client, bytes) };
        let Some(written) = written else {
            self.client_gone(id);
            return false;
        };
        relay.sent += written as u64;
        if written < bytes.len() {
            relay.left = bytes[written..].to_vec();
            relay.at = 0;
            self.held += relay.left.len();
            watch_room(&self.watch, &conn.client, &mut conn.watches_room, id);
        }
        if piece.malformed {
            self.fail(id, Outcome::Malformed);
            return false;
        }
        if !relay.left.is_empty() {
            // The engine's end shows again when the client has taken it.
            return false;
        }
        if relay.done {
            let whole = !relay.surplus;
            self.finish(id, tells);
            return whole && !tells;
        }
        if piece.over {
            self.fail(id, Outcome::EngineGone);
        }
        false
    }

    /// Carries on what the engine has sent.
    pub fn read_on(&mut self, id: u32) {
        // One that always has more leaves the others their turn.
        for _ in 0..4 {
            let Some(State::Relaying(relay)) = self.of.get(&id).map(|conn| &conn.state) else {
                return;
            };
            if !relay.left.is_empty() || relay.done {
                return;
            }
            let most = self.most();
            let mut piece = Piece { from: ROOM, to: ROOM, over: false, full: false, malformed: false };
            self.read_piece(id, &mut piece, most);
            self.pass_on(id, &piece, true);
            if !piece.full || piece.over {
                return;
            }
        }
        self.again.push(id);
    }

    /// Writes on what the client has not taken.
    pub fn write_on(&mut self, id: u32) {
        let Some(conn) = self.of.get_mut(&id) else {
            return;
        };
        let State::Relaying(relay) = &mut conn.state else {
            return;
        };
        if relay.left.is_empty() {
            return;
        }
        while relay.at < relay.left.len() {
            match sockets::send(&conn.client, &relay.left[relay.at..]) {
                None => return self.client_gone(id),
                Some(0) => return,
                Some(written) => {
                    relay.at += written;
                    relay.sent += written as u64;
                }
            }
        }
        self.held -= relay.left.len();
        relay.left = Vec::new();
        if relay.done { self.finish(id, true) } else { self.read_on(id) }
    }

    pub fn client_gone(&mut self, id: u32) {
        self.fail(id, Outcome::ClientGone);
    }

    /// Closes both sides: a cut answer must not look like a whole one.
    fn fail(&mut self, id: u32, outcome: Outcome) {
        let sent = self.of.get(&id).map_or(0, Conn::sent);
        self.discard(id);
        self.tell_carried(id, outcome, sent);
    }

    fn tell_carried(&mut self, id: u32, outcome: Outcome, sent: u64) {
        let one = Value::number(f64::from(outcome as u32));
        let two = Value::number(sent as f64);
        self.told.push_back(Told { one, two, ..Told::of(Kind::Carried, id) });
    }

    /// The answer has ended and the client has all of it.
    fn finish(&mut self, id: u32, tells: bool) {
        let Some(conn) = self.of.get_mut(&id) else {
            return;
        };
        let State::Relaying(relay) = &conn.state else {
            return;
        };
        let (sent, surplus) = (relay.sent, relay.surplus);
        let Framed { ends, reusable, .. } = relay.framed;
        let closes = ends || surplus;
        let keeps = reusable && !surplus && !conn.ended;
        let given = if keeps && !ends { None } else { conn.engine.take() };
        conn.state = if closes { State::Closing } else { State::Idle };
        let (key, room) = (conn.key, conn.room);
        let spoke = conn.spoke;
        if closes {
            sockets::end_writing(&conn.client);
        }
        if spoke {
            self.again.push(id);
        }
        if let Some(engine) = given {
            self.let_wait(key, engine, if keeps { room } else { 0 });
        }
        let outcome = match (surplus, closes) {
            (true, _) => Outcome::Surplus,
            (false, true) => Outcome::Last,
            (false, false) => Outcome::Whole,
        };
        if tells || surplus {
            self.tell_carried(id, outcome, sent);
        }
    }

    // ------------------------------------------------------ our own answers

    pub fn reply(&mut self, id: u32, bytes: &[u8], ends: bool) -> bool {
        let Some(conn) = self.of.get_mut(&id) else {
            return false;
        };
        if !matches!(conn.state, State::New | State::Asked) {
            return false;
        }
        conn.state = State::Replying(Reply { left: bytes.to_vec(), at: 0, ends });
        let is_whole = self.write_reply(id);
        if !is_whole && let Some(conn) = self.of.get_mut(&id) {
            watch_room(&self.watch, &conn.client, &mut conn.watches_room, id);
        }
        is_whole
    }

    pub fn reply_on(&mut self, id: u32) {
        if self.write_reply(id) {
            let ends = self.of.get(&id).is_some_and(|conn| matches!(conn.state, State::Closing));
            let one = Value::boolean(ends);
            self.told.push_back(Told { one, ..Told::of(Kind::Replied, id) });
        }
    }

    /// Writes on; whether all was written.
    fn write_reply(&mut self, id: u32) -> bool {
        let Some(conn) = self.of.get_mut(&id) else {
            return false;
        };
        let State::Replying(reply) = &mut conn.state else {
            return false;
        };
        while reply.at < reply.left.len() {
            match sockets::send(&conn.client, &reply.left[reply.at..]) {
                None => {
                    self.discard_and_tell(id);
                    return false;
                }
                Some(0) => return false,
                Some(written) => reply.at += written,
            }
        }
        let ends = reply.ends;
        conn.state = if ends { State::Closing } else { State::Idle };
        if ends {
            sockets::end_writing(&conn.client);
        }
        if conn.spoke {
            self.again.push(id);
        }
        if ends && let Some(engine) = conn.engine.take() {
            let (key, room) = (conn.key, conn.room);
            self.let_wait(key, engine, room);
        }
        true
    }
}

/// Lets the system also tell when a client takes more; `is_on`: whether it does.
fn watch_room(watch: &AsyncFd<Watch>, client: &OwnedFd, is_on: &mut bool, id: u32) {
    if !*is_on {
        *is_on = true;
        let kinds = WATCHED | sockets::WRITABLE;
        let _ = watch.get_ref().change(client, kinds, token(CLIENT, id));
    }
}

/// Takes the first piece of an answer; none where it is malformed or bytes are
/// left over, and then the piece is as it came.
fn first_taken(framed: &mut Framed, piece: &mut [u8]) -> Option<Taken> {
    if let Framing::Chunked(chunks) = &framed.framing {
        let mut tried = piece.to_vec();
        let taken = chunks.clone().take(&mut tried)?;
        if taken.taken < piece.len() {
            return None;
        }
    }
    if let Framing::Length(length) = framed.framing
        && (piece.len() as u64) > length
    {
        return None;
    }
    framed.framing.take(piece)
}
