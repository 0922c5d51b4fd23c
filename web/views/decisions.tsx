/**
 * The live list of decisions.
 *
 * @module
 */

import { useMemo } from "preact/hooks";
import type { Decision } from "../../lib/admin/api.ts";
import {
  filterBy,
  movePointer,
  pause,
  point,
  release,
  toggle,
} from "../acts.ts";
import { isOpen, MAX_KEPT, NO_FILTER } from "../decisions.ts";
import { clock, count, counted, milliseconds, visible } from "../format.ts";
import { loadOlder } from "../load.ts";
import { type Page, update } from "../page.ts";
import { nowOf, shown } from "../state.ts";
import { Details } from "./details.tsx";
import { Filters } from "./filters.tsx";
import { DECISION_NAMES, Mark } from "./marks.tsx";
import { Empty } from "./parts.tsx";

/** The columns, in order. */
const COLUMNS = [
  "Time",
  "Decision",
  "Client",
  "Operation",
  "Request",
  "Status",
  "Took",
] as const;

/** The view. */
export function Decisions({ page }: { page: Page }) {
  const rows = shown(page.state);
  return (
    <>
      <h2 class="away">Decisions</h2>
      <div class="bar">
        <Filters page={page} />
        <Running page={page} />
      </div>
      {rows.length === 0
        ? <Nothing page={page} />
        : <List page={page} rows={rows} />}
      <Foot page={page} rows={rows.length} />
    </>
  );
}

/** Whether the list runs, and the button that stops it. */
function Running({ page }: { page: Page }) {
  const { paused, held, feed } = page.state;
  const fresh = held === null ? 0 : feed.fresh;
  return (
    <div class="running">
      <button
        type="button"
        class="first"
        aria-pressed={paused}
        onClick={() => paused ? release(page) : pause(page, true)}
      >
        {paused ? "Resume" : "Pause"}
      </button>
      {fresh > 0 && (
        <button type="button" onClick={() => release(page)}>
          Show {count(fresh)} new
        </button>
      )}
    </div>
  );
}

function List({ page, rows }: { page: Page; rows: readonly Decision[] }) {
  const { open, cursor } = page.state;
  // One row is reached by the tab key; arrow keys go on from there.
  const reached = rows.some(({ id }) => id === cursor) ? cursor : rows[0]!.id;
  const now = nowOf(page.state);
  // The key of a row is its place, not its decision: while the list runs, rows
  // get other texts, and none is made or thrown away.
  return (
    <div
      class="list"
      role="treegrid"
      aria-label="Decisions, newest first"
      onKeyDown={(event) => move(page, rows, event)}
      onFocusIn={() => update(page, {}, true)}
      // The focus is nowhere yet while it leaves.
      onFocusOut={() => queueMicrotask(() => update(page, {}, true))}
      onPointerMove={(event) => {
        if (event.pointerType === "mouse") movePointer(page);
      }}
    >
      <div role="row" class="row titles">
        {COLUMNS.map((name) => (
          <span key={name} role="columnheader">{name}</span>
        ))}
      </div>
      {rows.map((one, slot) => (
        <Row
          key={slot}
          page={page}
          decision={one}
          open={one.id === open}
          reached={one.id === reached}
          now={one.id === open ? now : 0}
        />
      ))}
    </div>
  );
}

function Row({ page, decision, open, reached, now }: {
  page: Page;
  decision: Decision;
  open: boolean;
  reached: boolean;
  now: number;
}) {
  // A row that stays as it is is not drawn again.
  const line = useMemo(
    () => (
      <div
        role="row"
        class={`row ${decision.decision}`}
        aria-level={1}
        aria-expanded={open}
        tabIndex={reached ? 0 : -1}
        data-id={decision.id}
        onClick={() => toggle(page, decision.id)}
        onFocus={() => point(page, decision.id)}
      >
        <Cells decision={decision} />
      </div>
    ),
    [decision, open, reached],
  );
  return (
    <>
      {line}
      {open && (
        <div role="row" aria-level={2} class="opened">
          <div role="gridcell" aria-colspan={COLUMNS.length}>
            <Details page={page} decision={decision} now={now} />
          </div>
        </div>
      )}
    </>
  );
}

function Cells({ decision }: { decision: Decision }) {
  const { client, container, remote, path } = decision;
  const who = client || container || remote;
  return (
    <>
      <span role="gridcell" class="time">{clock(decision.time, true)}</span>
      <span role="gridcell" class="word">
        <Mark name={decision.decision} /> {DECISION_NAMES[decision.decision]}
      </span>
      <span role="gridcell" class="who">
        <bdi>{visible(who)}</bdi>{" "}
        {container !== "" && container !== who && (
          <bdi class="less">{visible(container)}</bdi>
        )}
      </span>
      <span role="gridcell" class="code">{visible(decision.operation)}</span>
      <span role="gridcell" class="code path">
        <span class="less">{visible(decision.method)}</span>{" "}
        <bdi>{visible(path)}</bdi>
      </span>
      <span role="gridcell" class="number">{decision.status || "–"}</span>
      <span role="gridcell" class="number">
        {milliseconds(decision.engine_ms ?? decision.own_ms)}
      </span>
    </>
  );
}

function Nothing({ page }: { page: Page }) {
  const { route, state, link } = page.state;
  if (!isOpen(route.filter)) {
    return (
      <Empty>
        <p>No decision matches these filters.</p>
        <button type="button" onClick={() => filterBy(page, NO_FILTER)}>
          Clear the filters
        </button>
      </Empty>
    );
  }
  if (state === null || link.kind === "connecting") {
    return <Empty>Connecting to the admin listener.</Empty>;
  }
  return (
    <Empty>
      <p>No request has come yet.</p>
      <p>
        Point a program at the Docker listener, for example with{" "}
        <code>DOCKER_HOST=tcp://127.0.0.1:2375 docker ps</code>. Its requests
        are shown here.
      </p>
    </Empty>
  );
}

function Foot({ page, rows }: { page: Page; rows: number }) {
  const { feed, held, loadingOlder } = page.state;
  if (rows === 0) return null;
  const more = rows < MAX_KEPT &&
    (feed.next !== null || rows < (held ?? feed.kept).length);
  return (
    <p class="foot">
      {counted(rows, "row")}
      {feed.skipped > 0 &&
        `; ${count(feed.skipped)} came too fast to be shown`}
      {more && (
        <button
          type="button"
          disabled={loadingOlder}
          onClick={() => loadOlder(page)}
        >
          {loadingOlder ? "Loading" : "Older"}
        </button>
      )}
    </p>
  );
}

/** The keys of a tree of rows, as the ARIA practices name them. */
function move(
  page: Page,
  rows: readonly Decision[],
  event: KeyboardEvent & { currentTarget: HTMLElement },
): void {
  const { open } = page.state;
  if (event.key === "Escape" && open !== null) {
    event.preventDefault();
    focusRow(event.currentTarget, open);
    return toggle(page, open);
  }
  const row = event.target instanceof HTMLElement && event.target.dataset.id;
  if (!row) return;
  const id = Number(row);
  const at = rows.findIndex((one) => one.id === id);
  const to: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + 10,
    PageUp: at - 10,
    Home: 0,
    End: rows.length - 1,
  };
  const opens = event.key === "ArrowRight" && open !== id ||
    event.key === "ArrowLeft" && open === id || event.key === "Enter" ||
    event.key === " ";
  if (opens) toggle(page, id);
  else if (Object.hasOwn(to, event.key)) {
    const next = Math.max(0, Math.min(rows.length - 1, to[event.key]!));
    focusRow(event.currentTarget, rows[next]!.id);
  } else return;
  event.preventDefault();
}

function focusRow(list: HTMLElement, id: number): void {
  list.querySelector<HTMLElement>(`[data-id="${id}"]`)?.focus();
}
