/**
 * Of each judged operation: where its rows stand, what else its body has, and
 * how an engine is asked what came of it.
 *
 * @module
 */

import type { JsonObject, JsonValue } from "../../../lib/guard/json.ts";
import type { JudgedOperation } from "../../../lib/guard/schema/operations.ts";
import { withValue } from "./bodies.ts";
import { CONFIG, CREATION, HOST } from "./container.ts";
import { MOUNTS, OTHER_MOUNTS } from "./mounts.ts";
import { CONNECT, NETWORK, NETWORKING, VOLUME } from "./networks.ts";
import { CONFIG_OBJECT, EXEC, SECRET } from "./others.ts";
import { loosely, type Rows } from "./row.ts";
import {
  CONTAINER_SPEC,
  RESOURCES as TASK_RESOURCES,
  SERVICE,
  TASK,
} from "./service.ts";
import { COMMITTED, UPDATED } from "./changes.ts";

/** An engine that is asked directly. */
export interface Asked {
  /** The answer of a `GET`; null where there is no such object. */
  get(target: string): Promise<JsonValue>;
  /** Sends a call; fails unless the engine takes it. */
  call(call: string, body?: JsonObject): Promise<JsonValue>;
  /** Sends a call whatever comes of it. */
  drop(call: string): Promise<void>;
}

/** Rows whose fields stand below one place of the body. */
export interface Table {
  /** Such as `HostConfig.`; empty for the root. */
  readonly at: string;
  readonly rows: Rows;
  /** Where the engine's description shows these fields. */
  readonly shown: string;
}

/** A judged operation. */
export interface Family {
  readonly operation: JudgedOperation;
  readonly tables: readonly Table[];
  /** Method and target. */
  call(asked: Asked): Promise<string>;
  /** What a body has beside a row's field. */
  base(strict: boolean): JsonObject;
  /** Whether older engines read what is in HostConfig at the body's root too. */
  readonly atRoot: boolean;
  /** Makes what the operation changes; null where it makes something. */
  readonly prepare: ((asked: Asked) => Promise<void>) | null;
  /** What is there: the same before and after where nothing was made. */
  state(asked: Asked, answer: JsonValue): Promise<JsonValue>;
  /** Takes away what was made. */
  remove(asked: Asked): Promise<void>;
}

export const IMAGE = "sockwarden-test:1";

/** What each container of `strict` must have. */
const STRICT_HOST: JsonObject = {
  NetworkMode: "own",
  Memory: 67108864,
  PidsLimit: 50,
  CapDrop: ["ALL"],
  SecurityOpt: ["no-new-privileges"],
};

/** A limit of swap goes with one of memory alone. */
const PLAIN_HOST: JsonObject = { NetworkMode: "own", Memory: 67108864 };

/** The body of a creation. */
export function creation(strict: boolean): JsonObject {
  return {
    Image: IMAGE,
    Cmd: ["sleep", "1000"],
    ...(strict ? { User: "1000" } : {}),
    HostConfig: strict ? STRICT_HOST : PLAIN_HOST,
  };
}

function specification(strict: boolean): JsonObject {
  return {
    Name: "row",
    TaskTemplate: {
      ContainerSpec: {
        Image: IMAGE,
        ...(strict
          ? {
            User: "1000",
            CapabilityDrop: ["ALL"],
            Privileges: { NoNewPrivileges: true },
          }
          : {}),
      },
      ...(strict
        ? { Resources: { Limits: { MemoryBytes: 67108864, Pids: 50 } } }
        : {}),
      Networks: [{ Target: "@SWARMED" }],
    },
    Mode: { Replicated: { Replicas: 0 } },
  };
}

const SERVICES: readonly Table[] = [
  {
    at: "TaskTemplate.ContainerSpec.",
    rows: CONTAINER_SPEC,
    shown: "Spec.TaskTemplate.ContainerSpec.",
  },
  {
    at: "TaskTemplate.Resources.",
    rows: TASK_RESOURCES,
    shown: "Spec.TaskTemplate.Resources.",
  },
  { at: "TaskTemplate.", rows: TASK, shown: "Spec.TaskTemplate." },
  { at: "", rows: SERVICE, shown: "Spec." },
];

const nothing = async () => {};
const theSame = (target: string) => () => Promise.resolve(target);

function at(value: JsonValue, name: string): JsonValue {
  return (value as JsonObject | null)?.[name] ?? null;
}

/** The ids of a container's execs. */
async function execs({ get }: Asked): Promise<JsonValue> {
  return at(await get("/containers/inside/json"), "ExecIDs");
}

/** A secret or a config. */
function stored(operation: "secret" | "config", rows: Rows): Family {
  const path = `/${operation}s`;
  return {
    operation: `${operation}.create`,
    tables: [{ at: "", rows, shown: "Spec." }],
    call: theSame(`POST ${path}/create`),
    base: () => ({ Name: "row", Data: "YQ==" }),
    atRoot: false,
    prepare: null,
    state: ({ get }) => get(`${path}/row`),
    remove: ({ drop }) => drop(`DELETE ${path}/row`),
  };
}

export const FAMILIES: readonly Family[] = [
  {
    operation: "container.create",
    tables: [
      { at: "", rows: CONFIG, shown: "Config." },
      { at: "", rows: CREATION, shown: "Config." },
      {
        at: "HostConfig.",
        rows: { ...HOST, ...MOUNTS, ...OTHER_MOUNTS },
        shown: "HostConfig.",
      },
      {
        at: "NetworkingConfig.",
        rows: NETWORKING,
        shown: "NetworkingConfig.",
      },
    ],
    call: theSame("POST /containers/create?name=row"),
    base: creation,
    atRoot: true,
    prepare: null,
    async state({ get }) {
      const made = await get("/containers/row/json");
      // Where it was sent.
      return made === null ? null : withValue(
        made,
        ["NetworkingConfig", "EndpointsConfig"],
        at(at(made, "NetworkSettings"), "Networks"),
      );
    },
    remove: ({ drop }) => drop("DELETE /containers/row?v=1&force=1"),
  },
  {
    operation: "container.update",
    tables: [{ at: "", rows: UPDATED, shown: "HostConfig." }],
    call: theSame("POST /containers/row/update"),
    base: () => ({}),
    atRoot: false,
    async prepare({ call }) {
      await call("POST /containers/create?name=row", creation(true));
    },
    state: ({ get }) => get("/containers/row/json"),
    remove: ({ drop }) => drop("DELETE /containers/row?v=1&force=1"),
  },
  {
    operation: "container.commit",
    tables: [{ at: "", rows: COMMITTED, shown: "Config." }],
    call: theSame("POST /commit?container=still&repo=row&tag=1"),
    base: () => ({}),
    atRoot: false,
    prepare: null,
    state: ({ get }) => get("/images/row:1/json"),
    remove: ({ drop }) => drop("DELETE /images/row:1?force=1"),
  },
  {
    operation: "container.exec.create",
    tables: [{ at: "", rows: EXEC, shown: "" }],
    call: theSame("POST /containers/inside/exec"),
    base: () => ({ Cmd: ["true"] }),
    atRoot: false,
    prepare: null,
    async state(asked, answer) {
      const ids = (await execs(asked) ?? []) as readonly JsonValue[];
      const id = at(answer, "Id");
      return id === null ? ids.length : asked.get(`/exec/${id as string}/json`);
    },
    remove: nothing,
  },
  {
    operation: "network.create",
    tables: [{ at: "", rows: NETWORK, shown: "" }],
    call: theSame("POST /networks/create"),
    base: () => ({ Name: "row" }),
    atRoot: false,
    prepare: null,
    state: ({ get }) => get("/networks/row"),
    remove: ({ drop }) => drop("DELETE /networks/row"),
  },
  {
    operation: "network.connect",
    tables: [{ at: "", rows: CONNECT, shown: "" }],
    call: theSame("POST /networks/own/connect"),
    base: () => ({ Container: "row" }),
    atRoot: false,
    async prepare({ call }) {
      await call("POST /containers/create?name=row", {
        ...creation(true),
        HostConfig: { ...STRICT_HOST, NetworkMode: "second" },
      });
    },
    async state({ get }) {
      const networks = at(
        at(await get("/containers/row/json"), "NetworkSettings"),
        "Networks",
      );
      const own = at(networks, "own");
      return own === null ? null : { EndpointConfig: own };
    },
    remove: ({ drop }) => drop("DELETE /containers/row?v=1&force=1"),
  },
  {
    operation: "volume.create",
    tables: [{ at: "", rows: VOLUME, shown: "" }],
    call: theSame("POST /volumes/create"),
    base: () => ({ Name: "row" }),
    atRoot: false,
    prepare: null,
    async state({ get }) {
      const volume = await get("/volumes/row");
      // By the names that they are sent by.
      return volume === null ? null : {
        ...(volume as JsonObject),
        DriverOpts: at(volume, "Options"),
        ClusterVolumeSpec: at(at(volume, "ClusterVolume"), "Spec"),
      };
    },
    remove: ({ drop }) => drop("DELETE /volumes/row?force=1"),
  },
  {
    operation: "service.create",
    tables: SERVICES,
    call: theSame("POST /services/create"),
    base: specification,
    atRoot: false,
    prepare: null,
    state: ({ get }) => get("/services/row"),
    remove: ({ drop }) => drop("DELETE /services/row"),
  },
  {
    operation: "service.update",
    // Swarm refuses an update while it changes the service itself.
    tables: SERVICES.map((table) => ({
      ...table,
      rows: Object.fromEntries(
        Object.entries(table.rows).map(([place, row]) => [place, loosely(row)]),
      ),
    })),
    async call({ get }) {
      const version = at(await get("/services/row"), "Version");
      return `POST /services/row/update?version=${at(version, "Index")}`;
    },
    base: specification,
    atRoot: false,
    async prepare({ call }) {
      await call("POST /services/create", specification(true));
    },
    async state({ get }) {
      // The rest changes by itself.
      const service = await get("/services/row");
      return service === null ? null : { Spec: at(service, "Spec") };
    },
    remove: ({ drop }) => drop("DELETE /services/row"),
  },
  stored("secret", SECRET),
  stored("config", CONFIG_OBJECT),
];
