//! Where values stand in a JSON text: what the program's own way along a tree of
//! paths (`lib/guard/hide/walk.ts`) finds, many times faster. Whatever parsers
//! could read in different ways has no places here; the program looks at it.

use std::ops::Range;

/// The program's bounds (`lib/guard/json.ts`).
const MAX_DEPTH: usize = 64;
const MAX_KEYS: usize = 2000;

/// A place to which paths lead, or through which they go.
#[derive(Default)]
struct Branch<'a> {
    keys: Vec<(&'a [u8], usize)>,
    any: Option<usize>,
    items: Option<usize>,
    leaf: Option<u32>,
}

/// Reads paths, one a line: keys in lower case with dots between them, `*` for
/// every key, `[]` for every entry of a list.
fn branches(paths: &str) -> Vec<Branch<'_>> {
    let mut tree = vec![Branch::default()];
    for (number, path) in paths.split('\n').enumerate() {
        let mut at = 0;
        for step in path.split('.') {
            let next = tree.len();
            let branch = &mut tree[at];
            let known = match step {
                "*" => *branch.any.get_or_insert(next),
                "[]" => *branch.items.get_or_insert(next),
                key => match branch.keys.iter().find(|(other, _)| *other == key.as_bytes()) {
                    Some((_, known)) => *known,
                    None => {
                        branch.keys.push((key.as_bytes(), next));
                        next
                    }
                },
            };
            if known == next {
                tree.push(Branch::default());
            }
            at = known;
        }
        tree[at].leaf = Some(number as u32);
    }
    tree
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    tree: &'a [Branch<'a>],
    /// The keys of the objects that are open.
    keys: Vec<Range<usize>>,
    /// How many keys there were.
    count: usize,
    found: Vec<u32>,
}

/// Finds the values to which paths lead.
///
/// `text` is of one byte a character, or the UTF-8 of such characters. Gives for
/// each value the number of its path's line, where it begins and where it ends,
/// in characters; nothing where the text is no JSON of one object, where a value
/// of another type stands on a path, and where the text must be looked at more
/// closely: a key that is there twice or has an escape, half a surrogate pair,
/// too many keys or levels.
pub fn places(text: &[u8], paths: &str) -> Option<Vec<u32>> {
    let tree = branches(paths);
    let mut scan =
        Scan { text, at: 0, tree: &tree, keys: Vec::new(), count: 0, found: Vec::new() };
    scan.space();
    if scan.byte()? != b'{' {
        return None;
    }
    scan.value(Some(0), 0)?;
    scan.space();
    if scan.at < text.len() {
        return None;
    }
    let mut found = scan.found;
    if !text.is_ascii() {
        in_characters(text, &mut found)?;
    }
    Some(found)
}

/// Makes places in UTF-8 those in characters of one byte.
fn in_characters(text: &[u8], found: &mut [u32]) -> Option<()> {
    // No other begins a character up to U+00FF.
    if text.iter().any(|byte| *byte > 0xc3) {
        return None;
    }
    let mut from = 0;
    let mut more = 0;
    for place in found.chunks_exact_mut(3) {
        for at in &mut place[1..] {
            let to = *at as usize;
            more += text[from..to].iter().filter(|byte| **byte & 0xc0 == 0x80).count();
            from = to;
            *at -= more as u32;
        }
    }
    Some(())
}

/// How many bytes at the start neither end a string, nor begin an escape, nor
/// are control characters: eight at a time.
fn plain(text: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGHS: u64 = ONES << 7;
    // The high bit of each byte that is less, if it is the lowest such byte.
    let less = |bytes: u64, than: u64| bytes.wrapping_sub(ONES * than) & !bytes & HIGHS;
    let mut at = 0;
    while let Some(eight) = text[at..].first_chunk() {
        let bytes = u64::from_le_bytes(*eight);
        let ends = less(bytes, 0x20)
            | less(bytes ^ (ONES * u64::from(b'"')), 1)
            | less(bytes ^ (ONES * u64::from(b'\\')), 1);
        if ends != 0 {
            return at + ends.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while at < text.len() && text[at] >= 0x20 && text[at] != b'"' && text[at] != b'\\' {
        at += 1;
    }
    at
}

impl Scan<'_> {
    #[inline(always)]
    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
    }

    /// Passes over a value inside of so many levels.
    fn value(&mut self, branch: Option<usize>, level: usize) -> Option<()> {
        let tree = self.tree;
        let start = self.at;
        let first = self.byte()?;
        let leaf = branch.and_then(|at| tree[at].leaf);
        // A path ends here: what is inside is its value.
        let branch = branch.filter(|_| leaf.is_none());
        if let Some(at) = branch {
            let goes_on = match first {
                b'{' => tree[at].items.is_none(),
                b'[' => tree[at].items.is_some(),
                _ => first == b'n',
            };
            if !goes_on {
                return None;
            }
        }
        match first {
            b'{' => self.object(branch, level + 1)?,
            b'[' => self.list(branch.and_then(|at| tree[at].items), level + 1)?,
            b'"' => drop(self.string()?),
            b't' => self.word(b"true")?,
            b'f' => self.word(b"false")?,
            b'n' => self.word(b"null")?,
            _ => self.number()?,
        }
        if let Some(leaf) = leaf {
            self.found.extend([leaf, u32::try_from(start).ok()?, u32::try_from(self.at).ok()?]);
        }
        Some(())
    }

    fn object(&mut self, branch: Option<usize>, level: usize) -> Option<()> {
        let first = self.keys.len();
        if self.enter(b'}', level)? {
            return Some(());
        }
        loop {
            let (key, escaped) = self.string()?;
            self.count += 1;
            if escaped || self.count > MAX_KEYS {
                return None;
            }
            // Go takes characters that are not ASCII for letters of a field.
            if branch.is_some() && !self.text[key.clone()].is_ascii() {
                return None;
            }
            let below = branch.and_then(|at| self.below(at, &self.text[key.clone()]));
            self.keys.push(key);
            self.space();
            if self.byte()? != b':' {
                return None;
            }
            self.at += 1;
            self.space();
            self.value(below, level)?;
            if self.ends(b'}')? {
                break;
            }
            if self.byte()? != b'"' {
                return None;
            }
        }
        let text = self.text;
        let keys = &mut self.keys[first..];
        keys.sort_unstable_by(|one, other| text[one.clone()].cmp(&text[other.clone()]));
        if keys.windows(2).any(|two| text[two[0].clone()] == text[two[1].clone()]) {
            return None;
        }
        self.keys.truncate(first);
        Some(())
    }

    fn below(&self, at: usize, key: &[u8]) -> Option<usize> {
        let branch = &self.tree[at];
        let known = branch.keys.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        known.map_or(branch.any, |(_, below)| Some(*below))
    }

    fn list(&mut self, items: Option<usize>, level: usize) -> Option<()> {
        if self.enter(b']', level)? {
            return Some(());
        }
        loop {
            self.value(items, level)?;
            if self.ends(b']')? {
                return Some(());
            }
        }
    }

    /// Passes over a bracket; whether it is closed at once.
    fn enter(&mut self, close: u8, level: usize) -> Option<bool> {
        if level > MAX_DEPTH {
            return None;
        }
        self.at += 1;
        self.space();
        let first = self.byte()?;
        if first == close {
            self.at += 1;
        } else if close == b'}' && first != b'"' {
            return None;
        }
        Some(first == close)
    }

    /// Passes over what stands behind a value; whether it is the end.
    fn ends(&mut self, close: u8) -> Option<bool> {
        self.space();
        let mark = self.byte()?;
        self.at += 1;
        match mark {
            b',' => {
                self.space();
                Some(false)
            }
            _ => (mark == close).then_some(true),
        }
    }

    /// Passes over a string; gives what is in it, and whether an escape is.
    fn string(&mut self) -> Option<(Range<usize>, bool)> {
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += plain(&self.text[self.at..]);
            match self.byte()? {
                b'"' => break,
                b'\\' => {}
                // A control character.
                _ => return None,
            }
            escaped = true;
            self.at += 1;
            match self.byte()? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                b'u' => self.unit()?,
                _ => return None,
            }
            self.at += 1;
        }
        let content = start..self.at;
        self.at += 1;
        Some((content, escaped))
    }

    /// Passes over the digits of `\u`, up to the last; none of half a surrogate pair.
    fn unit(&mut self) -> Option<()> {
        let digits = self.text.get(self.at + 1..self.at + 5)?;
        let half = matches!(digits[0], b'd' | b'D') && !matches!(digits[1], b'0'..=b'7');
        if half || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        self.at += 4;
        Some(())
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        if !self.text[self.at..].starts_with(word) {
            return None;
        }
        self.at += word.len();
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_DEPTH, MAX_KEYS, places};

    const PATHS: &str = "a\nb.a\nb.c.[].a\nd.*.a";

    /// The values that are found, each with the number of its path.
    fn found(text: &str) -> Option<Vec<(u32, String)>> {
        let characters: Vec<char> = text.chars().collect();
        Some(
            places(text.as_bytes(), PATHS)?
                .chunks(3)
                .map(|place| {
                    let range = place[1] as usize..place[2] as usize;
                    (place[0], characters[range].iter().collect())
                })
                .collect(),
        )
    }

    #[test]
    fn values_are_found_where_paths_lead() {
        for (text, values) in [
            (r#"{"x":1.0,"A":"s"}"#, vec![(0, r#""s""#)]),
            (" { \"a\" : [ 1 , {} ] }\n", vec![(0, "[ 1 , {} ]")]),
            (r#"{"b":{"x":{"a":1},"a":-1e+2}}"#, vec![(1, "-1e+2")]),
            (r#"{"b":{"c":[{"a":1},null,{"a":"\"]"},{}]}}"#, vec![(2, "1"), (2, r#""\"]""#)]),
            (r#"{"d":{"1":{"a":1},"a":{"a":true}}}"#, vec![(3, "1"), (3, "true")]),
            (r#"{"a":"é","x":{"é":"é"},"b":{"a":"éé"}}"#, vec![(0, "\"é\""), (1, "\"éé\"")]),
            (r#"{"b":null,"d":null,"x":"\u0026\/"}"#, vec![]),
            ("{}", vec![]),
        ] {
            let values = values.into_iter().map(|(n, value)| (n, value.to_string())).collect();
            assert_eq!(found(text), Some(values), "{text}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_has_no_places() {
        for text in [
            "", "{", "null", "[]", "\"a\"", "{}{}", "{} x", "{\"a\":1", "{\"a\":1,}", "{,}",
            "{\"a\":[1,]}", "{\"a\":[,]}", "{\"a\" 1}", "{a:1}", "{\"a\":01}", "{\"a\":1.}",
            "{\"a\":.5}", "{\"a\":1e}", "{\"a\":-}", "{\"a\":+1}", "{\"a\":tru}", "{\"a\":nul}",
            "{\"a\":'s'}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u00g0\"}", "{\"a\":\"\\u00", "{\"a\":\"",
            "{\"a\":\"\n\"}", "{\"a\":\"\0\"}", "\u{feff}{}", "{\"a\":1,\"a\":2}",
            "{\"x\":{\"y\":1,\"y\":2}}", "{\"\\u0061\":1}", "{\"x\":\"\\ud800\"}",
            "{\"x\":\"\\uDFFF\"}", "{\"x\":\"\\ud83d\\ude00\"}", "{\"x\":\"😀\"}", "{\"x\":\"ſ\"}",
            "{\"b\":1}", "{\"b\":[]}", "{\"b\":\"s\"}", "{\"b\":{\"c\":{}}}", "{\"b\":{\"c\":[1]}}",
            "{\"a\"\u{b}:1}", "{\"a\":\u{a0}1}", "{\"é\":1}", "{\"b\":{\"Å¿\":1}}",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn a_string_ends_where_it_does_wherever_it_begins() {
        for length in 0..40 {
            for stop in ['"', '\\', '\n', '\0', '\u{1f}'] {
                for filler in ["a", "\u{7f}", "é", " ", "#", "]", "!"] {
                    let text = format!("{}{stop}{stop}", filler.repeat(length));
                    assert_eq!(super::plain(text.as_bytes()), filler.len() * length, "{text}");
                    let whole = filler.repeat(length);
                    assert_eq!(super::plain(whole.as_bytes()), whole.len());
                }
            }
        }
    }

    #[test]
    fn levels_and_keys_are_bounded() {
        let nested = |levels: usize| format!("{}1{}", "{\"x\":".repeat(levels), "}".repeat(levels));
        let listed = |levels: usize| {
            format!("{{\"x\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1))
        };
        let keys = |count: usize| {
            let all: Vec<String> = (0..count).map(|n| format!("\"k{n}\":1")).collect();
            format!("{{{}}}", all.join(","))
        };
        assert_eq!(found(&nested(MAX_DEPTH)), Some(vec![]));
        assert_eq!(found(&nested(MAX_DEPTH + 1)), None);
        assert_eq!(found(&listed(MAX_DEPTH)), Some(vec![]));
        assert_eq!(found(&listed(MAX_DEPTH + 1)), None);
        assert_eq!(found(&keys(MAX_KEYS)), Some(vec![]));
        assert_eq!(found(&keys(MAX_KEYS + 1)), None);
    }
}
