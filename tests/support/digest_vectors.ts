/**
 * Published digests: examples of FIPS 180-4 (NIST's "SHA256.pdf" and its
 * message of a million characters), and all test cases of RFC 4231.
 *
 * @module
 */

/** A text, how often it is repeated, and its SHA-256. */
export const SHA_VECTORS: readonly (readonly [string, number, string])[] = [
  ["", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  [
    "abc",
    1,
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  ],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    1,
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  [
    "a",
    1_000_000,
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
  ],
];

/** Test cases 1 to 7 of RFC 4231: the key, the data, and the MAC; the fifth is cut to 128 bits. */
export const HMAC_VECTORS: readonly (readonly [
  Uint8Array,
  Uint8Array,
  string,
])[] = [
  [
    bytes(0x0b, 20),
    text("Hi There"),
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  ],
  [
    text("Jefe"),
    text("what do ya want for nothing?"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  ],
  [
    bytes(0xaa, 20),
    bytes(0xdd, 50),
    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
  ],
  [
    Uint8Array.from({ length: 25 }, (_, i) => i + 1),
    bytes(0xcd, 50),
    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
  ],
  [
    bytes(0x0c, 20),
    text("Test With Truncation"),
    "a3b6167473100ee06e0c796c2955552b",
  ],
  [
    bytes(0xaa, 131),
    text("Test Using Larger Than Block-Size Key - Hash Key First"),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
  [
    bytes(0xaa, 131),
    text(
      "This is a test using a larger than block-size key and a larger than " +
        "block-size data. The key needs to be hashed before being used by " +
        "the HMAC algorithm.",
    ),
    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
  ],
];

function bytes(value: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

function text(of: string): Uint8Array {
  return new TextEncoder().encode(of);
}
