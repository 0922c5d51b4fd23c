/**
 * What a proxy with a few clients would answer.
 */

import type {
  Answers,
  Decision,
  OperationUse,
  PolicyClient,
  Remedy,
  SeriesAnswer,
  Stream,
} from "../../lib/admin/api.ts";

/** The moment of all samples. */
export const NOW = Date.parse("2026-01-15T10:42:07.312Z");

/** A time before {@link NOW}. */
export function before(seconds: number): string {
  return new Date(NOW - seconds * 1000).toISOString();
}

/** A decision: a request of Traefik that was allowed, but for what is given. */
export function decision(id: number, given: Partial<Decision> = {}): Decision {
  return {
    id,
    time: before(0),
    client: "traefik",
    container: "edge-traefik-1",
    remote: "172.18.0.3",
    operation: "container.list",
    method: "GET",
    path: "/v1.47/containers/json",
    status: 200,
    decision: "allowed",
    code: "request.completed",
    rule: "policy.yaml:4:9 preset traefik",
    message: "",
    remedies: [],
    no_remedy: "",
    engine_ms: 1.8,
    own_ms: 0.06,
    in: 0,
    out: 5120,
    ...given,
  };
}

/** What would allow an operation, in each of the three ways. */
export function remediesFor(operation: string, client: string): Remedy[] {
  return [
    { kind: "switch", text: "CONTAINERS=1 POST=1", where: "" },
    { kind: "flag", text: `--allow ${operation}`, where: "" },
    {
      kind: "policy",
      text: `- ${operation}`,
      where: `allow of client '${client}' (policy.yaml:12:7)`,
    },
  ];
}

/** A refusal, but for what is given. */
export function refusal(id: number, given: Partial<Decision> = {}): Decision {
  return decision(id, {
    client: "portainer",
    container: "ops-portainer-1",
    remote: "172.18.0.7",
    operation: "container.restart",
    method: "POST",
    path: "/v1.47/containers/shop-web-1/restart",
    status: 403,
    decision: "refused",
    code: "policy.not_granted",
    rule: "",
    message:
      "sockwarden: container.restart (POST /v1.47/containers/shop-web-1/restart) is not allowed; to allow it add container.restart to allow of client 'portainer' (policy.yaml:12:7)",
    remedies: remediesFor("container.restart", "portainer").slice(2),
    engine_ms: null,
    own_ms: 0.11,
    out: 318,
    request_id: "01JHM3Z7Q0T5",
    ...given,
  });
}

/** Answers to all questions. Each call makes new ones, which a test may change. */
export function sampleAnswers(): Answers {
  const decisions = sampleDecisions();
  return {
    "/api/v1/state": {
      version: "0.1.0",
      runtime: "lean",
      started: before(11 * 86_400 + 4 * 3600),
      now: before(0),
      engine: {
        address: "unix:///var/run/docker.sock",
        up: true,
        version: "Docker 29.1.2",
        api_version: "1.52",
        checked: before(1),
      },
      policy: {
        hash: "9f2c41d07be3a685",
        loaded: before(3 * 3600),
        reload: { at: before(3 * 3600), ok: true, message: "" },
        dry_run: false,
        clients: 5,
      },
      connections: { open: 23, max: 1024 },
      streams: 5,
      totals: {
        requests: 1_482_091,
        allowed: 1_479_310,
        refused: 2744,
        would_refuse: 0,
        failed: 37,
        bytes_in: 48_201_991,
        bytes_out: 9_123_441_020,
        log_lines_dropped: 0,
      },
      rates: { requests_per_second: 14.2, refused_per_second: 0.2 },
      memory: { resident_bytes: 6_710_886, held_bytes: 18_432 },
      audit: { on: true, dropped: 0 },
    },
    "/api/v1/policy": { hash: "9f2c41d07be3a685", clients: POLICY },
    "/api/v1/clients": { since: before(3 * 3600), clients: sampleClients() },
    "/api/v1/streams": { total: 5, streams: sampleStreams() },
    "/api/v1/decisions": { decisions, next: null },
    "/api/v1/unused": {
      since: before(3 * 3600),
      clients: [
        {
          name: "portainer",
          unused: [
            "container.archive.get",
            "container.export",
            "image.export",
            "network.delete",
            "volume.delete",
          ],
          policy: LEAST,
        },
        { name: "traefik", unused: [], policy: "" },
      ],
    },
    "/api/v1/series": sampleSeries(),
  };
}

const LEAST = `clients:
  portainer:
    allow:
      - container.inspect # 412 times, last 2026-01-15
      - container.list # 5,120 times, last 2026-01-15
      - container.logs # 33 times, last 2026-01-15
      - image.list # 80 times, last 2026-01-15
      - system.info # 960 times, last 2026-01-15
`;

const POLICY: readonly PolicyClient[] = [
  {
    name: "traefik",
    identity: ["from container edge-traefik-1"],
    rules: [{
      rule: "preset traefik",
      where: "policy.yaml:4:9",
      operations: ["container.list", "container.inspect", "system.events"],
      effect: "allow",
    }],
    scope: null,
    guard: null,
    hide: ["environments of containers"],
    limits: ["at most 50 requests a second"],
  },
  {
    name: "portainer",
    identity: ["from 172.18.0.7"],
    rules: [
      {
        rule: "container.*:read",
        where: "policy.yaml:12:9",
        operations: ["container.list"],
        effect: "allow",
      },
      {
        rule: "container.*:sensitive-read",
        where: "policy.yaml:13:9",
        operations: [
          "container.archive.get",
          "container.export",
          "container.inspect",
          "container.logs",
        ],
        effect: "allow",
      },
      {
        rule: "exec.*",
        where: "policy.yaml:16:9",
        operations: ["exec.start"],
        effect: "deny",
      },
    ],
    scope: ["containers of project shop"],
    guard: ["creations: strict"],
    hide: null,
    limits: null,
  },
];

type Use = readonly [
  operation: string,
  access: string,
  granted: boolean,
  used: number,
  refused: number,
];

function uses(rows: readonly Use[]): OperationUse[] {
  return rows.map(([operation, access, granted, used, refused]) => ({
    operation,
    access,
    granted,
    used,
    refused,
    last_used: used > 0 ? before(40) : null,
    last_refused: refused > 0 ? before(95) : null,
  }));
}

function sampleClients(): Answers["/api/v1/clients"]["clients"] {
  return [
    {
      name: "traefik",
      operations: uses([
        ["container.inspect", "sensitive-read", true, 8210, 0],
        ["container.list", "read", true, 40_112, 0],
        ["system.events", "sensitive-read", true, 3, 0],
        ["system.ping", "read", true, 120, 0],
        ["system.version", "read", true, 12, 0],
      ]),
    },
    {
      name: "portainer",
      operations: uses([
        ["container.archive.get", "sensitive-read", true, 0, 0],
        ["container.export", "sensitive-read", true, 0, 0],
        ["container.inspect", "sensitive-read", true, 412, 0],
        ["container.list", "read", true, 5120, 0],
        ["container.logs", "sensitive-read", true, 33, 0],
        ["container.restart", "write", false, 0, 41],
        ["exec.start", "exec", false, 0, 3],
        ["image.export", "sensitive-read", true, 0, 0],
        ["image.list", "read", true, 80, 0],
        ["network.delete", "write", true, 0, 0],
        ["network.list", "read", true, 310, 0],
        ["system.info", "read", true, 960, 0],
        ["volume.delete", "write", true, 0, 0],
        ["volume.list", "sensitive-read", true, 310, 0],
      ]),
    },
    {
      name: "ci",
      operations: uses([
        ["build.session", "exec", true, 212, 0],
        ["build.prune", "write", false, 1, 0],
        ["container.create", "write", true, 88, 12],
        ["container.delete", "write", true, 88, 0],
        ["container.start", "write", true, 88, 0],
        ["container.wait", "read", true, 88, 0],
        ["image.build", "exec", true, 64, 0],
        ["image.pull", "write", true, 51, 0],
        ["image.push", "write", true, 49, 0],
        ["volume.create", "write", false, 0, 2],
      ]),
    },
    {
      name: "dozzle",
      operations: uses([
        ["container.list", "read", true, 901, 0],
        ["container.logs", "sensitive-read", true, 77, 0],
        ["container.stats", "read", true, 61, 0],
        ["system.events", "sensitive-read", true, 1, 0],
      ]),
    },
    {
      name: "default",
      operations: uses([
        ["system.ping", "read", true, 0, 0],
        ["libpod.container.list", "read", false, 0, 6],
      ]),
    },
  ];
}

function sampleStreams(): Stream[] {
  const base = {
    remote: "172.18.0.9",
    method: "GET",
    kind: "stream",
    bytes_in: 0,
  } as const;
  const stream = (
    id: number,
    given: Omit<Stream, "id" | "started" | keyof typeof base> & Partial<Stream>,
  ): Stream => ({ id, ...base, started: before(given.age_seconds), ...given });
  return [
    stream(11, {
      client: "traefik",
      container: "edge-traefik-1",
      operation: "system.events",
      path: "/v1.47/events",
      age_seconds: 10_790,
      bytes_out: 812_331,
      bytes_per_second: 41,
    }),
    stream(12, {
      client: "dozzle",
      container: "ops-dozzle-1",
      operation: "container.logs",
      path: "/v1.47/containers/shop-web-1/logs",
      age_seconds: 3605,
      bytes_out: 94_371_840,
      bytes_per_second: 26_112,
    }),
    stream(13, {
      client: "ci",
      container: "runner-1",
      operation: "build.session",
      method: "POST",
      path: "/session",
      kind: "tunnel",
      age_seconds: 92,
      bytes_in: 310_112,
      bytes_out: 88_100,
      bytes_per_second: 5210,
    }),
    stream(14, {
      client: "ci",
      container: "runner-1",
      operation: "image.build",
      method: "POST",
      path: "/v1.47/build",
      kind: "upload",
      age_seconds: 88,
      bytes_in: 734_003_200,
      bytes_out: 21_004,
      bytes_per_second: 18_874_368,
    }),
    stream(15, {
      client: "ci",
      container: "runner-1",
      operation: "container.wait",
      method: "POST",
      path: "/v1.47/containers/9c1d4e0f/wait",
      kind: "wait",
      age_seconds: 31,
      bytes_out: 0,
      bytes_per_second: 0,
    }),
  ];
}

function sampleDecisions(): Decision[] {
  const list: Decision[] = [];
  for (let i = 0; i < 60; i++) {
    const time = before(i * 3.7 + 0.4);
    list.push({ ...SAMPLES[i % SAMPLES.length]!(5000 - i), time });
  }
  return list;
}

/** One maker for each kind of request, in the order in which they come. */
const SAMPLES: readonly ((id: number) => Decision)[] = [
  (id) => refusal(id),
  (id) => decision(id),
  (id) =>
    decision(id, {
      client: "dozzle",
      container: "ops-dozzle-1",
      remote: "172.18.0.9",
      operation: "container.stats",
      path: "/v1.47/containers/shop-web-1/stats",
      rule: "policy.yaml:31:9 preset dozzle",
      engine_ms: 2.4,
    }),
  (id) =>
    decision(id, {
      client: "ci",
      container: "runner-1",
      remote: "172.18.0.12",
      operation: "image.pull",
      method: "POST",
      path: "/v1.47/images/create",
      rule: "policy.yaml:22:9 image.pull",
      engine_ms: 1240,
      out: 48_211,
    }),
  (id) =>
    decision(id, {
      operation: "container.inspect",
      path: "/v1.47/containers/shop-api-1/json",
      engine_ms: 3.1,
      out: 8201,
    }),
  (id) =>
    refusal(id, {
      client: "ci",
      container: "runner-1",
      remote: "172.18.0.12",
      operation: "container.create",
      path: "/v1.47/containers/create",
      code: "policy.guard",
      rule: "policy.yaml:24:9 guard strict",
      message:
        "sockwarden: HostConfig.Binds[0] mounts /var/run/docker.sock of the host, which the guard refuses",
      remedies: [],
      no_remedy:
        "what would allow it was told to the client alone, as it may hold a secret, or cannot be written in whole",
    }),
  (id) =>
    decision(id, {
      client: "portainer",
      container: "ops-portainer-1",
      remote: "172.18.0.7",
      operation: "system.info",
      path: "/v1.47/info",
      rule: "policy.yaml:12:9 system.info",
      engine_ms: 6.2,
    }),
  (id) => decision(id, { engine_ms: 1.6 }),
  (id) =>
    decision(id, {
      client: "ci",
      container: "runner-1",
      remote: "172.18.0.12",
      operation: "container.start",
      method: "POST",
      path: "/v1.47/containers/9c1d4e0f/start",
      status: 502,
      decision: "failed",
      code: "engine.closed",
      rule: "policy.yaml:23:9 container.start",
      message: "sockwarden: the engine closed the connection",
      engine_ms: null,
    }),
  (id) =>
    refusal(id, {
      client: "default",
      container: "",
      remote: "172.18.0.31",
      operation: "libpod.container.list",
      method: "GET",
      path: "/v5.0.0/libpod/containers/json",
      status: 200,
      decision: "would_refuse",
      remedies: remediesFor("libpod.container.list", "default"),
    }),
];

function sampleSeries(): SeriesAnswer {
  const hour = (value: (at: number) => number) =>
    Array.from({ length: 360 }, (_, at) => value(at));
  // Waves that do not repeat within the hour look like load.
  const wave = (at: number) =>
    Math.sin(at / 17) + Math.sin(at / 5.3) / 2 + Math.sin(at * 2.1) / 3;
  const spike = (at: number) => at > 250 && at < 263 ? 260 : 0;
  return {
    step_seconds: 10,
    end: before(-3),
    requests: hour((at) => Math.round(142 + 30 * wave(at) + spike(at))),
    refused: hour((at) => at % 37 < 4 ? 2 + at % 3 : at % 11 === 0 ? 1 : 0),
    failed: hour((at) => at === 255 || at === 256 ? 4 : 0),
    engine_p50_ms: hour((at) => 1.9 + 0.3 * wave(at) + spike(at) / 300),
    engine_p99_ms: hour((at) => 21 + 9 * wave(at) + spike(at)),
    own_p99_ms: hour((at) => 0.12 + 0.02 * wave(at) + spike(at) / 2000),
  };
}
