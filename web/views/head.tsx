/**
 * The head line: whether all is well.
 *
 * @module
 */

import type { ComponentChildren } from "preact";
import type { State } from "../../lib/admin/api.ts";
import { forgetToken } from "../acts.ts";
import { age, ago, bytes, count, NONE, rate, visible } from "../format.ts";
import type { Page } from "../page.ts";
import { nowOf } from "../state.ts";
import { Mark } from "./marks.tsx";

/** The name, how the stream stands, and the gauges. */
export function Head({ page }: { page: Page }) {
  const { state, link, token } = page.state;
  return (
    <header>
      <div class="name">
        <h1>sockwarden</h1>
        {state !== null && (
          <span class="version">
            {visible(state.version)} {visible(state.runtime)}
          </span>
        )}
        <span class={`link ${link.kind}`}>
          <Mark name={link.kind === "live" ? "up" : "waiting"} />{" "}
          {LINK[link.kind]}
        </span>
        {token !== null && (
          <button
            type="button"
            onClick={() => forgetToken(page)}
          >
            Forget the token
          </button>
        )}
      </div>
      {state !== null && (
        <dl class={link.kind === "live" ? "gauges" : "gauges old"}>
          <Gauges state={state} now={nowOf(page.state)} />
        </dl>
      )}
    </header>
  );
}

const LINK = {
  connecting: "connecting",
  live: "live",
  broken: "not connected",
  token: "locked",
} as const;

function Gauges({ state, now }: { state: State; now: number }) {
  const { connections, totals, rates, memory } = state;
  return (
    <>
      <Engine state={state} />
      <Policy state={state} now={now} />
      <Gauge name="Requests" value={rate(rates.requests_per_second)} unit="/s">
        {count(totals.requests)} in{" "}
        {age((now - Date.parse(state.started)) / 1000)}
      </Gauge>
      <Gauge
        name="Refused"
        value={rate(rates.refused_per_second)}
        unit="/s"
        bad={rates.refused_per_second > 0}
      >
        {count(totals.refused)} refused, {count(totals.failed)} failed
        {totals.would_refuse > 0 &&
          `, ${count(totals.would_refuse)} only in a dry run`}
      </Gauge>
      <Gauge
        name="Connections"
        value={count(connections.open)}
        bad={connections.open >= connections.max}
      >
        of {count(connections.max)}; {count(state.streams)} streams
      </Gauge>
      <Gauge
        name="Memory"
        value={memory.resident_bytes === null
          ? NONE
          : bytes(memory.resident_bytes)}
      >
        {bytes(memory.held_bytes)} of bodies held
      </Gauge>
    </>
  );
}

function Engine({ state: { engine } }: { state: State }) {
  return (
    <Gauge
      name="Engine"
      value={engine.up ? "up" : "down"}
      mark={<Mark name={engine.up ? "up" : "down"} />}
      bad={!engine.up}
    >
      {engine.version === ""
        ? visible(engine.address)
        : `${visible(engine.version)}, API ${visible(engine.api_version)}`}
    </Gauge>
  );
}

function Policy({ state: { policy }, now }: { state: State; now: number }) {
  const { reload } = policy;
  return (
    <Gauge
      name="Policy"
      value={policy.hash === "" ? NONE : policy.hash.slice(0, 8)}
      unit={policy.dry_run ? "dry run" : ""}
      bad={reload?.ok === false}
    >
      {reload === null
        ? `loaded ${ago(policy.loaded, now)}`
        : reload.ok
        ? `reloaded ${ago(reload.at, now)}`
        : `reload failed ${ago(reload.at, now)}`}
    </Gauge>
  );
}

function Gauge({ name, value, unit = "", mark, bad = false, children }: {
  name: string;
  value: string;
  unit?: string;
  mark?: ComponentChildren;
  bad?: boolean;
  children: ComponentChildren;
}) {
  return (
    <div class={bad ? "bad" : undefined}>
      <dt>{name}</dt>
      <dd class="value">
        {mark} {value}
        {unit !== "" && <span class="unit">{unit}</span>}
      </dd>
      <dd class="more">{children}</dd>
    </div>
  );
}
