/**
 * The whole page.
 *
 * @module
 */

import { useEffect } from "preact/hooks";
import { show } from "../acts.ts";
import { count } from "../format.ts";
import type { Page } from "../page.ts";
import { type View, VIEWS } from "../route.ts";
import type { PageState } from "../state.ts";
import { Banner } from "./banner.tsx";
import { Charts } from "./charts.tsx";
import { Clients } from "./clients.tsx";
import { Decisions } from "./decisions.tsx";
import { Head } from "./head.tsx";
import { Streams } from "./streams.tsx";
import { TokenForm } from "./token.tsx";
import { Unused } from "./unused.tsx";

/** The views by their names. */
const CONTENT = {
  decisions: Decisions,
  clients: Clients,
  streams: Streams,
  unused: Unused,
} as const satisfies Record<View, unknown>;

/** Everything: the head line, the charts, and one view below its tab. */
export function App({ page }: { page: Page }) {
  const { state } = page;
  const { link, route } = state;
  const title = titleOf(state);
  useEffect(() => {
    document.title = title;
  }, [title]);
  const Content = CONTENT[route.view];
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>Skip to the content</a>
      <Head page={page} />
      <Banner page={page} />
      {link.kind === "token" ? <TokenForm page={page} wrong={link.wrong} /> : (
        <>
          <Charts state={state} />
          <Tabs page={page} />
          <main id="main" tabIndex={-1}>
            <Content page={page} />
          </main>
        </>
      )}
      <div class="away" role="status" aria-live="polite">{state.said}</div>
    </>
  );
}

function Tabs({ page }: { page: Page }) {
  const { route } = page.state;
  return (
    <nav aria-label="Views">
      {(Object.keys(VIEWS) as View[]).map((view) => (
        <a
          key={view}
          href={`#${view}`}
          aria-current={view === route.view ? "page" : undefined}
          onClick={(event) => {
            event.preventDefault();
            show(page, view);
          }}
        >
          {VIEWS[view]} <Tally state={page.state} view={view} />
        </a>
      ))}
    </nav>
  );
}

/** The number beside a tab; nothing where it is not known. */
function Tally({ state, view }: { state: PageState; view: View }) {
  const value = tallyOf(state, view);
  return value === null ? null : <span class="tally">{count(value)}</span>;
}

function tallyOf(
  { state, clients }: PageState,
  view: View,
): number | null {
  switch (view) {
    case "decisions":
      return state?.totals.requests ?? null;
    case "streams":
      return state?.streams ?? null;
    case "clients":
      return clients?.clients.length ?? null;
    case "unused":
      return clients?.clients.flatMap(({ operations }) => operations)
        .filter(({ granted, used }) => granted && used === 0).length ?? null;
  }
}

function titleOf({ link, state }: PageState): string {
  if (link.kind === "broken") return "(no connection) sockwarden";
  if (state !== null && !state.engine.up) return "(engine down) sockwarden";
  return "sockwarden";
}

/** The address holds the view, so the link moves the focus by itself. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
