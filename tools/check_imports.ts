/**
 * Checks the imports of the program: no circles, and none from a lower layer
 * to a higher one.
 *
 * @module
 */

/** The layers, lowest first; folders on one line do not import each other. */
const LAYERS: readonly (readonly string[])[] = [
  ["lib/host.ts", "lib/version.ts"],
  ["lib/net/"],
  ["lib/docker/", "lib/http1/", "lib/observe/"],
  ["lib/guard/", "lib/listen/"],
  ["lib/policy/", "lib/wire/"],
  ["lib/engine/", "lib/demo/"],
  ["lib/identity/"],
  ["lib/proxy/"],
  ["lib/config/"],
  ["lib/commands/"],
  ["main.ts"],
];

interface Module {
  specifier: string;
  dependencies?: {
    code?: { specifier: string };
    type?: { specifier: string };
    isDynamic?: boolean;
  }[];
}

const root = new URL("../", import.meta.url).href;
const { stdout, success } = await new Deno.Command(Deno.execPath(), {
  args: ["info", "--json", "main.ts"],
  cwd: new URL(root).pathname,
  stderr: "inherit",
}).output();
if (!success) Deno.exit(1);
const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
  modules: Module[];
};

const graph = new Map<string, string[]>();
for (const { specifier, dependencies = [] } of modules) {
  if (!specifier.startsWith(root)) continue;
  graph.set(
    specifier.slice(root.length),
    dependencies.flatMap(({ code, type }) => {
      const target = code?.specifier ?? type?.specifier ?? "";
      return target.startsWith(root) ? [target.slice(root.length)] : [];
    }),
  );
}

const problems: string[] = [];
for (const [file, imports] of graph) {
  const from = layerOf(file);
  if (from === null) problems.push(`${file} belongs to no layer`);
  for (const target of imports) {
    const to = layerOf(target);
    if (from === null || to === null || from.folder === to.folder) continue;
    if (to.height >= from.height) {
      problems.push(`${file} imports ${target}, which is no lower layer`);
    }
  }
}
const done = new Set<string>();
for (const file of graph.keys()) visit(file, []);

for (const problem of problems) console.error(problem);
if (problems.length > 0) Deno.exit(1);
console.log(`${graph.size} modules, no circle, no import upwards.`);

function layerOf(file: string): { height: number; folder: string } | null {
  for (const [height, folders] of LAYERS.entries()) {
    const folder = folders.find((one) => file.startsWith(one));
    if (folder !== undefined) return { height, folder };
  }
  return null;
}

function visit(file: string, path: readonly string[]): void {
  const at = path.indexOf(file);
  if (at >= 0) {
    problems.push(`circle: ${[...path.slice(at), file].join(" -> ")}`);
    return;
  }
  if (done.has(file)) return;
  for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
  done.add(file);
}
