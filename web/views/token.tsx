/**
 * Asks for the token.
 *
 * @module
 */

import { useLayoutEffect, useRef } from "preact/hooks";
import { giveToken } from "../acts.ts";
import type { Page } from "../page.ts";

/** The form. */
export function TokenForm({ page, wrong }: { page: Page; wrong: boolean }) {
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    const token = field.current?.value.trim() ?? "";
    if (token !== "") giveToken(page, token);
  };
  return (
    <main id="main" tabIndex={-1}>
      <form class="token" onSubmit={submit}>
        <h2>A token is needed</h2>
        <p id="token-help">
          It stands in the file that <code>--admin-token-file</code>{" "}
          names. It is kept until this tab is closed.
        </p>
        {wrong && (
          <p class="wrong" role="alert">
            This token was not accepted.
          </p>
        )}
        <label for="token">Token</label>
        <div class="line">
          <input
            id="token"
            ref={field}
            type="password"
            autocomplete="off"
            spellcheck={false}
            required
            aria-describedby="token-help"
            aria-invalid={wrong}
          />
          <button type="submit" class="first">Connect</button>
        </div>
      </form>
    </main>
  );
}
