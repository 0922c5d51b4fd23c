//! What takes bytes from outside, with bytes that nobody wrote. Each property is
//! tried some thousand times with the same numbers at each run;
//! `SOCKWARDEN_FUZZ_ROUNDS` sets how often, `SOCKWARDEN_FUZZ_SEED` with which.

use sockwarden_base::engine::{self, Value};
use sockwarden_base::ops::text;
use sockwarden_base::{bytecode, payload};

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Numbers that look random (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    /// Bytes of which many begin or continue a UTF-8 sequence.
    fn bytes(&mut self, most: usize) -> Vec<u8> {
        const EDGES: &[u8] =
            &[0, 0x7f, 0x80, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff];
        (0..self.below(most + 1))
            .map(|_| match self.below(3) {
                0 => EDGES[self.below(EDGES.len())],
                1 => b'a' + self.below(26) as u8,
                _ => self.below(256) as u8,
            })
            .collect()
    }

    /// The bytes with some of them changed, left out or doubled.
    fn changed(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(4) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = self.below(256) as u8,
                2 => bytes.truncate(at + 1),
                _ => bytes.insert(at, bytes[at]),
            }
        }
        bytes
    }
}

fn rounds(property: impl Fn(&mut Random)) {
    let mut random = Random(setting("SOCKWARDEN_FUZZ_SEED", 0x5eed) | 1);
    for _ in 0..setting("SOCKWARDEN_FUZZ_ROUNDS", 5000) {
        property(&mut random);
    }
}

#[test]
fn latin1_is_one_character_a_byte() {
    rounds(|random| {
        let bytes = random.bytes(64);
        let text = text::op_base_decode_latin1(&bytes);
        assert_eq!(text.chars().map(|c| c as u32 as u8).collect::<Vec<_>>(), bytes);
    });
}

#[test]
fn utf8_in_two_pieces_is_utf8_in_one() {
    rounds(|random| {
        let bytes = random.bytes(64);
        let cut = random.below(bytes.len() + 1);
        let left = text::op_base_utf8_tail(&bytes[..cut]) as usize;
        let decode = |bytes: &[u8]| {
            text::op_base_decode_utf8(bytes, false).ok().expect("not fatal").into_owned()
        };
        assert!(left <= 3 && left <= cut);
        assert_eq!(decode(&bytes[..cut - left]) + &decode(&bytes[cut - left..]), decode(&bytes));
        let strict = text::op_base_decode_utf8(&bytes, true);
        assert_eq!(strict.is_ok(), std::str::from_utf8(&bytes).is_ok());
    });
}

#[test]
fn the_engine_keeps_every_string_and_every_byte() {
    engine::begin(&[], 1024 * 1024).expect("an engine");
    rounds(|random| {
        let bytes = random.bytes(64);
        let text = String::from_utf8_lossy(&bytes);
        let value = Value::text(&text).expect("a string");
        assert_eq!(value.to_text().expect("a string"), text);
        let array = Value::bytes(&bytes).expect("an array");
        let numbers: Vec<f64> =
            array.items().expect("numbers").iter().map(|n| n.to_number().expect("one")).collect();
        assert_eq!(numbers, bytes.iter().map(|&byte| f64::from(byte)).collect::<Vec<_>>());
    });
}

#[test]
fn no_payload_is_more_than_refused() {
    let metadata = br#"{"argv":["a"],"entrypoint_key":"x/main.mjs","permissions":{"allow_env":null,
        "deny_env":null,"ignore_env":null,"allow_net":[],"deny_net":null,"allow_ffi":null,
        "deny_ffi":[],"allow_read":[],"deny_read":null,"ignore_read":null,"allow_run":null,
        "deny_run":[],"allow_sys":null,"deny_sys":null,"allow_write":null,"deny_write":null,
        "allow_import":[],"deny_import":[],"prompt":false}}"#;
    let tree = br#"[{"File":{"n":"main.mjs","o":[2,4],"u":true}}]"#;
    let block = |bytes: &[u8]| [&(bytes.len() as u64).to_le_bytes()[..], bytes].concat();
    let magic = b"d3n0l4nd";
    let whole = [
        &magic[..],
        &block(metadata),
        &block(b""),
        &[0; 12],
        &block(tree),
        &block(b"--code--"),
        magic,
    ]
    .concat();
    assert!(payload::parse(whole.clone().leak()).is_ok());
    rounds(|random| {
        let _ = payload::parse(random.changed(&whole).leak());
        let _ = payload::parse(random.bytes(64).leak());
    });
}

#[test]
fn no_changed_bytecode_is_taken() {
    let code = b"some bytes of code";
    let whole = bytecode::write("source", &[("main", code.to_vec()), ("./late.js", code.to_vec())]);
    rounds(|random| {
        let changed = random.changed(&whole);
        let Ok(modules) = bytecode::read(&changed, "source") else {
            return;
        };
        for name in ["main", "./late.js"] {
            let found = modules.find(name).expect("the table is whole");
            assert!(found.is_err() || found == Ok(code));
        }
    });
}
