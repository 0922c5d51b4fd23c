/**
 * Checks how the program is put together: no circle of imports, none from a
 * lower room to a higher one, and no file or function that is too long to read
 * at once. Every module counts, whether `main.ts` reaches it or not, and
 * imports of types count too.
 *
 * @module
 */

import ts from "typescript";

/** The rooms, lowest first; those on one line do not import each other. */
export const ROOMS: readonly (readonly string[])[] = [
  ["lib/host/"],
  ["lib/host.ts", "lib/version.ts"],
  ["lib/net/"],
  ["lib/docker/", "lib/http1/", "lib/observe/"],
  ["lib/guard/", "lib/listen/"],
  ["lib/policy/", "lib/wire/"],
  ["lib/engine/", "lib/demo/"],
  ["lib/identity/"],
  ["lib/proxy/"],
  ["lib/config/"],
  ["lib/learn/"],
  ["lib/audit/"],
  ["lib/admin/"],
  ["lib/commands/"],
  ["main.ts", "web/"],
];

/** What only one module may import: the folder, and that module. */
const INNER: ReadonlyMap<string, string> = new Map([
  ["lib/host/", "lib/host.ts"],
]);

const MAX_FILE_LINES = 400;
const MAX_FUNCTION_LINES = 60;

/**
 * Functions that may be longer, as `file name`, each with the reason: a table
 * or a switch whose cases have one line each.
 */
const TABLES: ReadonlyMap<string, string> = new Map([]);

/** A source file, as far as it is checked. */
interface Module {
  readonly file: string;
  /** Modules of the program that it imports or re-exports. */
  readonly imports: readonly string[];
  readonly lines: number;
  /** Functions over {@link MAX_FUNCTION_LINES}. */
  readonly long: readonly { name: string; line: number; lines: number }[];
}

/**
 * Everything that is wrong with the program, one sentence each.
 *
 * @param sources Text by file, relative to the root.
 */
export function problemsOf(sources: ReadonlyMap<string, string>): string[] {
  const modules = [...sources].map(([file, text]) => readModule(file, text));
  return [
    ...modules.flatMap(orderProblems),
    ...circles(new Map(modules.map(({ file, imports }) => [file, imports]))),
    ...modules.flatMap(sizeProblems),
  ];
}

// ----------------------------------------------------------------- imports

function orderProblems({ file, imports }: Module): string[] {
  const from = roomOf(file);
  if (from === null) {
    return [
      `${file} is in no room: add its folder to tools/check_structure.ts`,
    ];
  }
  return imports.flatMap((target) => {
    const to = roomOf(target);
    if (to === null || from.folder === to.folder) return [];
    for (const [folder, door] of INNER) {
      if (target.startsWith(folder) && file !== door) {
        return [`${file} imports ${target}: import ${door} instead`];
      }
    }
    return to.height < from.height
      ? []
      : [`${file} imports ${target}, whose room is not lower`];
  });
}

function roomOf(file: string): { height: number; folder: string } | null {
  for (const [height, folders] of ROOMS.entries()) {
    const folder = folders.find((one) =>
      one.endsWith("/") ? file.startsWith(one) : file === one
    );
    if (folder !== undefined) return { height, folder };
  }
  return null;
}

function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const problems: string[] = [];
  const done = new Set<string>();
  for (const file of graph.keys()) visit(file, []);
  return problems;

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
}

// ------------------------------------------------------------------- sizes

function sizeProblems({ file, lines, long }: Module): string[] {
  const problems = long.filter(({ name }) => !TABLES.has(`${file} ${name}`))
    .map(({ name, line, lines }) =>
      `${file}:${line}: ${name} has ${lines} lines, more than ${MAX_FUNCTION_LINES}: split it`
    );
  return lines > MAX_FILE_LINES
    ? [
      ...problems,
      `${file} has ${lines} lines, more than ${MAX_FILE_LINES}: split it`,
    ]
    : problems;
}

// ----------------------------------------------------------------- reading

function readModule(file: string, text: string): Module {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const imports = new Set<string>();
  const long: { name: string; line: number; lines: number }[] = [];
  visit(source);
  return {
    file,
    imports: [...imports],
    lines: text.split("\n").length - 1,
    long,
  };

  function visit(node: ts.Node): void {
    const specifier = specifierOf(node);
    if (specifier !== null && /^\.{1,2}\//.test(specifier)) {
      imports.add(new URL(specifier, `file:///${file}`).pathname.slice(1));
    }
    if (ts.isFunctionLike(node) && "body" in node) {
      const lineOf = (at: number) =>
        source.getLineAndCharacterOfPosition(at).line + 1;
      const line = lineOf(node.getStart());
      const lines = lineOf(node.end) - line + 1;
      if (lines > MAX_FUNCTION_LINES) {
        long.push({ name: nameOf(node), line, lines });
      }
    }
    ts.forEachChild(node, visit);
  }
}

function nameOf(node: ts.SignatureDeclaration): string {
  const { parent } = node;
  return node.name?.getText() ??
    (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)
      ? parent.name.getText()
      : "a function");
}

/** What a node imports: by a declaration, a re-export, `import()` or the type `import("…")`. */
function specifierOf(node: ts.Node): string | null {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return textOf(node.moduleSpecifier);
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return textOf(node.argument.literal);
  }
  if (
    ts.isCallExpression(node) &&
    node.expression.kind === ts.SyntaxKind.ImportKeyword
  ) return textOf(node.arguments[0]);
  return null;
}

function textOf(node: ts.Node | undefined): string | null {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : null;
}

function sourcesBelow(root: string, folder: string): string[] {
  return [...Deno.readDirSync(root + folder)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? sourcesBelow(root, `${folder}${name}/`)
      : /\.tsx?$/.test(name)
      ? [folder + name]
      : []
  );
}

if (import.meta.main) {
  const root = new URL("../", import.meta.url).pathname;
  const files = [
    "main.ts",
    ...sourcesBelow(root, "lib/"),
    ...sourcesBelow(root, "web/"),
  ];
  const problems = problemsOf(
    new Map(files.map((file) => [file, Deno.readTextFileSync(root + file)])),
  );
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) Deno.exit(1);
  console.log(
    `${files.length} modules: no circle, no import upwards, none too long.`,
  );
}
