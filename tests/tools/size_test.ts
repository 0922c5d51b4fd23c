import { assertEquals, assertMatch } from "@std/assert";
import {
  crateOf,
  partsOfMap,
  partsOfPayload,
  table,
} from "../../tools/size.ts";

const CRATES = new Set(["tokio", "serde_json"]);

Deno.test("crateOf() takes the first crate that is named beside Rust's own", () => {
  assertEquals(crateOf("tokio::runtime::enter::h0", CRATES), "tokio");
  assertEquals(
    crateOf("core::ptr::drop_in_place::<serde_json::Value>", CRATES),
    "serde_json",
  );
  assertEquals(
    crateOf("<alloc::vec::Vec<u8>>::push", CRATES),
    "Rust's library",
  );
});

Deno.test("crateOf() reads both forms of Rust's symbols", () => {
  for (
    const [symbol, crate] of [
      [
        "_$LT$$RF$mut$u20$serde_json..de..Deserializer$LT$R$GT$$u20$as$u20$serde_core..de..Deserializer$GT$::deserialize_struct::h0",
        "serde_json",
      ],
      ["core::ptr::drop_in_place$LT$tokio..io..Driver$GT$::h0", "tokio"],
      ["std::sync::Once::call_once::_$u7b$$u7b$closure$u7d$$u7d$::h0", null],
      ["<&mut serde_json::de::Deserializer<R>>::parse", "serde_json"],
    ] as const
  ) {
    assertEquals(crateOf(symbol, CRATES), crate ?? "Rust's library", symbol);
  }
});

// As lld writes it: address twice, size in hexadecimal, alignment, and the name
// one, nine or seventeen columns further.
const MAP =
  `             VMA              LMA     Size Align Out     In      Symbol
             640              640       40    64 .rodata
             640              640       10     1         <internal>:(.rodata)
             650              650       20     4         /t/libx.rlib(0a1b-libunicode.o):(.rodata.t)
             650              650       20     1                 table
             670              670       10     4         /t/main.o:(.rodata..Lanon.1)
             670              670       10     1                 .Lanon.1
             680              680       40    16 .text
             680              680       10    16         /t/main.o:(.text.a)
             680              680        0     1                 $x
             680              680       10     1                 tokio::run
             690              690       30    16         /r/libc.a(a.lo):(.text.a)
             6c0              6c0     1000    16 .bss
             6c0              6c0     1000    16         /t/main.o:(.bss.a)
`;

Deno.test("partsOfMap() sums what goes into the file, and leaves out what does not", () => {
  assertEquals(
    Object.fromEntries(partsOfMap(MAP, CRATES)),
    {
      "texts of all parts, each kept once": 16,
      "engine: libunicode.c, tables": 32,
      "constants of Rust code, without a name": 16,
      "tokio": 16,
      "C library (musl)": 48,
    },
  );
});

Deno.test("partsOfPayload() tells the source from the bytecode", () => {
  const encoder = new TextEncoder();
  const block = (text: string) => {
    const bytes = encoder.encode(text);
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(bytes.length), true);
    return [...length, ...bytes];
  };
  const tree = [{
    Dir: {
      n: "a",
      e: [
        { File: { n: "sockwarden.bytecode", o: [0, 5] } },
        { File: { n: "sockwarden.js", o: [5, 3] } },
      ],
    },
  }];
  const payload = new Uint8Array([
    ...encoder.encode("d3n0l4nd"),
    ...block("{}"),
    ...block(""),
    ...new Uint8Array(12),
    ...block(JSON.stringify(tree)),
    ...block("codesjs."),
    ...encoder.encode("d3n0l4nd"),
  ]);
  assertEquals(
    Object.fromEntries(partsOfPayload(payload)),
    { "program: bytecode": 5, "program: source": 3 },
  );
});

Deno.test("table() sums to the file's size", () => {
  const lines = table(new Map([["a", 10], ["b", 70]]), 100).split("\n");
  assertEquals(lines.map((line) => line.split(/ {2,}/)[1]), [
    "70",
    "10",
    "20",
    "100",
  ]);
  assertMatch(lines[2]!, /^headers and padding .* 20\.0 %$/);
});
