/**
 * Who can do what, and who uses it.
 *
 * @module
 */

import type { PolicyClient } from "../../lib/admin/api.ts";
import { choose } from "../acts.ts";
import { ago, count, visible } from "../format.ts";
import {
  type Cell,
  cellText,
  clientName,
  type Matrix,
  matrixOf,
  type Standing,
  STANDINGS,
  standingsOf,
} from "../matrix.ts";
import type { Page } from "../page.ts";
import { type Choice, nowOf, type PageState } from "../state.ts";
import { Mark } from "./marks.tsx";
import { Code, Empty } from "./parts.tsx";

/** The view. */
export function Clients({ page }: { page: Page }) {
  const { clients, choice } = page.state;
  if (clients === null) return <Empty>Asking for the clients.</Empty>;
  const matrix = matrixOf(clients);
  if (matrix.groups.length === 0) {
    return (
      <Empty>
        <p>Nothing is granted, and nobody has asked.</p>
        <p>
          Grant with a switch (<code>CONTAINERS=1</code>), with{" "}
          <code>--allow container.list</code>, <code>--preset</code>{" "}
          or a policy file.
        </p>
      </Empty>
    );
  }
  return (
    <>
      <div class="bar">
        <h2>Clients by groups of operations</h2>
        <Legend />
      </div>
      <Grid page={page} matrix={matrix} />
      <p class="foot">
        Counted for {ago(clients.since, nowOf(page.state)).replace(" ago", "")}
        . Choose a cell for its operations, a client for its whole policy.
      </p>
      {choice !== null && (
        <Chosen state={page.state} choice={choice} matrix={matrix} />
      )}
    </>
  );
}

function Legend() {
  return (
    <ul class="legend" aria-label="Meaning of the shapes">
      {(Object.keys(STANDINGS) as Standing[]).map((standing) => (
        <li key={standing}>
          <Mark name={standing} /> {STANDINGS[standing]}
        </li>
      ))}
    </ul>
  );
}

function Grid({ page, matrix }: { page: Page; matrix: Matrix }) {
  return (
    <div
      class="scroll"
      role="region"
      aria-label="Clients by groups"
      tabIndex={0}
    >
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col">Client</th>
            {matrix.groups.map((group) => (
              <th key={group} scope="col">{visible(group)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {matrix.rows.map(({ client, cells }) => (
            <tr key={client}>
              <th scope="row">
                <Pick page={page} choice={{ client, group: null }}>
                  <bdi>{visible(clientName(client))}</bdi>
                </Pick>
              </th>
              {matrix.groups.map((group) => {
                const cell = cells.get(group);
                return (
                  <td key={group} class={cell ? undefined : "none"}>
                    {cell && (
                      <Pick page={page} choice={{ client, group }}>
                        <span class="group">{visible(group)}</span>
                        <Counts cell={cell} />
                      </Pick>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Pick({ page, choice, children }: {
  page: Page;
  choice: Choice;
  children: preact.ComponentChildren;
}) {
  const chosen = page.state.choice?.client === choice.client &&
    page.state.choice.group === choice.group;
  return (
    <button
      type="button"
      class="pick"
      aria-pressed={chosen}
      onClick={() => choose(page, chosen ? null : choice)}
    >
      {children}
    </button>
  );
}

function Counts({ cell }: { cell: Cell }) {
  return (
    <>
      <span class="counts" aria-hidden="true">
        {(Object.keys(STANDINGS) as Standing[]).map((standing) =>
          cell.counts[standing] > 0 && (
            <span key={standing} class={standing}>
              <Mark name={standing} />
              {cell.counts[standing]}
            </span>
          )
        )}
      </span>
      <span class="away">{cellText(cell)}</span>
    </>
  );
}

function Chosen(
  { state, choice, matrix }: {
    state: PageState;
    choice: Choice;
    matrix: Matrix;
  },
) {
  const row = matrix.rows.find(({ client }) => client === choice.client);
  const policy = state.policy?.clients.find(({ name }) =>
    name === choice.client
  );
  const cells = [...row?.cells.values() ?? []].filter(({ group }) =>
    choice.group === null || group === choice.group
  );
  return (
    <section class="chosen" aria-label="What was chosen">
      <h3>
        <bdi>{visible(clientName(choice.client))}</bdi>
        {choice.group !== null && `, ${visible(choice.group)}`}
      </h3>
      {policy !== undefined && choice.group === null && (
        <PolicyOf client={policy} />
      )}
      <div class="scroll" role="region" aria-label="Operations" tabIndex={0}>
        <Operations cells={cells} policy={policy} now={nowOf(state)} />
      </div>
    </section>
  );
}

function Operations({ cells, policy, now }: {
  cells: readonly Cell[];
  policy: PolicyClient | undefined;
  now: number;
}) {
  return (
    <table class="plain">
      <thead>
        <tr>
          <th scope="col">Operation</th>
          <th scope="col">Standing</th>
          <th scope="col">Class</th>
          <th scope="col" class="number">Used</th>
          <th scope="col">Last used</th>
          <th scope="col" class="number">Refused</th>
          <th scope="col">Last refused</th>
          <th scope="col">By</th>
        </tr>
      </thead>
      <tbody>
        {cells.flatMap(({ operations }) => operations).map((use) => (
          <tr key={use.operation}>
            <th scope="row" class="code">{visible(use.operation)}</th>
            <td>
              {standingsOf(use).map((standing) => (
                <span key={standing} class="standing">
                  <Mark name={standing} /> {STANDINGS[standing]}
                </span>
              ))}
            </td>
            <td>{visible(use.access)}</td>
            <td class="number">{count(use.used)}</td>
            <td>{ago(use.last_used, now)}</td>
            <td class="number">{count(use.refused)}</td>
            <td>{ago(use.last_refused, now)}</td>
            <td class="code">{visible(rulesFor(policy, use.operation))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The rules that speak of an operation, with their places. */
function rulesFor(policy: PolicyClient | undefined, name: string): string {
  return policy?.rules.filter(({ operations }) => operations.includes(name))
    .map(({ rule, where, effect }) =>
      `${effect === "deny" ? "deny " : ""}${rule} (${where})`
    ).join(", ") ?? "";
}

function PolicyOf({ client }: { client: PolicyClient }) {
  const parts = [
    ["Identified by", client.identity],
    ["Scope", client.scope],
    ["Guard", client.guard],
    ["Hidden", client.hide],
    ["Limits", client.limits],
  ] as const;
  return (
    <dl class="facts">
      {parts.map(([name, lines]) =>
        lines !== null && lines.length > 0 && (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{lines.map((line) => <p key={line}>{visible(line)}</p>)}</dd>
          </div>
        )
      )}
      <div>
        <dt>Rules</dt>
        <dd>
          {client.rules.map(({ rule, where, effect, until }) => (
            <p key={effect + rule + where}>
              {effect} <Code text={rule} />{" "}
              <span class="less">{visible(where)}</span>
              {until !== undefined && ` until ${visible(until)}`}
            </p>
          ))}
          {client.rules.length === 0 && "none: everything is refused"}
        </dd>
      </div>
    </dl>
  );
}
