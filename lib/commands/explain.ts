/**
 * `sockwarden explain METHOD PATH`: says what would become of a request.
 *
 * @module
 */

import { printStderr, printStdout } from "../host.ts";
import { TOKEN } from "../http1/grammar.ts";
import { NO_BODY } from "../http1/request.ts";
import { compile } from "../policy/compile.ts";
import { decide } from "../policy/decide.ts";
import { configure } from "./configure.ts";

/**
 * Explains one request under the present settings.
 *
 * @returns 0 where it would be allowed, 1 where refused, 2 where the call is wrong.
 */
export function explain(argv: readonly string[]): number {
  const [method = "", target = "", ...flags] = argv;
  if (
    !TOKEN.test(method) || target === "" || target.startsWith("-") ||
    /\s/.test(target)
  ) {
    printStderr(
      "sockwarden: expected a method and a path: sockwarden explain POST /containers/web/restart [FLAGS]\n",
    );
    return 2;
  }
  const config = configure(flags);
  if (config === null) return 2;
  const decision = decide(compile(config.grants), { address: "explain" }, {
    method,
    target,
    framing: NO_BODY,
    contentType: null,
    origin: null,
    browser: false,
  });
  const { operation } = decision;
  printStdout(
    `request:   ${method} ${target}\n` +
      `operation: ${
        operation === null
          ? "none that is known"
          : `${operation.name} (${operation.access}, ${operation.transport})`
      }\n` +
      `decision:  ${
        decision.allowed ? "allowed" : `refused (${decision.status})`
      }\n` +
      `setting:   ${decision.by === "" ? "none grants it" : decision.by}\n` +
      (decision.allowed ? "" : `answer:    ${decision.message}\n`),
  );
  return decision.allowed ? 0 : 1;
}
