/**
 * Every way that is worth a try to ask for what presets grant: a search of the
 * answers shows whether one of them tells what is hidden.
 *
 * @module
 */

/** Versions of paths: none, the oldest ones, that of Debian's engine and a newer one. */
const VERSIONS = ["", "/v1.24", "/v1.30", "/v1.40", "/v1.41", "/v1.44"];

const filters = (value: unknown) =>
  `filters=${encodeURIComponent(JSON.stringify(value))}`;

/** The queries of each operation: targets after the version. `NOW` is the time. */
const QUESTIONS: Readonly<Record<string, readonly string[]>> = {
  "system.ping": ["/_ping"],
  "system.version": ["/version"],
  "system.info": ["/info"],
  "container.list": [
    "/containers/json",
    "/containers/json?all=1&size=1",
    "/containers/json?all=true&limit=-1&trunc_cmd=0",
    `/containers/json?all=1&${filters({ status: ["created", "running"] })}`,
    `/containers/json?all=1&${filters({ health: { healthy: true } })}`,
    `/containers/json?all=1&${filters({ label: ["team=shop"] })}`,
    `/containers/json?all=1&${filters({ name: ["w"], ancestor: ["planted"] })}`,
    `/containers/json?all=1&${filters({ volume: ["/data"] })}`,
    `/containers/json?all=1&${filters({ volume: ["planted"] })}`,
    "/containers/json?all=1&filters=ENVSECRE",
  ],
  "container.inspect": [
    ...["/containers/web/json", "/containers/web/json?size=1"],
    ...["/containers/late/json", "/containers/broken/json"],
    ...["/containers/whole/json", "/containers/ID/json"],
    ...["/containers/SHORT/json?size=true", "/containers/missing/json"],
  ],
  "container.stats": [
    "/containers/web/stats?stream=0",
    "/containers/web/stats?stream=false&one-shot=1",
    "/containers/SHORT/stats?stream=0&one-shot=true",
    "/containers/late/stats?stream=0&one-shot=1",
    "/containers/missing/stats?stream=0",
  ],
  "container.logs": [
    "/containers/web/logs?stdout=1&stderr=1",
    "/containers/web/logs?stdout=1&timestamps=1&tail=10",
    "/containers/SHORT/logs?stdout=1&stderr=1&since=0&until=NOW&timestamps=1",
    "/containers/web/logs?stdout=1&details=1",
    "/containers/web/logs?stdout=1&details=true&timestamps=1",
    "/containers/web/logs?stdout=1&details=yes",
    "/containers/web/logs?stdout=1&%64etails=1",
    "/containers/web/logs",
  ],
  "system.events": [
    "/events?since=0&until=NOW",
    `/events?since=0&until=NOW&${filters({ type: ["container"] })}`,
    `/events?since=0&until=NOW&${filters({ type: { container: true } })}`,
    `/events?since=0&until=NOW&${filters({ event: ["exec_create"] })}`,
    `/events?since=0&until=NOW&${
      filters({ event: ["health_status", "exec_create: echo A"] })
    }`,
    `/events?since=0&until=NOW&${filters({ type: ["image", "volume"] })}`,
  ],
};

/** What podman has under paths of its own: presets do not grant them. */
const TWINS = [
  "/libpod/_ping",
  "/libpod/version",
  "/libpod/info",
  "/libpod/events?stream=false&since=0",
  "/libpod/containers/json?all=true",
  "/libpod/containers/web/json",
  "/libpod/containers/web/logs?stdout=1",
  "/libpod/containers/web/stats?stream=false",
  "/libpod/containers/stats?stream=false",
];

/** One question. */
export interface Question {
  /** Null for what no preset grants. */
  readonly operation: string | null;
  readonly call: string;
}

/**
 * The questions about operations.
 *
 * @param id The id of the container `web`.
 * @throws For an operation without questions.
 */
export function questionsOf(
  operations: readonly string[],
  id: string,
): Question[] {
  const fill = (target: string) =>
    target.replace("ID", id).replace("SHORT", id.slice(0, 12))
      .replace("NOW", String(Math.ceil(Date.now() / 1000)));
  return [
    ...operations.flatMap((operation) => {
      const targets = QUESTIONS[operation];
      if (targets === undefined) throw new Error(`no question: ${operation}`);
      return targets.flatMap((target) =>
        VERSIONS.map((version) => ({
          operation,
          call: `GET ${version}${fill(target)}`,
        }))
      );
    }),
    ...TWINS.flatMap((target) =>
      ["", "/v4.0.0", "/v1.41"].map((version) => ({
        operation: null,
        call: `GET ${version}${target}`,
      }))
    ),
  ];
}
