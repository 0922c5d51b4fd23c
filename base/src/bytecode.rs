//! The file that carries the program's bytecode beside its source: a header that
//! says what it fits, and the bytecode.
//!
//! The header guards against a mismatch (another engine, another program, a
//! damaged file), not against an attacker: who can change it can change the
//! program, which stands in the same binary.

use std::hash::{DefaultHasher, Hasher};

/// The file's name among those that `deno compile` appends.
pub const FILE: &str = "sockwarden.bytecode";

const MAGIC: &[u8; 8] = b"swbcode1";

/// Which engine this is: its sources and patches, as `build.rs` found them.
const ENGINE: u64 = match u64::from_str_radix(env!("SOCKWARDEN_ENGINE"), 16) {
    Ok(hash) => hash,
    Err(_) => panic!("build.rs writes 16 hexadecimal digits"),
};

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// The file of a program's bytecode.
pub fn write(source: &str, code: &[u8]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    for number in [ENGINE, hash(source.as_bytes()), hash(code)] {
        file.extend(number.to_le_bytes());
    }
    file.extend(code);
    file
}

/// The bytecode in such a file, where it is of this engine and this source.
/// Errors: why it is not, in words.
pub fn read<'a>(file: &'a [u8], source: &str) -> Result<&'a [u8], &'static str> {
    let (head, code) = file.split_at_checked(32).ok_or("it is cut short")?;
    let number = |at: usize| head[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
    if !head.starts_with(MAGIC) {
        return Err("it is of another format");
    }
    if number(8) != ENGINE {
        return Err("it is of another engine");
    }
    if number(16) != hash(source.as_bytes()) {
        return Err("it is of another program");
    }
    if number(24) != hash(code) {
        return Err("it is damaged");
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    #[test]
    fn gives_what_was_written() {
        assert_eq!(read(&write("source", b"code"), "source"), Ok(&b"code"[..]));
    }

    #[test]
    fn refuses_every_change_and_every_cut() {
        let file = write("source", b"code");
        assert_eq!(read(&file, "sourcf"), Err("it is of another program"));
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(read(&changed, "source").is_err(), "byte {at}");
            assert!(read(&file[..at], "source").is_err(), "{at} bytes");
        }
        let mut other = file.clone();
        other[8] ^= 1;
        assert_eq!(read(&other, "source"), Err("it is of another engine"));
    }
}
