/**
 * `docs/metrics.md`: every metric, from the table that serves them.
 *
 * @module
 */

import { METRICS, PREFIX } from "../../lib/admin/metrics.ts";
import { MAX_OUTCOMES, MAX_USES } from "../../lib/admin/usage.ts";
import { code, codes, MADE_BY, wideTable } from "./markup.ts";

/** The text of the page. */
export function metricsPage(): string {
  return `# Metrics

${MADE_BY}

\`GET /metrics\` of the [admin listener](admin.md) answers in the text format of
Prometheus (0.0.4), or in OpenMetrics 1.0.0 where \`Accept\` prefers it. Names
and labels are public: they change only with a new major version.

${
    wideTable(
      ["metric", "type", "labels", "meaning"],
      METRICS.map(({ name, type, labels, help }) => [
        code(PREFIX + name),
        type,
        codes(labels),
        help,
      ]),
    )
  }

Of type \`info\` the text of Prometheus says \`gauge\`.

No label has a value that a client can choose: \`client\` is a name of the
policy file (\`default\` for a client that is not in it, empty without
clients), \`operation\` one of [the operations](operations.md) or \`-\`, and
\`code\` a [reason code](troubleshooting.md#reason-codes). Up to ${MAX_USES}
pairs of client and operation and ${MAX_OUTCOMES} series are counted apart; the
rest is counted under the client and the operation \`other\`.

Counters begin with the start of the program. Requests are counted when they
end: a stream that is open is in \`${PREFIX}streams_open\` until then.
`;
}
