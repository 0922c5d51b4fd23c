/**
 * What would be least: what is granted and nobody used.
 *
 * @module
 */

import type { UnusedAnswer } from "../../lib/admin/api.ts";
import { age, clock, counted, visible, visibleLines } from "../format.ts";
import { clientName } from "../matrix.ts";
import type { Page } from "../page.ts";
import { nowOf } from "../state.ts";
import { Copy, Empty } from "./parts.tsx";

/** The view. */
export function Unused({ page }: { page: Page }) {
  const { unused } = page.state;
  if (unused === null) return <Empty>Asking for the unused grants.</Empty>;
  const seconds = (nowOf(page.state) - Date.parse(unused.since)) / 1000;
  return (
    <>
      <div class="bar">
        <h2>What would be least</h2>
        <p class="less">
          Seen for {age(seconds)}, since{" "}
          {clock(unused.since)}. What a program does once a month is not in it
          yet.
        </p>
      </div>
      {unused.clients.length === 0 && (
        <Empty>No client has a grant, so there is nothing to take away.</Empty>
      )}
      {unused.clients.map((client) => (
        <One key={client.name} page={page} client={client} />
      ))}
    </>
  );
}

function One(
  { page, client }: { page: Page; client: UnusedAnswer["clients"][number] },
) {
  const { name, unused, policy } = client;
  const shown = clientName(name);
  return (
    <section class="least">
      <h3>
        <bdi>{visible(shown)}</bdi>{" "}
        <span class="less">
          {unused.length === 0
            ? "uses all that is granted"
            : counted(unused.length, "unused operation")}
        </span>
      </h3>
      {unused.length > 0 && (
        <ul class="names" aria-label="Unused operations">
          {unused.map((operation) => (
            <li key={operation}>
              <code>{visible(operation)}</code>
            </li>
          ))}
        </ul>
      )}
      {policy !== "" && (
        <div class="policy">
          <pre tabIndex={0} aria-label={`Least policy of ${visible(shown)}`}>
            {visibleLines(policy)}
          </pre>
          <Copy page={page} text={policy} name={`the policy of ${shown}`} />
        </div>
      )}
    </section>
  );
}
