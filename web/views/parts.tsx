/**
 * Small pieces that several views have.
 *
 * @module
 */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { copy } from "../acts.ts";
import { visible } from "../format.ts";
import type { Page } from "../page.ts";

/** Milliseconds that a button says that it copied. */
const COPIED_MS = 1600;

/** A button that copies a text. */
export function Copy(
  { page, text, name }: { page: Page; text: string; name: string },
) {
  const [outcome, setOutcome] = useState<"Copied" | "Failed" | null>(null);
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), COPIED_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const word = outcome === null ? "Copy" : outcome;
  return (
    <button
      type="button"
      class="copy"
      aria-label={`${word} ${name}`}
      onClick={async () =>
        setOutcome(await copy(page, text, name) ? "Copied" : "Failed")}
    >
      {word}
    </button>
  );
}

/** A text of the proxy or of a client, in the letters of a machine. */
export function Code({ text }: { text: string }) {
  return <code>{visible(text)}</code>;
}

/** What stands where there is nothing yet: it says what to do. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}
