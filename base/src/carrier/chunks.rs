//! Follows a chunked body, and rewrites it in place in its plainest form: as
//! `lib/http1/chunked.ts`, which says what is accepted and why. A body that this
//! accepts and that one refuses, or the other way round, is a bug:
//! `tests/e2e/carrier_test.ts` sends the same bodies through both.

/// Bytes of extension dropped of one chunk, and of trailer fields in all.
const MAX_DROPPED: u32 = 4096;
/// Digits of a chunk size: as many as the program's numbers hold exactly.
const MAX_DIGITS: u32 = 13;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    SizeStart,
    Size,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    Trailer,
    TrailerField,
    TrailerLf,
    EndLf,
    Done,
}

/// A chunked body that is being followed.
#[derive(Clone)]
pub struct Chunks {
    phase: Phase,
    /// Bytes of chunk data that are still to come.
    remaining: u64,
    digits: u32,
    dropped: u32,
}

/// What was taken of a piece of a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    /// Bytes that belong to the body.
    pub taken: usize,
    /// Bytes at the start of the piece to pass on.
    pub kept: usize,
    /// The body has ended.
    pub done: bool,
}

fn is_visible(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~')
}

fn is_text(byte: u8) -> bool {
    is_visible(byte) || byte == b' ' || byte == b'\t'
}

impl Chunks {
    pub const fn new() -> Self {
        Self { phase: Phase::SizeStart, remaining: 0, digits: 0, dropped: 0 }
    }

    /// Takes a piece of the body; what to pass on stands at its start then.
    /// None where the body is malformed.
    pub fn take(&mut self, piece: &mut [u8]) -> Option<Taken> {
        let (mut at, mut kept) = (0, 0);
        while at < piece.len() && self.phase != Phase::Done {
            if self.phase == Phase::Data {
                let left = (piece.len() - at) as u64;
                let size = self.remaining.min(left) as usize;
                if kept != at {
                    piece.copy_within(at..at + size, kept);
                }
                at += size;
                kept += size;
                self.remaining -= size as u64;
                if self.remaining == 0 {
                    self.phase = Phase::DataCr;
                }
                continue;
            }
            let byte = piece[at];
            at += 1;
            if self.step(byte)? {
                piece[kept] = byte;
                kept += 1;
            } else {
                self.dropped += 1;
                if self.dropped > MAX_DROPPED {
                    return None;
                }
            }
        }
        Some(Taken { taken: at, kept, done: self.phase == Phase::Done })
    }

    /// Goes on by one byte outside of the data; whether it is passed on, none
    /// where it may not stand there.
    fn step(&mut self, byte: u8) -> Option<bool> {
        let (keeps, next) = match (self.phase, byte) {
            (Phase::SizeStart | Phase::Size, _) if byte.is_ascii_hexdigit() => {
                self.digits += 1;
                if self.digits > MAX_DIGITS {
                    return None;
                }
                let digit = char::from(byte).to_digit(16)?;
                self.remaining = self.remaining * 16 + u64::from(digit);
                (true, Phase::Size)
            }
            (Phase::Size, b';') => (false, Phase::Extension),
            (Phase::Size | Phase::Extension, b'\r') => (true, Phase::SizeLf),
            (Phase::Extension, _) if is_text(byte) => (false, Phase::Extension),
            (Phase::SizeLf, b'\n') => {
                self.digits = 0;
                self.dropped = 0;
                (true, if self.remaining == 0 { Phase::Trailer } else { Phase::Data })
            }
            (Phase::DataCr, b'\r') => (true, Phase::DataLf),
            (Phase::DataLf, b'\n') => (true, Phase::SizeStart),
            (Phase::Trailer, b'\r') => (true, Phase::EndLf),
            (Phase::Trailer, _) if is_visible(byte) => (false, Phase::TrailerField),
            (Phase::TrailerField, b'\r') => (false, Phase::TrailerLf),
            (Phase::TrailerField, _) if is_text(byte) => (false, Phase::TrailerField),
            (Phase::TrailerLf, b'\n') => (false, Phase::Trailer),
            (Phase::EndLf, b'\n') => (true, Phase::Done),
            _ => return None,
        };
        self.phase = next;
        Some(keeps)
    }
}

#[cfg(test)]
mod tests {
    use super::Chunks;

    /// What is passed on of a body that comes in pieces of that size, and what
    /// is left over; none where it is malformed.
    fn passed(body: &[u8], size: usize) -> Option<(Vec<u8>, usize)> {
        let mut chunks = Chunks::new();
        let mut all = Vec::new();
        let mut left = body.len();
        for piece in body.chunks(size) {
            let mut piece = piece.to_vec();
            let got = chunks.take(&mut piece)?;
            all.extend_from_slice(&piece[..got.kept]);
            left -= got.taken;
            if got.done {
                return Some((all, left));
            }
        }
        None
    }

    #[test]
    fn a_body_is_passed_on_in_its_plainest_form_however_it_is_cut() {
        let body = b"5;name=\"a b\"\r\nhello\r\n00A\r\n0123456789\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\nmore";
        let plain = b"5\r\nhello\r\n00A\r\n0123456789\r\n0\r\n\r\n";
        for size in 1..=body.len() {
            let (all, left) = passed(body, size).expect("a whole body");
            assert_eq!(all, plain, "in pieces of {size}");
            // Of the piece with the end, and those that were not shown.
            assert_eq!(left, 4, "in pieces of {size}");
        }
    }

    #[test]
    fn what_is_malformed_is_refused() {
        let long_extension = format!("1;{}\r\na\r\n0\r\n\r\n", "x".repeat(4097));
        let long_trailer = format!("0\r\na: {}\r\n\r\n", "x".repeat(4097));
        for body in [
            "\r\n",
            " 5\r\n",
            "5 \r\nhello\r\n0\r\n\r\n",
            "5\nhello\r\n0\r\n\r\n",
            "5\r\nhello!\r\n0\r\n\r\n",
            "5\r\nhello\n0\r\n\r\n",
            "+5\r\nhello\r\n0\r\n\r\n",
            "0x5\r\nhello\r\n0\r\n\r\n",
            "5;a\nb\r\nhello\r\n0\r\n\r\n",
            "5;\u{7f}\r\nhello\r\n0\r\n\r\n",
            "00000000000005\r\nhello\r\n0\r\n\r\n",
            "0\r\n folded\r\n\r\n",
            "0\r\na: b\n\r\n\r\n",
            "0\r\n\rX",
            &long_extension,
            &long_trailer,
        ] {
            assert_eq!(passed(body.as_bytes(), body.len()), None, "{body:?}");
            assert_eq!(passed(body.as_bytes(), 1), None, "{body:?}");
        }
    }
}
