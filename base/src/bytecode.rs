//! The file that carries the program's bytecode: a header that says what it fits,
//! a table of its modules, and the bytecode of each.
//!
//! The header guards against a mismatch (another engine, another program, a
//! damaged file), not against an attacker: who can change it can change the
//! program, which stands in the same binary.

use std::hash::{DefaultHasher, Hasher};

/// The file's name among those that `deno compile` appends.
pub const FILE: &str = "sockwarden.bytecode";

const MAGIC: &[u8; 8] = b"swbcode2";

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

/// The bytecode of a program: its modules, each by the name that others import
/// it by. A module is looked at when it is asked for: most of them stay unread.
pub struct Modules<'a> {
    pieces: Vec<Piece<'a>>,
}

struct Piece<'a> {
    name: &'a str,
    code: &'a [u8],
    hash: u64,
}

impl<'a> Modules<'a> {
    /// A module's bytecode; none where there is no such module. Errors: why it
    /// cannot be run, in words.
    pub fn find(&self, name: &str) -> Option<Result<&'a [u8], &'static str>> {
        let piece = self.pieces.iter().find(|piece| piece.name == name)?;
        Some(if hash(piece.code) == piece.hash { Ok(piece.code) } else { Err("it is damaged") })
    }
}

/// The file of a program's bytecode. A name has 255 bytes at most.
pub fn write(source: &str, modules: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut table = Vec::new();
    for (name, code) in modules {
        table.push(u8::try_from(name.len()).expect("a short name"));
        table.extend(name.as_bytes());
        table.extend(u32::try_from(code.len()).expect("a module below 4 GiB").to_le_bytes());
        table.extend(hash(code).to_le_bytes());
    }
    let mut file = MAGIC.to_vec();
    let length = table.len() as u64;
    for number in [ENGINE, hash(source.as_bytes()), hash(&table), length] {
        file.extend(number.to_le_bytes());
    }
    file.extend(table);
    for (_, code) in modules {
        file.extend(code);
    }
    file
}

/// The modules in such a file, where it is of this engine and this source.
/// Errors: why it is not, in words.
pub fn read<'a>(file: &'a [u8], source: &str) -> Result<Modules<'a>, &'static str> {
    const CUT: &str = "it is cut short";
    let (head, rest) = file.split_at_checked(40).ok_or(CUT)?;
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
    let length = usize::try_from(number(32)).map_err(|_| CUT)?;
    let (mut table, mut codes) = rest.split_at_checked(length).ok_or(CUT)?;
    if number(24) != hash(table) {
        return Err("it is damaged");
    }
    let mut pieces = Vec::new();
    while let Some((&length, rest)) = table.split_first() {
        let (name, rest) = rest.split_at_checked(length.into()).ok_or(CUT)?;
        let (numbers, rest) = rest.split_at_checked(12).ok_or(CUT)?;
        let (length, hash) = numbers.split_at(4);
        let length = length.try_into().map_or(0, u32::from_le_bytes) as usize;
        let (code, others) = codes.split_at_checked(length).ok_or(CUT)?;
        pieces.push(Piece {
            name: std::str::from_utf8(name).map_err(|_| "it is damaged")?,
            code,
            hash: hash.try_into().map_or(0, u64::from_le_bytes),
        });
        (table, codes) = (rest, others);
    }
    if codes.is_empty() { Ok(Modules { pieces }) } else { Err("it is too long") }
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    fn file() -> Vec<u8> {
        write("source", &[("main", b"code".to_vec()), ("./late.js", b"later".to_vec())])
    }

    /// Whether every module can be run as it was written.
    fn is_whole(file: &[u8], source: &str) -> bool {
        read(file, source).is_ok_and(|modules| {
            modules.find("main") == Some(Ok(b"code"))
                && modules.find("./late.js") == Some(Ok(b"later"))
        })
    }

    #[test]
    fn gives_what_was_written() {
        let file = file();
        assert!(is_whole(&file, "source"));
        assert_eq!(read(&file, "source").expect("fits").find("./none.js"), None);
    }

    #[test]
    fn refuses_every_change_and_every_cut() {
        let file = file();
        assert_eq!(read(&file, "sourcf").err(), Some("it is of another program"));
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(!is_whole(&changed, "source"), "byte {at}");
            assert!(read(&file[..at], "source").is_err(), "{at} bytes");
        }
        let mut other = file.clone();
        other[8] ^= 1;
        assert_eq!(read(&other, "source").err(), Some("it is of another engine"));
        let mut damaged = file;
        *damaged.last_mut().expect("some bytes") ^= 1;
        let modules = read(&damaged, "source").expect("its head fits");
        assert_eq!(modules.find("main"), Some(Ok(&b"code"[..])));
        assert_eq!(modules.find("./late.js"), Some(Err("it is damaged")));
    }
}
