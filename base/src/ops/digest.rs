//! Digests (FIPS 180-4, RFC 2104), and the system's random bytes.

use deno_error::JsErrorBox;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::errors::of_system;

/// Bytes that the system gives in one call, without being interrupted.
const MOST_AT_ONCE: u32 = 256;

pub fn op_base_sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub fn op_base_hmac_sha256(key: &[u8], bytes: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    mac.update(bytes);
    mac.finalize().into_bytes().into()
}

/// At most 256 random bytes.
pub fn op_base_random(length: u32) -> Result<Vec<u8>, JsErrorBox> {
    if length > MOST_AT_ONCE {
        return Err(JsErrorBox::range_error("at most 256 random bytes at once"));
    }
    let mut bytes = vec![0; length as usize];
    // SAFETY: so many bytes may be written there.
    let got = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    if got == bytes.len() as isize {
        return Ok(bytes);
    }
    Err(of_system(std::io::Error::last_os_error()))
}
