/**
 * Parses and compares IP addresses and CIDR blocks.
 *
 * @module
 */

/**
 * A block of addresses (RFC 4632, RFC 4291 section 2.3). An IPv4 address and
 * its IPv4-mapped form (`::ffff:10.0.0.5`, section 2.5.5.2) are the same
 * address: dual-stack sockets report the latter.
 */
export interface Cidr {
  /** As written, such as `10.0.0.0/8`. */
  readonly text: string;
  /** Eight groups of 16 bits; IPv4 is mapped to `::ffff:0:0/96`. */
  readonly groups: readonly number[];
  /** Length of the prefix in bits, 0 to 128. */
  readonly bits: number;
}

/** Bits before the IPv4 address in an IPv4-mapped one. */
const MAPPED_BITS = 96;
/** Bits of an address. */
const ADDRESS_BITS = 128;

/**
 * Parses an address: dotted IPv4 without leading zeros, or IPv6.
 *
 * @returns Eight groups of 16 bits, or null if the text is not an address.
 */
export function parseAddress(text: string): number[] | null {
  if (!text.includes(":")) {
    const low = parseIpv4(text);
    return low === null ? null : [0, 0, 0, 0, 0, 0xffff, ...low];
  }
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

/**
 * Parses a block such as `172.18.0.0/16`, or one address.
 *
 * @returns The block, or a clause that says what was expected.
 */
export function parseCidr(text: string): Cidr | { problem: string } {
  const [address, length, ...more] = text.split("/");
  const groups = parseAddress(address ?? "");
  if (groups === null || more.length > 0) {
    return {
      problem:
        "expected an IP address or a block of addresses, such as 172.18.0.0/16 or fd00::/8",
    };
  }
  const ipv4 = !address!.includes(":");
  const most = ipv4 ? 32 : 128;
  const width = length === undefined
    ? most
    : /^(?:0|[1-9][0-9]{0,2})$/.test(length)
    ? Number(length)
    : most + 1;
  if (width > most) {
    return { problem: `expected a prefix length from /0 to /${most}` };
  }
  const bits = ipv4 ? MAPPED_BITS + width : width;
  const first = groups.map((group, i) => group & maskOf(bits, i));
  if (first.some((group, i) => group !== groups[i])) {
    return {
      problem: `has bits set after /${width}; write ${
        formatGroups(first, ipv4)
      }/${width}`,
    };
  }
  return { text, groups, bits };
}

/**
 * The block with a prefix of that length that holds an address.
 *
 * @param length Bits of the prefix: an integer from 0 to 32 for IPv4, to 128
 * for IPv6; anything else makes no block.
 * @returns null if the address or the length is invalid.
 */
export function blockAround(address: string, length: unknown): Cidr | null {
  const groups = parseAddress(address);
  const ipv4 = !address.includes(":");
  if (
    groups === null || !Number.isInteger(length) || Number(length) < 0 ||
    Number(length) > (ipv4 ? 32 : 128)
  ) return null;
  const bits = Number(length) + (ipv4 ? MAPPED_BITS : 0);
  const first = groups.map((group, i) => group & maskOf(bits, i));
  return {
    text: `${formatGroups(first, ipv4)}/${length}`,
    groups: first,
    bits,
  };
}

/**
 * Whether a block holds an address; false if the text is not an address.
 *
 * An IPv6 block that is larger than all of IPv4 (`::/0`) holds no IPv4 address:
 * a person who writes it does not mean those.
 */
export function covers(cidr: Cidr, address: string): boolean {
  if (address !== asked.text) asked = readAddress(address);
  return asked.block !== null && overlap(cidr, asked.block);
}

/** An address as a text, and as a block of one; null if the text is none. */
interface Asked {
  readonly text: string;
  readonly block: Cidr | null;
}

/** The last address that {@link covers} was asked about: one is compared with the blocks of all clients. */
let asked = readAddress("");

function readAddress(text: string): Asked {
  const groups = parseAddress(text);
  const block = groups === null ? null : { text, groups, bits: ADDRESS_BITS };
  return { text, block };
}

/**
 * Whether two blocks have an address in common.
 *
 * As in {@link covers}, an IPv6 block that is larger than all of IPv4 has none
 * in common with an IPv4 block.
 */
export function overlap(one: Cidr, other: Cidr): boolean {
  const bits = Math.min(one.bits, other.bits);
  if (bits < MAPPED_BITS && (isIpv4(one) || isIpv4(other))) return false;
  // From the last group on, where most addresses differ first.
  for (let i = Math.ceil(bits / 16) - 1; i >= 0; i--) {
    if (((one.groups[i]! ^ other.groups[i]!) & maskOf(bits, i)) !== 0) {
      return false;
    }
  }
  return true;
}

/**
 * Reads an address, or a block as engines read it: bits after the prefix are
 * ignored.
 *
 * @returns null if the text is neither.
 */
export function readBlock(text: string): Cidr | null {
  const [address = "", length, ...more] = text.split("/");
  if (more.length > 0) return null;
  const all = address.includes(":") ? ADDRESS_BITS : ADDRESS_BITS - MAPPED_BITS;
  if (length === undefined) return blockAround(address, all);
  return /^[0-9]{1,3}$/.test(length)
    ? blockAround(address, Number(length))
    : null;
}

/** The same text for all spellings of an address; null if the text is not an address. */
export function canonicalAddress(address: string): string | null {
  return parseAddress(address)?.join(":") ?? null;
}

/** Whether two texts are the same address; false if one is not an address. */
export function sameAddress(one: string, other: string): boolean {
  const canonical = canonicalAddress(one);
  return canonical !== null && canonical === canonicalAddress(other);
}

/** Whether a block is one of IPv4; one with a shorter prefix has no bits in group 5. */
function isIpv4({ groups }: Cidr): boolean {
  return groups[5] === 0xffff &&
    groups.every((group, i) => i >= 5 || group === 0);
}

/** A mask of the bits of group `i` that belong to a prefix of `bits` bits. */
function maskOf(bits: number, i: number): number {
  const own = Math.max(0, Math.min(16, bits - i * 16));
  return (0xffff << (16 - own)) & 0xffff;
}

function parseIpv4(text: string): [number, number] | null {
  const parts = text.split(".");
  if (
    parts.length !== 4 ||
    !parts.every((part) =>
      /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256
    )
  ) return null;
  const [a, b, c, d] = parts.map(Number) as [number, number, number, number];
  return [a << 8 | b, c << 8 | d];
}

/** The groups on one side of `::`; the last may be dotted IPv4 if it ends the address. */
function parseGroups(text: string, last: boolean): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (part.includes(".")) {
      const low = last && i === parts.length - 1 ? parseIpv4(part) : null;
      if (low === null) return null;
      groups.push(...low);
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(parseInt(part, 16));
    else return null;
  }
  return groups;
}

function formatGroups(groups: readonly number[], ipv4: boolean): string {
  if (!ipv4) {
    return groups.map((group) => group.toString(16)).join(":")
      .replace(/(?:^|:)0(?::0)+$/, "::");
  }
  return groups.slice(6).flatMap((group) => [group >> 8, group & 0xff])
    .join(".");
}
