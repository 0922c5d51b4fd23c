/**
 * How the kernel loads the base: at any address, and with nothing beside it.
 */

import { assert, assertEquals } from "@std/assert";
import { ARCHITECTURES, basePath, binaryPath } from "../../tools/runtimes.ts";
import { exists } from "../../tools/exists.ts";

/** ELF's number of each architecture. */
const MACHINES: Readonly<Record<string, number>> = {
  x86_64: 62,
  aarch64: 183,
};
/** `ET_DYN`: it names no address of its own. */
const ANY_ADDRESS = 3;
/** `PT_LOAD`: what is mapped. */
const MAPPED = 1;
/** `PT_INTERP`: what would have to load it. */
const LOADER = 3;

/** The largest page of a kernel. */
const PAGES: Readonly<Record<string, number>> = {
  x86_64: 4096,
  aarch64: 65536,
};

interface Segment {
  type: number;
  /** Where it stands in the file, and in memory. */
  offset: number;
  start: number;
  end: number;
}

/** The segments of an ELF file. */
function segments(elf: DataView): Segment[] {
  const table = Number(elf.getBigUint64(32, true));
  const [size, count] = [elf.getUint16(54, true), elf.getUint16(56, true)];
  return Array.from({ length: count }, (_, n) => {
    const number = (at: number) =>
      Number(elf.getBigUint64(table + n * size + at, true));
    const start = number(16);
    return {
      type: elf.getUint32(table + n * size, true),
      offset: number(8),
      start,
      end: start + number(40),
    };
  });
}

for (const architecture of ARCHITECTURES) {
  const path = basePath(architecture);
  const built = exists(path);
  const name = `the base for ${architecture} loads at any address, by itself`;
  Deno.test({
    name: built
      ? name
      : `${name}: it is not built (deno task base --arch ${architecture})`,
    ignore: !built,
    fn() {
      const elf = new DataView(Deno.readFileSync(path).buffer);
      assertEquals(elf.getUint16(18, true), MACHINES[architecture]);
      assertEquals(elf.getUint16(16, true), ANY_ADDRESS);
      assertEquals(segments(elf).some(({ type }) => type === LOADER), false);
    },
  });

  const binary = binaryPath("lean", architecture);
  const made = exists(binary);
  const pages =
    `no two segments of the program for ${architecture} share a page`;
  Deno.test({
    name: made
      ? pages
      : `${pages}: it is not made (deno task compile --arch ${architecture})`,
    ignore: !made,
    fn() {
      const elf = new DataView(Deno.readFileSync(binary).buffer);
      const mapped = segments(elf).filter(({ type }) => type === MAPPED);
      assert(mapped.length > 2);
      const page = PAGES[architecture]!;
      let free = 0;
      for (const { offset, start, end } of mapped) {
        assert(Math.floor(start / page) >= free, `at ${start.toString(16)}`);
        assertEquals(offset % page, start % page);
        free = Math.ceil(end / page);
      }
    },
  });
}
