/**
 * A request at the gate, without a connection to an engine: the test says what
 * its client is found to be, and what the engine says of containers.
 *
 * @module
 */

import type { NoAnswer } from "../../lib/engine/ask.ts";
import type { Conn } from "../../lib/host.ts";
import type { ContainerFacts, Selector } from "../../lib/policy/clients.ts";
import { compile, type Policy } from "../../lib/policy/compile.ts";
import type { Container } from "../../lib/policy/inventory.ts";
import type { Identified } from "../../lib/proxy/access.ts";
import { openExchange } from "../../lib/proxy/exchange.ts";
import { createPlanner, planFor } from "../../lib/proxy/plan.ts";
import type { Exchange, Session } from "../../lib/proxy/state.ts";
import { openSource } from "../../lib/wire/source.ts";
import { grants } from "./grants.ts";

/** What stands in for the rest of the program; a test changes it as it goes. */
export interface Setting {
  /** Another one makes every {@link Identified} outdated. */
  generation: number;
  /** Who the client is found to be, at each look-up. */
  find: () => Identified | NoAnswer | Promise<Identified | NoAnswer>;
  /** Look-ups of the client. */
  finds: number;
  learnOwn: () => NoAnswer | null;
  /** What the engine says of a container that the request names. */
  container: (
    reference: string,
  ) => Container | NoAnswer | null | Promise<Container | NoAnswer | null>;
}

/** A container that is no client. */
export const WEB: Container = {
  id: "d".repeat(64),
  name: "web",
  labels: new Map(),
  running: true,
  startedAt: 0,
  onHost: false,
  hostname: "",
  aliases: [],
  joined: [],
  endpoints: [],
  gateways: [],
  blocks: [],
};

/** A request at the gate. */
export interface AtGate extends Setting {
  readonly session: Session;
  readonly exchange: Exchange;
  /** Codes of the records. */
  readonly codes: string[];
  /** Whether the client's connection was closed. */
  readonly closed: () => boolean;
}

/** A policy that allows the clients of its file nothing, and all others these rules. */
export function policyOf(
  clients: Record<string, Selector>,
  ...allow: string[]
): Policy {
  const rest = { ...grants({}, { allow }), defaultSwitches: false };
  return compile(rest, {
    path: "policy.yaml",
    clients: Object.entries(clients).map(([name, selector]) => ({
      identity: { name, from: [[selector]], listen: [] },
      source: "policy.yaml:1:1",
      grants: { ...grants({}), defaultSwitches: false },
    })),
    rest,
  });
}

/** A client that was found under a policy. */
export function foundUnder(
  policy: Policy,
  generation: number,
  more: {
    readonly container?: ContainerFacts | null;
    readonly dryRun?: boolean;
  } = {},
): Identified {
  const { container = null, dryRun = false } = more;
  return {
    client: null,
    container,
    identities: policy.identities,
    generation,
    planner: createPlanner({
      policy,
      client: { name: null },
      limits: { headBytes: 8192, headerCount: 100, requestLineBytes: 4096 },
      selfPath: "/_sockwarden/self/x",
      dryRun,
    }),
  };
}

/** A request that was let through to the gate under generation 0. */
export function atGate(
  first: Identified,
  text: string,
): AtGate {
  let closes = 0;
  const conn = {
    read: () => new Promise(() => {}),
    close: () => void closes++,
  };
  const setting: Setting = {
    generation: 0,
    find: () => first,
    finds: 0,
    learnOwn: () => null,
    container: () => WEB,
  };
  const codes: string[] = [];
  const session = {
    context: {
      engine: { kind: "unix", path: "/engine.sock" },
      access: {
        get generation() {
          return setting.generation;
        },
        find: async () => {
          setting.finds++;
          return await setting.find();
        },
        learnOwn: () => Promise.resolve(setting.learnOwn()),
        hosts: { addresses: new Map() },
        objects: {
          find: async (_kind: string, reference: string) =>
            await setting.container(reference),
          exec: () => Promise.resolve(null),
        },
        index: {
          container: async (reference: string) =>
            await setting.container(reference),
          hostNetwork: () => Promise.resolve([]),
        },
      },
      observe: ({ code }: { code: string }) => void codes.push(code),
    },
    address: "",
    peer: {},
    identified: first,
    exchange: null,
    slot: null,
    engine: null,
    rechecking: null,
    carried: 0,
    stopping: false,
    cause: null,
    client: openSource(conn as unknown as Conn, false),
  } as unknown as Session;
  const plan = planFor(first.planner, text);
  if (plan.kind !== "send") throw new Error(`not sent: ${plan.kind}`);
  const exchange = openExchange(session, plan);
  return Object.assign(setting, {
    session,
    exchange,
    codes,
    closed: () => closes > 0,
  });
}

/** The head of a request; its body has that length. */
export function headOf(method: string, target: string, length = 0): string {
  const more = length > 0 ? `Content-Length: ${length}\r\n` : "";
  return `${method} ${target} HTTP/1.1\r\nHost: d\r\n${more}\r\n`;
}
