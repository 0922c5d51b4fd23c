/**
 * Names the modules of a split bundle.
 *
 * The bundler's names hold a hash of the folder that the sources stand in, so
 * that the same program from another folder would give another binary.
 *
 * @module
 */

/** A module's name where another one imports it. */
const IMPORTED = /(["'`])\.\/([\w.-]+\.js)\1/g;

/** The hash at the end of a name. */
const HASH = /-[0-9A-Z]{8}(?=\.js$)/;

/**
 * Gives each module a number in place of its hash: its place in the order in
 * which the modules are named, from the first on.
 *
 * @param sources The modules' texts by name.
 * @param first The module that the program begins with; it keeps its name.
 * @returns The modules that the first one leads to, with the new names.
 * @throws {Error} Where a module imports the first one.
 */
export function nameModules(
  sources: ReadonlyMap<string, string>,
  first: string,
): Map<string, string> {
  const names = new Map([[first, first]]);
  // A map gives what is added while it is gone through, too.
  for (const name of names.keys()) {
    for (const [, , wanted] of sources.get(name)!.matchAll(IMPORTED)) {
      if (wanted === first) {
        throw new Error(
          `Cannot name the modules: ${name} imports ${first}, which the program does not find by that name: move what both use to a module of its own`,
        );
      }
      if (!sources.has(wanted!) || names.has(wanted!)) continue;
      names.set(wanted!, wanted!.replace(HASH, `-${names.size}`));
    }
  }
  return new Map([...names].map(([name, plain]) => [
    plain,
    sources.get(name)!.replace(
      IMPORTED,
      (whole, quote, wanted) =>
        names.has(wanted) ? `${quote}./${names.get(wanted)}${quote}` : whole,
    ),
  ]));
}
