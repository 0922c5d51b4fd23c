/**
 * How the kernel loads the base: at any address, and with nothing beside it.
 */

import { assertEquals } from "@std/assert";
import { ARCHITECTURES, basePath } from "../../tools/runtimes.ts";
import { exists } from "../../tools/exists.ts";

/** ELF's number of each architecture. */
const MACHINES: Readonly<Record<string, number>> = {
  x86_64: 62,
  aarch64: 183,
};
/** `ET_DYN`: it names no address of its own. */
const ANY_ADDRESS = 3;
/** `PT_INTERP`: what would have to load it. */
const LOADER = 3;

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
      const start = Number(elf.getBigUint64(32, true));
      const [size, count] = [elf.getUint16(54, true), elf.getUint16(56, true)];
      for (let n = 0; n < count; n++) {
        assertEquals(elf.getUint32(start + n * size, true) === LOADER, false);
      }
    },
  });
}
