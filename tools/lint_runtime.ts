/**
 * Lint rule: what the program asks of the runtime goes through `lib/host.ts`
 * (and `lib/host/`, which it re-exports). The shipped binary's base offers
 * nothing else, so a use elsewhere would work on stock Deno and fail in the
 * image. JSON is read there too, since V8 misreads keys (`lib/host/json.ts`).
 *
 * @module
 */

const FORBIDDEN = new Set([
  "Deno",
  "fetch",
  "URL",
  "URLSearchParams",
  "URLPattern",
  "Headers",
  "Request",
  "Response",
  "ReadableStream",
  "WritableStream",
  "TransformStream",
  "CompressionStream",
  "DecompressionStream",
  "TextEncoder",
  "TextDecoder",
  "AbortController",
  "AbortSignal",
  "crypto",
  "Intl",
  "performance",
  "structuredClone",
  "setTimeout",
  "setInterval",
  "clearTimeout",
  "clearInterval",
  "queueMicrotask",
  "console",
  "process",
  "Buffer",
  "Blob",
  "File",
  "FormData",
  "WebSocket",
  "Worker",
  "navigator",
  "localStorage",
  "EventTarget",
  "Event",
  "globalThis",
]);

/** The folder of the project, with a slash at its end. */
const ROOT = new URL("../", import.meta.url).pathname;

/** Whether a file is of the program, and not of what speaks to the runtime for it. */
function isProgram(path: string): boolean {
  if (!path.startsWith(ROOT)) return false;
  const file = path.slice(ROOT.length);
  return file === "main.ts" || file.startsWith("lib/") &&
      file !== "lib/host.ts" && !file.startsWith("lib/host/");
}

const plugin: Deno.lint.Plugin = {
  name: "sockwarden",
  rules: {
    "runtime-through-host": {
      create(context) {
        if (!isProgram(context.filename)) return {};
        return {
          Identifier(node) {
            const { parent } = node;
            if (node.name === "JSON") return checkJson(node);
            if (!FORBIDDEN.has(node.name)) return;
            const isProperty =
              parent.type === "MemberExpression" && !parent.computed &&
                parent.property === node ||
              parent.type === "Property" && parent.key === node &&
                !parent.shorthand;
            if (isProperty) return;
            context.report({
              node,
              message: `'${node.name}' is used outside lib/host.ts`,
              hint: "Import it from lib/host.ts, which works on every runtime.",
            });
          },
          ImportDeclaration(node) {
            checkSource(String(node.source.value), node);
          },
          ExportNamedDeclaration(node) {
            if (node.source) checkSource(String(node.source.value), node);
          },
          ExportAllDeclaration(node) {
            checkSource(String(node.source.value), node);
          },
          ImportExpression(node) {
            checkSource(
              node.source.type === "Literal" ? String(node.source.value) : "",
              node,
            );
          },
        };
        /** Of `JSON` nothing but its writer is used: V8 misreads keys. */
        function checkJson(node: Deno.lint.Identifier): void {
          const { parent } = node;
          const writes = parent.type === "MemberExpression" &&
            !parent.computed && parent.property.type === "Identifier" &&
            (parent.property.name === "stringify" || parent.property === node);
          if (writes) return;
          context.report({
            node,
            message: "JSON is read outside lib/host/",
            hint:
              "Use parseJson() of lib/host.ts, which reads each key as it is written.",
          });
        }
        function checkSource(
          source: string,
          node: Deno.lint.Node,
        ): void {
          if (!/^(?:\.{1,2}\/|@std\/)/.test(source)) {
            context.report({
              node,
              message: `the program imports '${source}'`,
              hint:
                "Import only the program's own modules and @std: nothing else works on every runtime.",
            });
          }
        }
      },
    },
  },
};

export default plugin;
