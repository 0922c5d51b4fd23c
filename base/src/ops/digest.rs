//! Digests (FIPS 180-4, RFC 2104), and the system's random bytes.

use deno_error::JsErrorBox;
use sha2::{Digest, Sha256};

use crate::errors::of_system;

/// Bytes that the system gives in one call, without being interrupted.
const MOST_AT_ONCE: u32 = 256;

/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;

pub fn op_base_sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub fn op_base_hmac_sha256(key: &[u8], bytes: &[u8]) -> [u8; 32] {
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&op_base_sha256(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(bytes);
    let outer = Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c));
    outer.chain_update(inner.finalize()).finalize().into()
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
