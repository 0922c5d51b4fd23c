/**
 * Lint rule: what the program asks of the runtime goes through `lib/host.ts`.
 * The shipped binary's base offers nothing else, so a use elsewhere would work
 * on stock Deno and die in the image.
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

function isProgram(file: string): boolean {
  return /(?:\/lib\/|\/main\.ts$)/.test(file) &&
    !/\/(?:tests|tools|base)\//.test(file) && !file.endsWith("/lib/host.ts");
}

const plugin: Deno.lint.Plugin = {
  name: "sockwarden",
  rules: {
    "runtime-through-host": {
      create(context) {
        if (!isProgram(context.filename)) return {};
        return {
          Identifier(node) {
            if (!FORBIDDEN.has(node.name)) return;
            const { parent } = node;
            const isProperty =
              parent.type === "MemberExpression" && !parent.computed &&
                parent.property === node ||
              parent.type === "Property" && parent.key === node &&
                !parent.shorthand;
            if (isProperty) return;
            context.report({
              node,
              message: `'${node.name}' is used outside lib/host.ts`,
              hint: "Take it from lib/host.ts, which every engine offers.",
            });
          },
          ImportDeclaration(node) {
            checkSource(String(node.source.value), node);
          },
          ExportNamedDeclaration(node) {
            if (node.source) checkSource(String(node.source.value), node);
          },
        };
        function checkSource(
          source: string,
          node: Deno.lint.Node,
        ): void {
          if (!/^(?:\.{1,2}\/|@std\/)/.test(source)) {
            context.report({
              node,
              message: `'${source}' is imported by the program`,
              hint: "Only its own modules and @std serve on every engine.",
            });
          }
        }
      },
    },
  },
};

export default plugin;
