/**
 * What is wrong, in a line below the head.
 *
 * @module
 */

import { visible } from "../format.ts";
import type { Page } from "../page.ts";
import type { PageState } from "../state.ts";
import { Mark } from "./marks.tsx";

/** The line; nothing where all is well. */
export function Banner({ page }: { page: Page }) {
  const { link } = page.state;
  const troubles = troublesOf(page.state);
  if (link.kind !== "broken" && troubles.length === 0) return null;
  return (
    <section class="banner" aria-label="Troubles">
      {link.kind === "broken" && (
        <p>
          <Mark name="down" /> The stream broke:{" "}
          {link.reason}. What is shown is old.{" "}
          {waitText(link.retryAt, link.tries)}{" "}
          <button type="button" onClick={() => page.link?.retry()}>
            Try now
          </button>
        </p>
      )}
      {troubles.map((text) => (
        <p key={text}>
          <Mark name="failed" /> {visible(text)}
        </p>
      ))}
    </section>
  );
}

function waitText(retryAt: number, tries: number): string {
  const seconds = Math.ceil((retryAt - Date.now()) / 1000);
  return seconds > 0 ? `Try ${tries + 1} in ${seconds} s.` : "Trying.";
}

function troublesOf({ state, failure, link }: PageState): string[] {
  if (link.kind === "token") return [];
  const troubles: string[] = [];
  if (failure !== "") troubles.push(failure);
  if (state === null) return troubles;
  const { engine, policy, totals, audit } = state;
  if (!engine.up) {
    troubles.push(
      `The engine at ${engine.address} does not answer: each request gets 502.`,
    );
  }
  if (policy.reload?.ok === false) {
    troubles.push(
      `The policy was not read again: ${policy.reload.message}. The one before is in force.`,
    );
  }
  if (totals.log_lines_dropped > 0) {
    troubles.push(`${totals.log_lines_dropped} lines of the log were dropped.`);
  }
  if (audit !== null && audit.dropped > 0) {
    troubles.push(`${audit.dropped} lines of the audit were dropped.`);
  }
  return troubles;
}
