//! Reads what `deno compile` appended to this program: an ELF note that holds
//! the metadata as JSON and the bundled program.
//!
//! The layout is Deno's own (`cli/lib/standalone/binary.rs` there): magic,
//! metadata, npm snapshot, remote modules, file tree, file contents, magic.
//! Lengths are little-endian. Of all that only one bundled module is run here;
//! whatever else a payload may carry is refused by name.

use std::collections::BTreeMap;
use std::ffi::{c_int, c_void};

use deno_permissions::PermissionsOptions;
use serde::Deserialize;
use serde_json::Value;

const MAGIC: &[u8] = b"d3n0l4nd";

/// A program and how to run it.
pub struct Program {
    pub metadata: Metadata,
    pub source: &'static str,
    /// The file of its bytecode, unread; none where none was appended.
    pub bytecode: Option<&'static [u8]>,
}

/// The part of Deno's metadata that has a meaning here. Fields that later
/// versions add are ignored.
#[derive(Deserialize)]
pub struct Metadata {
    pub argv: Vec<String>,
    pub permissions: PermissionsOptions,
    entrypoint_key: String,
    #[serde(default)]
    seed: Option<u64>,
    #[serde(default)]
    location: Option<Value>,
    #[serde(default)]
    ca_stores: Option<Value>,
    #[serde(default)]
    ca_data: Option<Value>,
    #[serde(default)]
    unsafely_ignore_certificate_errors: Option<Value>,
    #[serde(default)]
    env_vars_from_env_file: BTreeMap<String, Value>,
    #[serde(default)]
    preload_modules: Vec<Value>,
    #[serde(default)]
    require_modules: Vec<Value>,
    #[serde(default)]
    node_modules: Option<Value>,
    #[serde(default)]
    self_extracting: Option<Value>,
}

/// One entry of the embedded file tree.
#[derive(Deserialize)]
enum Entry {
    File(File),
    Dir(Dir),
    #[allow(dead_code, reason = "named so that it can be refused")]
    Symlink(Value),
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "n")]
    name: String,
    /// Where the content stands, and its length.
    #[serde(rename = "o")]
    at: (usize, usize),
}

impl File {
    fn content(&self, of: &'static [u8]) -> Result<&'static [u8], String> {
        let (start, length) = self.at;
        start
            .checked_add(length)
            .and_then(|end| of.get(start..end))
            .ok_or_else(|| "the appended program is cut short".to_string())
    }
}

#[derive(Deserialize)]
struct Dir {
    #[serde(rename = "e", default)]
    entries: Vec<Entry>,
}

/// The program appended to this very binary.
pub fn own() -> Result<Program, String> {
    let bytes = appended()
        .ok_or("this is the base of a compiled program, and no program was appended to it")?;
    parse(bytes)
}

/// Reads a payload.
pub fn parse(bytes: &'static [u8]) -> Result<Program, String> {
    let mut rest = Reader(bytes);
    rest.expect(MAGIC, "its first bytes")?;
    let metadata: Metadata = serde_json::from_slice(rest.block("the metadata")?)
        .map_err(|e| format!("the appended program's metadata cannot be read: {e}"))?;
    refuse_unsupported(&metadata)?;
    if !rest.block("the npm packages")?.is_empty() {
        return Err(unsupported("npm packages that are not bundled"));
    }
    // Three counts: specifiers, redirects, contents.
    if rest.take(12, "the remote modules")?.iter().any(|&byte| byte != 0) {
        return Err(unsupported("remote modules that are not bundled"));
    }
    let entries: Vec<Entry> = serde_json::from_slice(rest.block("the file tree")?)
        .map_err(|e| format!("the appended program's file tree cannot be read: {e}"))?;
    let contents = rest.block("the files")?;
    rest.expect(MAGIC, "its last bytes")?;

    let mut files = Vec::new();
    collect(entries, &mut files)?;
    let (mut bytecode, mut sources) = (None, Vec::new());
    for file in files {
        let content = file.content(contents)?;
        if file.name == crate::bytecode::FILE && bytecode.is_none() {
            bytecode = Some(content);
        } else {
            sources.push((file.name, content));
        }
    }
    let [(name, source)] = sources.as_slice() else {
        return Err(unsupported(&format!(
            "{} embedded files (compile with --bundle, and include nothing but {})",
            sources.len(),
            crate::bytecode::FILE
        )));
    };
    if metadata.entrypoint_key.rsplit('/').next() != Some(name.as_str()) {
        return Err(unsupported("an entry point that is not the bundled file"));
    }
    Ok(Program {
        source: std::str::from_utf8(source)
            .map_err(|_| "the appended program is not UTF-8".to_string())?,
        bytecode,
        metadata,
    })
}

fn unsupported(what: &str) -> String {
    format!("this base does not support {what}")
}

fn refuse_unsupported(metadata: &Metadata) -> Result<(), String> {
    let present = [
        (metadata.seed.is_some(), "--seed"),
        (metadata.location.is_some(), "--location"),
        (metadata.ca_stores.is_some(), "certificate stores"),
        (metadata.ca_data.is_some(), "--cert"),
        (
            metadata.unsafely_ignore_certificate_errors.is_some(),
            "--unsafely-ignore-certificate-errors",
        ),
        (!metadata.env_vars_from_env_file.is_empty(), "--env-file"),
        (!metadata.preload_modules.is_empty(), "--preload"),
        (!metadata.require_modules.is_empty(), "--require"),
        (metadata.node_modules.is_some(), "a node_modules folder"),
        (metadata.self_extracting.is_some(), "--self-extracting"),
        (
            metadata.permissions.prompt,
            "permission prompts (compile with --no-prompt)",
        ),
    ];
    match present.iter().find(|(is_there, _)| *is_there) {
        Some((_, what)) => Err(unsupported(what)),
        None => Ok(()),
    }
}

fn collect(entries: Vec<Entry>, into: &mut Vec<File>) -> Result<(), String> {
    for entry in entries {
        match entry {
            Entry::File(file) => into.push(file),
            Entry::Dir(dir) => collect(dir.entries, into)?,
            Entry::Symlink(_) => return Err(unsupported("embedded links")),
        }
    }
    Ok(())
}

/// Walks over bytes; every step says what was wanted if too few are left.
struct Reader(&'static [u8]);

impl Reader {
    fn take(&mut self, length: usize, what: &str) -> Result<&'static [u8], String> {
        if length > self.0.len() {
            return Err(format!("the appended program ends within {what}"));
        }
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        Ok(taken)
    }

    /// Bytes that follow their own 64-bit length.
    fn block(&mut self, what: &str) -> Result<&'static [u8], String> {
        let length = self.take(8, what)?.try_into().expect("eight bytes");
        let length = usize::try_from(u64::from_le_bytes(length))
            .map_err(|_| format!("the appended program's {what} are too long"))?;
        self.take(length, what)
    }

    fn expect(&mut self, bytes: &[u8], what: &str) -> Result<(), String> {
        if self.take(bytes.len(), what)? == bytes {
            return Ok(());
        }
        Err(format!(
            "the appended program is of another version of Deno ({what} differ)"
        ))
    }
}

// ------------------------------------------------------------- the ELF note

/// The owner of the note that `deno compile` writes.
const NOTE_OWNER: &[u8] = b"SUI\0";

/// The appended payload, found through the loader's list of segments (no
/// `/proc` is needed, so it works in an empty root).
fn appended() -> Option<&'static [u8]> {
    let mut found: Option<&'static [u8]> = None;
    // SAFETY: the callback gets a valid header list for the duration of the
    // call and the address of `found`, which outlives it.
    unsafe { libc::dl_iterate_phdr(Some(look), (&raw mut found).cast()) };
    found
}

/// Looks through the segments of one loaded object for the note.
unsafe extern "C" fn look(
    object: *mut libc::dl_phdr_info,
    _size: usize,
    into: *mut c_void,
) -> c_int {
    // SAFETY: the loader passes valid headers; `into` is the caller's slot.
    let (object, into) = unsafe { (&*object, &mut *into.cast::<Option<&'static [u8]>>()) };
    if object.dlpi_phdr.is_null() {
        return 0;
    }
    // SAFETY: `dlpi_phnum` headers stand at `dlpi_phdr`.
    let headers =
        unsafe { std::slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum)) };
    for header in headers.iter().filter(|header| header.p_type == libc::PT_NOTE) {
        let at = (object.dlpi_addr as usize).wrapping_add(header.p_vaddr as usize);
        // SAFETY: a note segment is mapped whole and read-only for as long as
        // the program runs; that makes the slice 'static too.
        let segment =
            unsafe { std::slice::from_raw_parts(at as *const u8, header.p_memsz as usize) };
        if let Some(payload) = payload_in(segment) {
            *into = Some(payload);
            return 1;
        }
    }
    0
}

/// The payload within a note segment. A note is three words (length of the
/// owner, length of the content, type), the owner and the content, each padded
/// to four bytes; the content is a section's name after its 16-bit length, and
/// then the payload.
fn payload_in(mut segment: &'static [u8]) -> Option<&'static [u8]> {
    loop {
        let owner_length = word(segment)?;
        let content_length = word(segment.get(4..)?)?;
        let owner = segment.get(12..12usize.checked_add(owner_length)?)?;
        let at = 12usize.checked_add(padded(owner_length)?)?;
        let content = segment.get(at..at.checked_add(content_length)?)?;
        if owner == NOTE_OWNER {
            let name_length = u16::from_le_bytes(content.get(..2)?.try_into().ok()?);
            let (name, payload) = content[2..].split_at_checked(usize::from(name_length))?;
            if name == MAGIC {
                return Some(payload);
            }
        }
        segment = segment.get(at.checked_add(padded(content_length)?)?..)?;
    }
}

fn word(bytes: &[u8]) -> Option<usize> {
    Some(u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?) as usize)
}

fn padded(length: usize) -> Option<usize> {
    Some(length.checked_add(3)? & !3)
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = r#"{"argv":["a"],"entrypoint_key":"x/main.mjs","later":1,
        "permissions":{"allow_env":null,"deny_env":null,"ignore_env":null,"allow_net":[],
        "deny_net":null,"allow_ffi":null,"deny_ffi":[],"allow_read":[],"deny_read":null,
        "ignore_read":null,"allow_run":null,"deny_run":[],"allow_sys":null,"deny_sys":null,
        "allow_write":null,"deny_write":null,"allow_import":[],"deny_import":[],
        "prompt":false}}"#;
    const TREE: &str = r#"[{"File":{"n":"main.mjs","o":[2,4],"u":true}}]"#;

    fn payload(metadata: &str, npm: &[u8], remote: [u8; 12], tree: &str) -> &'static [u8] {
        let block = |bytes: &[u8]| [&(bytes.len() as u64).to_le_bytes()[..], bytes].concat();
        [
            MAGIC,
            &block(metadata.as_bytes()),
            &block(npm),
            &remote,
            &block(tree.as_bytes()),
            &block(b"--code--"),
            MAGIC,
        ]
        .concat()
        .leak()
    }

    fn refusal(bytes: &'static [u8]) -> String {
        parse(bytes).err().expect("a refusal")
    }

    #[test]
    fn reads_one_bundled_module() {
        let program = parse(payload(METADATA, b"", [0; 12], TREE)).expect("a program");
        assert_eq!(program.source, "code");
        assert_eq!(program.metadata.argv, ["a"]);
    }

    #[test]
    fn refuses_by_name_what_it_does_not_support() {
        let with = |more: &str| METADATA.replace("\"later\":1", more);
        for (metadata, what) in [
            (with("\"seed\":1"), "--seed"),
            (with("\"node_modules\":{\"Byonm\":{}}"), "a node_modules folder"),
            (with("\"preload_modules\":[\"x\"]"), "--preload"),
            (METADATA.replace("\"prompt\":false", "\"prompt\":true"), "--no-prompt"),
        ] {
            let text = refusal(payload(&metadata, b"", [0; 12], TREE));
            assert!(text.contains(what), "{text}");
        }
        assert!(refusal(payload(METADATA, b"{}", [0; 12], TREE)).contains("npm"));
        assert!(refusal(payload(METADATA, b"", [1; 12], TREE)).contains("remote"));
        let more = format!("[{0},{0}]", &TREE[1..TREE.len() - 1]);
        assert!(refusal(payload(METADATA, b"", [0; 12], &more)).contains("2 embedded files"));
    }

    #[test]
    fn refuses_what_is_cut_short_or_broken() {
        let whole = payload(METADATA, b"", [0; 12], TREE);
        for length in 0..whole.len() {
            assert!(parse(&whole[..length]).is_err(), "{length} bytes");
        }
        let far = TREE.replace("[2,4]", "[18446744073709551615,4]");
        assert!(refusal(payload(METADATA, b"", [0; 12], &far)).contains("short"));
    }

    #[test]
    fn finds_the_note_among_others() {
        let note = |owner: &[u8], content: &[u8]| {
            let mut bytes = Vec::new();
            bytes.extend((owner.len() as u32).to_le_bytes());
            bytes.extend((content.len() as u32).to_le_bytes());
            bytes.extend([1, b'I', b'U', b'S']);
            for part in [owner, content] {
                bytes.extend(part);
                bytes.resize(bytes.len().next_multiple_of(4), 0);
            }
            bytes
        };
        let ours = note(NOTE_OWNER, b"\x08\0d3n0l4ndpayload");
        let other = note(b"GNU\0", b"12345");
        let both: &'static [u8] = [other.clone(), ours].concat().leak();
        assert_eq!(payload_in(both), Some(&b"payload"[..]));
        assert_eq!(payload_in(other.leak()), None);
        for length in 0..both.len() - 3 {
            assert_eq!(payload_in(&both[..length]), None, "{length} bytes");
        }
    }
}
