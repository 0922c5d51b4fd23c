//! Text coding.

use deno_core::{op2, v8};
use deno_error::JsErrorBox;

fn too_long() -> JsErrorBox {
    JsErrorBox::range_error("string too long")
}

/// Bytes to a string, one code unit a byte.
#[op2]
pub fn op_base_decode_latin1<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    #[buffer] bytes: &[u8],
) -> Result<v8::Local<'s, v8::String>, JsErrorBox> {
    // The runtime builds a one-byte string character by character; from UTF-8
    // it copies, and ASCII is both.
    let made = if bytes.is_ascii() {
        v8::String::new_from_utf8(scope, bytes, v8::NewStringType::Normal)
    } else {
        v8::String::new_from_one_byte(scope, bytes, v8::NewStringType::Normal)
    };
    made.ok_or_else(too_long)
}

/// UTF-8 to a string, the byte order mark kept.
#[op2]
pub fn op_base_decode_utf8<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    #[buffer] bytes: &[u8],
    fatal: bool,
) -> Result<v8::Local<'s, v8::String>, JsErrorBox> {
    let lossy;
    let valid = match std::str::from_utf8(bytes) {
        Ok(_) => bytes,
        Err(_) if fatal => return Err(JsErrorBox::type_error("The encoded data is not valid")),
        // Replaces each maximal part of a sequence once, as the standard says.
        Err(_) => {
            lossy = String::from_utf8_lossy(bytes);
            lossy.as_bytes()
        }
    };
    v8::String::new_from_utf8(scope, valid, v8::NewStringType::Normal).ok_or_else(too_long)
}

/// How many bytes at the end begin a sequence that more bytes may complete.
#[op2(fast)]
pub fn op_base_utf8_tail(#[buffer] bytes: &[u8]) -> u32 {
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
