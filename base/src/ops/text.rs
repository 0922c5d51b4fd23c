//! Text coding.

use std::borrow::Cow;

use deno_error::JsErrorBox;

/// Bytes to a string, one code unit a byte. (The engine keeps such a string
/// with one byte a unit, however it comes.)
pub fn op_base_decode_latin1(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(ascii) if ascii.is_ascii() => ascii.into(),
        _ => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// UTF-8 to a string, the byte order mark kept.
pub fn op_base_decode_utf8(bytes: &[u8], fatal: bool) -> Result<Cow<'_, str>, JsErrorBox> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(_) if fatal => Err(JsErrorBox::type_error("The encoded data is not valid")),
        // Replaces each maximal part of a sequence once, as the standard says.
        Err(_) => Ok(String::from_utf8_lossy(bytes)),
    }
}

/// How many bytes at the end begin a sequence that more bytes may complete.
pub fn op_base_utf8_tail(bytes: &[u8]) -> u32 {
    // A sequence has at most four bytes, so its beginning is near the end.
    for length in 1..=bytes.len().min(3) {
        let tail = &bytes[bytes.len() - length..];
        // A continuation byte cannot begin a sequence.
        if tail[0] & 0xc0 == 0x80 {
            continue;
        }
        return match std::str::from_utf8(tail) {
            Err(e) if e.valid_up_to() == 0 && e.error_len().is_none() => length as u32,
            _ => 0,
        };
    }
    0
}
