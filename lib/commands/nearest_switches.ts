/**
 * Finds the switches of docker-socket-proxy that come nearest to a set of
 * operations, and what they would grant beyond it.
 *
 * @module
 */

import {
  type Operation,
  OPERATION_BY_NAME,
  OPERATIONS,
} from "../docker/operations.ts";
import { GRANTERS_OF, sectionSwitches, SWITCHES } from "../policy/switches.ts";

/** The nearest switches to a set of operations. */
export interface NearestSwitches {
  /** The switches to set, as `NAME=1`, or `NAME=0` for one that is on by default and not needed. */
  readonly settings: readonly string[];
  /** What they grant beyond the set, in the order of the table. */
  readonly beyond: readonly Operation[];
  /** Operations of the set that no switch grants. */
  readonly ungoverned: readonly Operation[];
}

/**
 * Finds the switches that grant a set of operations and the least beyond it;
 * of several that are equal there, the fewest switches.
 *
 * @param names Names of operations.
 * @throws {Error} If a name is not that of an operation.
 */
export function nearestSwitches(names: Iterable<string>): NearestSwitches {
  const wanted = new Set([...names].map(operationOf));
  const on = new Set<string>();
  const ungoverned: Operation[] = [];
  // First those that leave no choice: what they grant needs no other switch.
  for (const operation of wanted) {
    const ways = waysTo(operation);
    if (ways.length === 0) ungoverned.push(operation);
    if (ways.length === 1) { for (const name of ways[0]!) on.add(name); }
  }
  let best: { on: ReadonlySet<string>; beyond: Operation[] } | null = null;
  for (const choice of choices(wanted, on)) {
    const beyond = OPERATIONS.filter((operation) =>
      !wanted.has(operation) && isGranted(operation, choice)
    );
    if (
      best === null || beyond.length < best.beyond.length ||
      beyond.length === best.beyond.length && choice.size < best.on.size
    ) best = { on: choice, beyond };
  }
  return {
    settings: SWITCHES.flatMap(({ name, onByDefault }) =>
      best!.on.has(name)
        ? [`${name}=1`]
        // docker-socket-proxy refuses libpod, whatever its defaults are.
        : onByDefault === true && !name.startsWith("LIBPOD_")
        ? [`${name}=0`]
        : []
    ),
    beyond: best!.beyond,
    ungoverned,
  };
}

/** Every set of switches that grants all that can be granted, each switch in it for a reason. */
function* choices(
  wanted: ReadonlySet<Operation>,
  on: ReadonlySet<string>,
): Generator<ReadonlySet<string>> {
  for (const operation of wanted) {
    if (isGranted(operation, on)) continue;
    const ways = waysTo(operation);
    if (ways.length === 0) continue;
    for (const way of ways) yield* choices(wanted, new Set([...on, ...way]));
    return;
  }
  yield on;
}

/** The sets of switches that grant an operation. */
function waysTo(operation: Operation): string[][] {
  const section = sectionSwitches(operation);
  return [
    ...(GRANTERS_OF.get(operation.name) ?? []).map(({ name }) => [name]),
    ...(section === null ? [] : [section]),
  ];
}

function isGranted(operation: Operation, on: ReadonlySet<string>): boolean {
  return waysTo(operation).some((way) => way.every((name) => on.has(name)));
}

function operationOf(name: string): Operation {
  const operation = OPERATION_BY_NAME.get(name);
  if (operation === undefined) throw new Error(`unknown operation '${name}'`);
  return operation;
}
