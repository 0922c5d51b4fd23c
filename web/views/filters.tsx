/**
 * The filters of the list.
 *
 * @module
 */

import { DECISIONS, type DecisionWord } from "../../lib/admin/api.ts";
import { filterBy } from "../acts.ts";
import { isOpen, NO_FILTER } from "../decisions.ts";
import { visible } from "../format.ts";
import { groupOf } from "../matrix.ts";
import type { Page } from "../page.ts";
import type { PageState } from "../state.ts";
import { DECISION_NAMES, Mark } from "./marks.tsx";

/** Names that a list of choices holds at most. */
const MAX_CHOICES = 500;

/** The filters. */
export function Filters({ page }: { page: Page }) {
  const { filter } = page.state.route;
  return (
    <form
      class="filters"
      role="search"
      aria-label="Filter the decisions"
      onSubmit={(event) => event.preventDefault()}
    >
      <DecisionChoice page={page} />
      <ClientChoice page={page} />
      <input
        type="text"
        aria-label="Operation"
        placeholder="Operation"
        list="operations"
        autocomplete="off"
        spellcheck={false}
        value={filter.operation}
        onInput={(event) =>
          filterBy(page, { operation: event.currentTarget.value })}
      />
      <datalist id="operations">
        {operationsOf(page.state).map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <input
        type="search"
        class="text"
        aria-label="Text in path, rule, message or name"
        placeholder="Text in path, rule, message or name"
        autocomplete="off"
        spellcheck={false}
        value={filter.text}
        onInput={(event) => filterBy(page, { text: event.currentTarget.value })}
      />
      {!isOpen(filter) && (
        <button
          type="button"
          onClick={() => filterBy(page, NO_FILTER)}
        >
          Clear
        </button>
      )}
    </form>
  );
}

/** Nothing where there are no clients to choose from. */
function ClientChoice({ page }: { page: Page }) {
  const clients = clientsOf(page.state);
  if (clients.length < 2) return null;
  return (
    <select
      aria-label="Client"
      value={page.state.route.filter.client}
      onChange={(event) =>
        filterBy(page, { client: event.currentTarget.value })}
    >
      <option value="">All clients</option>
      {clients.map((name) => (
        <option key={name} value={name}>{visible(name)}</option>
      ))}
    </select>
  );
}

function DecisionChoice({ page }: { page: Page }) {
  const { filter } = page.state.route;
  const choices: readonly (DecisionWord | "")[] = ["", ...DECISIONS];
  return (
    <fieldset class="choice">
      <legend class="away">Decision</legend>
      {choices.map((word) => (
        <label key={word}>
          <input
            type="radio"
            name="decision"
            value={word}
            checked={filter.decision === word}
            onChange={() => filterBy(page, { decision: word })}
          />
          <span>
            {word === "" ? "all" : (
              <>
                <Mark name={word} /> {DECISION_NAMES[word]}
              </>
            )}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function clientsOf({ clients, route, feed }: PageState): string[] {
  const names = new Set(clients?.clients.map(({ name }) => name));
  for (const { client } of feed.kept) names.add(client);
  names.add(route.filter.client);
  return [...names].filter((name) => name !== "")
    .sort().slice(0, MAX_CHOICES);
}

function operationsOf({ clients }: PageState): string[] {
  const names = new Set<string>();
  for (const { operations } of clients?.clients ?? []) {
    for (const { operation } of operations) {
      names.add(operation);
      names.add(`${groupOf(operation)}.*`);
    }
  }
  return [...names].sort().slice(0, MAX_CHOICES);
}
