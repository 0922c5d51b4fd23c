import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { isIP } from "node:net";
import {
  blockAround,
  canonicalAddress,
  type Cidr,
  covers,
  overlap,
  parseAddress,
  parseCidr,
  readBlock,
  sameAddress,
} from "../../lib/net/cidr.ts";

/** Where IPv4 stands in IPv6, and how many addresses there are. */
const IPV4 = 0xffffn << 32n;
const IPV6_END = 1n << 128n;

const ipv4 = fc.bigInt({ min: IPV4, max: IPV4 + 0xffffffffn });
const ipv6 = fc.oneof(
  fc.bigInt({ min: 0n, max: IPV6_END - 1n }),
  // Runs of zeros, which have several spellings.
  fc.array(fc.constantFrom<bigint[]>(0n, 0n, 1n, 0xfd00n), {
    minLength: 8,
    maxLength: 8,
  }).map((groups) => groups.reduce((sum, group) => sum << 16n | group, 0n)),
);

function isIpv4(address: bigint): boolean {
  return address >> 32n === 0xffffn;
}

/** The spellings of an address, most of them unusual. */
function spellings(address: bigint): string[] {
  const groups = Array.from(
    { length: 8 },
    (_, i) => Number(address >> BigInt(112 - 16 * i) & 0xffffn),
  );
  const hex = groups.map((group) => group.toString(16));
  const dotted = groups.slice(6).flatMap((group) => [group >> 8, group & 0xff])
    .join(".");
  const found = [
    hex.join(":"),
    hex.map((group) => group.padStart(4, "0").toUpperCase()).join(":"),
    [...hex.slice(0, 6), dotted].join(":"),
  ];
  for (let from = 0; from < 8; from++) {
    for (let to = from + 1; to <= 8; to++) {
      if (groups.slice(from, to).some((group) => group !== 0)) break;
      const head = hex.slice(0, from).join(":");
      found.push(`${head}::${hex.slice(to).join(":")}`);
      if (to <= 6) {
        found.push(`${head}::${[...hex.slice(to, 6), dotted].join(":")}`);
      }
    }
  }
  if (isIpv4(address)) found.push(dotted);
  return found;
}

/** The usual spelling. */
function spell(address: bigint): string {
  return isIpv4(address) ? spellings(address).at(-1)! : spellings(address)[0]!;
}

function number(groups: readonly number[]): bigint {
  return groups.reduce((sum, group) => sum << 16n | BigInt(group), 0n);
}

function block(text: string): Cidr {
  const cidr = parseCidr(text);
  if ("problem" in cidr) throw new Error(`${text}: ${cidr.problem}`);
  return cidr;
}

function problem(text: string): string {
  const cidr = parseCidr(text);
  return "problem" in cidr ? cidr.problem : `accepted as ${cidr.text}`;
}

Deno.test("parseAddress() reads every spelling of an address as that address", () => {
  fc.assert(
    fc.property(fc.oneof(ipv4, ipv6), (address) => {
      for (const text of spellings(address)) {
        const groups = parseAddress(text) ?? [];
        assertEquals(groups.length, 8, text);
        assertEquals(number(groups), address, text);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("parseAddress() accepts addresses, and nothing else", () => {
  const piece = fc.constantFrom(
    ..."0 1 9 a F : :: . 00 10 256 ffff fffff 1.2.3.4 /".split(" "),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 17 }), (pieces) => {
      const text = pieces.join("");
      assertEquals(parseAddress(text) !== null, isIP(text) !== 0, text);
    }),
    { numRuns: 20_000 },
  );
});

for (
  const text of [
    "",
    " 10.0.0.1",
    "10.0.0.1\n",
    "10.0.0",
    "10.0.0.1.",
    "010.0.0.1",
    "10.0.0.00",
    "10.0.0.256",
    "0x0a.0.0.1",
    "10.0.0.-1",
    "167772161",
    "localhost",
    "fe80::1%eth0",
    "[::1]",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "1.2.3.4::",
    "::1.2.3.4:5",
    "::01.2.3.4",
    "::10000",
    "::g",
  ]
) {
  Deno.test(`parseAddress() refuses ${JSON.stringify(text)}`, () => {
    assertEquals(parseAddress(text), null);
  });
}

Deno.test("sameAddress() and canonicalAddress() see through every spelling", () => {
  fc.assert(
    fc.property(
      fc.oneof(ipv4, ipv6),
      fc.oneof(ipv4, ipv6),
      (one, other) => {
        const usual = spell(one);
        for (const text of spellings(one)) {
          assert(sameAddress(text, usual), `${text} ${usual}`);
          assertEquals(canonicalAddress(text), canonicalAddress(usual));
        }
        assertEquals(sameAddress(usual, spell(other)), one === other);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("sameAddress() is false for text that is not an address, even the same text", () => {
  assert(!sameAddress("", ""));
  assert(!sameAddress("web", "web"));
  assertEquals(canonicalAddress("web"), null);
});

Deno.test("covers() agrees with plain arithmetic on the addresses", () => {
  fc.assert(
    fc.property(
      fc.oneof(ipv4, ipv6),
      fc.integer({ min: 0, max: 128 }),
      fc.bigInt({ min: 0n, max: IPV6_END - 1n }),
      fc.integer({ min: 0, max: 128 }),
      (start, wish, noise, noisy) => {
        const v4 = isIpv4(start);
        const length = v4 ? wish % 33 : wish;
        const bits = BigInt(v4 ? 96 + length : length);
        const base = start >> (128n - bits) << (128n - bits);
        // Another address that has about as many bits in common.
        const address = start ^ (noise & (1n << BigInt(noisy)) - 1n);
        const cidr = block(`${spell(base)}/${length}`);
        const holds = address >> (128n - bits) === base >> (128n - bits) &&
          (bits >= 96n || !isIpv4(address));
        for (const text of spellings(address)) {
          assertEquals(covers(cidr, text), holds, `${cidr.text} ${text}`);
        }
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("covers() treats IPv4 in its IPv6 form as the same address, both ways", () => {
  assert(covers(block("10.0.0.0/8"), "::ffff:10.1.2.3"));
  assert(covers(block("::ffff:10.0.0.0/104"), "10.1.2.3"));
  assert(!covers(block("::ffff:10.0.0.0/104"), "11.1.2.3"));
  // That form is another one, of no use since RFC 4291.
  assert(!covers(block("10.0.0.0/8"), "::10.1.2.3"));
});

Deno.test("covers() finds no IPv4 in a block of IPv6 that is larger than all of IPv4", () => {
  for (const text of ["::/0", "::/80", "::/95"]) {
    assert(!covers(block(text), "10.0.0.1"), text);
    assert(!covers(block(text), "::ffff:10.0.0.1"), text);
  }
  assert(covers(block("::/0"), "fd00::1"));
  assert(covers(block("::ffff:0:0/96"), "10.0.0.1"));
  assert(covers(block("0.0.0.0/0"), "10.0.0.1"));
  assert(!covers(block("0.0.0.0/0"), "fd00::1"));
});

Deno.test("covers() is false for text that is not an address", () => {
  for (const text of ["", "web", "10.0.0.01"]) {
    assert(!covers(block("0.0.0.0/0"), text));
    assert(!covers(block("::/0"), text));
  }
});

Deno.test("parseCidr() takes one address as the block of it alone", () => {
  for (const [text, other] of [["10.0.0.5", "10.0.0.4"], ["::1", "::"]]) {
    assert(covers(block(text!), text!));
    assert(!covers(block(text!), other!));
  }
});

for (
  const [text, expected] of [
    ["10.0.0.0/33", "expected a prefix length from /0 to /32"],
    ["10.0.0.0/08", "expected a prefix length from /0 to /32"],
    ["10.0.0.0/", "expected a prefix length from /0 to /32"],
    ["10.0.0.0/-1", "expected a prefix length from /0 to /32"],
    ["10.0.0.0/8.0", "expected a prefix length from /0 to /32"],
    ["10.0.0.0/255.0.0.0", "expected a prefix length from /0 to /32"],
    ["fd00::/129", "expected a prefix length from /0 to /128"],
    ["fd00::/1e1", "expected a prefix length from /0 to /128"],
    ["", "expected an IP address or a block"],
    ["/8", "expected an IP address or a block"],
    ["web/8", "expected an IP address or a block"],
    ["10.0.0.0/8/8", "expected an IP address or a block"],
    ["10.0/8", "expected an IP address or a block"],
    ["10.0.0.5/8", "has bits set after /8; write 10.0.0.0/8"],
    ["172.18.255.1/12", "has bits set after /12; write 172.16.0.0/12"],
    ["10.0.0.1/0", "has bits set after /0; write 0.0.0.0/0"],
    ["fd00::1/8", "has bits set after /8; write fd00::/8"],
    ["::1/0", "has bits set after /0; write ::/0"],
    [
      "::ffff:10.0.0.5/104",
      "has bits set after /104; write 0:0:0:0:0:ffff:a00:0/104",
    ],
  ] as const
) {
  Deno.test(`parseCidr() says what is wrong with ${JSON.stringify(text)}`, () => {
    assertStringIncludes(problem(text), expected);
  });
}

Deno.test("parseCidr() names a block that it takes and that holds the address", () => {
  fc.assert(
    fc.property(
      fc.oneof(ipv4, ipv6),
      fc.integer({ min: 0, max: 128 }),
      (address, wish) => {
        const v4 = isIpv4(address);
        const text = spell(address);
        const length = v4 ? wish % 33 : wish;
        const cidr = parseCidr(`${text}/${length}`);
        if (!("problem" in cidr)) return;
        const advice = /; write (\S+)$/.exec(cidr.problem)?.[1] ?? "";
        assert(covers(block(advice), text), `${text}/${length}: ${advice}`);
        assert(advice.endsWith(`/${length}`), advice);
      },
    ),
  );
});

Deno.test("blockAround() makes the block that holds the address, as a policy file takes it", () => {
  assertEquals(blockAround("172.18.0.5", 16)?.text, "172.18.0.0/16");
  assertEquals(blockAround("fd00:1::5", 64)?.text, "fd00:1::/64");
  fc.assert(
    fc.property(
      fc.oneof(ipv4, ipv6),
      fc.integer({ min: 0, max: 128 }),
      (address, wish) => {
        const v4 = isIpv4(address);
        const text = spell(address);
        const around = blockAround(text, v4 ? wish % 33 : wish)!;
        assertEquals(block(around.text), around);
        // A larger block of IPv6 holds no IPv4.
        assert(covers(around, text) || !v4 && isIpv4(address));
      },
    ),
  );
});

for (
  const [address, length] of [
    ["172.18.0.5", 33],
    ["172.18.0.5", -1],
    ["172.18.0.5", 8.5],
    ["172.18.0.5", "16"],
    ["172.18.0.5", null],
    ["172.18.0.5", undefined],
    ["172.18.0.5", NaN],
    ["fd00::5", 129],
    ["", 16],
    ["web", 16],
  ] as const
) {
  Deno.test(`blockAround() makes none of ${JSON.stringify(address)} and ${JSON.stringify(length)}`, () => {
    assertEquals(blockAround(address, length), null);
  });
}

for (
  const [text, block] of [
    ["10.1.2.3", "10.1.2.3/32"],
    ["fd00::5", "fd00:0:0:0:0:0:0:5/128"],
    ["10.1.2.3/8", "10.0.0.0/8"],
    ["10.1.2.3/0", "0.0.0.0/0"],
    ["10.1.2.3/032", "10.1.2.3/32"],
    ["fd00::5/128", "fd00:0:0:0:0:0:0:5/128"],
    ["fd00::5/64", "fd00::/64"],
    ["::ffff:10.1.2.3/104", "0:0:0:0:0:ffff:a00:0/104"],
  ] as const
) {
  Deno.test(`readBlock() reads ${text} as ${block}`, () => {
    assertEquals(readBlock(text)?.text, block);
  });
}

for (
  const text of [
    "",
    "web",
    "/8",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/1e1",
    "10.0.0.0/0008",
    "10.0.0.0/8/8",
    "10.0.0.0/8/",
    "10.0.0/8",
    "fd00::/129",
  ]
) {
  Deno.test(`readBlock() reads no block in '${text}'`, () => {
    assertEquals(readBlock(text), null);
  });
}

for (
  const [one, other, expected] of [
    ["10.0.0.0/8", "10.1.0.0/16", true],
    ["10.0.0.0/8", "11.0.0.0/8", false],
    ["10.0.0.0/9", "10.128.0.0/9", false],
    ["10.0.0.5/32", "10.0.0.4/31", true],
    ["0.0.0.0/0", "10.0.0.1/32", true],
    ["0.0.0.0/0", "::ffff:0:0/96", true],
    ["fd00::/8", "fd00:1::/32", true],
    ["fd00::/8", "fe00::/8", false],
    ["::/0", "fd00::/8", true],
    ["::/0", "::/64", true],
    // Too large a block of IPv6 has no IPv4.
    ["10.0.0.0/8", "::/0", false],
    ["10.0.0.0/8", "::/80", false],
    ["0.0.0.0/0", "::/0", false],
    ["0.0.0.0/0", "::/95", false],
    ["10.0.0.0/8", "fd00::/8", false],
    // As long as IPv4's, at another place.
    ["::/96", "10.0.0.0/8", false],
    ["::/96", "::/0", true],
    ["1::ffff:0:0/96", "::/0", true],
    ["1::ffff:0:0/96", "1::/16", true],
  ] as const
) {
  Deno.test(`overlap() is ${expected} for ${one} and ${other}, both ways`, () => {
    assertEquals(overlap(block(one), block(other)), expected);
    assertEquals(overlap(block(other), block(one)), expected);
  });
}

Deno.test("covers() says the same of an address whatever it was asked about before", () => {
  const block = parseCidr("10.0.0.0/8") as Cidr;
  const other = parseCidr("fd00::/8") as Cidr;
  for (let round = 0; round < 2; round++) {
    assertEquals(covers(block, ""), false);
    assertEquals(covers(block, "10.1.2.3"), true);
    assertEquals(covers(other, "10.1.2.3"), false);
    assertEquals(covers(block, "10.1.2"), false);
    assertEquals(covers(block, "11.1.2.3"), false);
    assertEquals(covers(block, "::ffff:10.1.2.3"), true);
    assertEquals(covers(other, "fd12::1"), true);
    assertEquals(covers(block, "fd12::1"), false);
  }
});
