/**
 * `docs/troubleshooting.md`: symptoms, and every reason code, what it means and what to do.
 *
 * @module
 */

import {
  type Reason,
  type ReasonCode,
  REASONS,
} from "../../lib/observe/reasons.ts";
import { code, MADE_BY, wideTable } from "./markup.ts";

/** What a code means, and what to do about it. */
type Row = readonly [meaning: string, remedy: string];

const BUG = "Report it: this is a bug.";
const CLIENT =
  "Find out what sends this request: a Docker client does not. If one does, report it.";

/** Every code; a code without a row does not compile. */
const ROWS: Readonly<Record<ReasonCode, Row>> = {
  "request.completed": ["The client got the whole answer.", "Nothing."],
  "request.stopped": [
    "sockwarden was stopped while the request was under way.",
    "Nothing; `--stop-grace` gives requests more time, but for streams without an end (events, followed logs, stats, an attach that nothing was written to).",
  ],
  "request.internal_error": [
    "sockwarden failed. Both sides of the connection were closed.",
    BUG,
  ],
  "http.head_timeout": [
    "The request head did not arrive in time (408).",
    "Look at the client or the network; `--head-timeout` allows more time.",
  ],
  "http.head_too_large": [
    "The request head has too many bytes or fields (431).",
    "`--max-head-bytes` and `--max-headers` allow more.",
  ],
  "http.uri_too_long": [
    "The request line is too long (414).",
    "`--max-request-line` allows more.",
  ],
  "http.bad_request_line": [
    "The first line is not `METHOD target HTTP/1.1` (400).",
    CLIENT,
  ],
  "http.bad_version": [
    "The request is not HTTP/1.0 or HTTP/1.1 (505).",
    "Make the client use HTTP/1.1. HTTP/2 is not served: Docker 29 gives its whole API over it. A build that speaks gRPC to the socket itself (buildx' remote driver) takes the `docker` driver (preset `docker-build`), or a BuildKit daemon of its own.",
  ],
  "http.bad_target": [
    "The path or query can be read in two ways, such as with `//`, `/../`, `;` or a bad escape, or the target is not a path (400).",
    "Remove the `/` at the end of the client's base address. A full URL as target means that the client takes sockwarden for an HTTP proxy: unset `HTTP_PROXY`.",
  ],
  "http.bad_field": [
    "A header field is malformed: its name, its value or its line end. Or the client speaks TLS to a plain port (400).",
    "For a client that speaks TLS, remove `https://` or `DOCKER_TLS_VERIFY` there. Otherwise find out what sends this request: a Docker client does not.",
  ],
  "http.bad_host": [
    "Host is missing, given twice or malformed (400).",
    "With curl on a unix socket write `http://docker/…`.",
  ],
  "http.bad_connection": [
    "Connection names a field that belongs to the request (400).",
    CLIENT,
  ],
  "http.bad_content_length": [
    "Content-Length is given twice or is not a plain number (400).",
    "Something between the client and sockwarden rewrites requests: connect directly.",
  ],
  "http.bad_transfer_encoding": [
    "Transfer-Encoding is not `chunked`, once (501).",
    CLIENT,
  ],
  "http.bad_framing": [
    "The end of the body is ambiguous: both Content-Length and Transfer-Encoding, or the latter with HTTP/1.0 (400).",
    CLIENT,
  ],
  "http.bad_expect": [
    "Expect asks for something other than `100-continue` (417).",
    CLIENT,
  ],
  "http.duplicate_field": [
    "Content-Type, Origin or Upgrade is given twice (400).",
    "Something between the client and sockwarden rewrites requests: connect directly.",
  ],
  "http.bad_chunk": [
    "The chunked body of the request is malformed (400).",
    CLIENT,
  ],
  "http.body_too_large": [
    "A body that must be read whole is larger than 1 MiB (413).",
    "Send a smaller body. Only bodies that are judged, and those that open a tunnel, have this bound.",
  ],
  "http.body_timeout": [
    "A body that must be read whole did not arrive in time. The connection was closed.",
    "Look at the client or the network; `--head-timeout` allows more time.",
  ],
  "api.version_not_served": [
    "The path names an API version before 1.24, or one that does not exist (400).",
    "Use version 1.24 or later, or none.",
  ],
  "api.grpc_content_type": [
    "The content type is gRPC's (400).",
    "Use BuildKit through `POST /session` and `POST /grpc`.",
  ],
  "api.form_body": [
    "The body is a form, which an engine reads in place of the query (400).",
    "Send `application/json`.",
  ],
  "api.browser": [
    "The request comes from a web page (403): it has `Origin`, `Sec-Fetch-Site` or another field that browsers send.",
    "Only attaching by WebSocket can be allowed: `--allow-origin`. A library whose Origin is that of the Host needs no setting, where this is an address or a name without a dot.",
  ],
  "api.no_such_name": [
    "The request names an object by a name that none of its kind can have. sockwarden answers as the engine does (404).",
    "Nothing; programs look for a name that way.",
  ],
  "api.no_such_object": [
    "A client with a [scope](scopes.md) names an object that the engine does not have. sockwarden answers as the engine does (404).",
    "Nothing; programs look for a name that way.",
  ],
  "policy.not_granted": [
    "Nothing grants this operation to the client (403).",
    "The message says what would allow it. Is it the client that you expect? Look at `client` in the log: a container is identified by its own address on a network that sockwarden is on too, not through a published port.",
  ],
  "policy.denied": [
    "A deny rule, or a switch that is off, takes the operation away (403).",
    "The message names what to remove.",
  ],
  "policy.unknown_operation": [
    "sockwarden does not know this route (403).",
    "If it is newer than this release, allow its path: `--allow 'GET /new/route'`.",
  ],
  "policy.not_scopable": [
    "The operation is granted by a wildcard, a preset or a switch, and cannot be held to the client's [scope](scopes.md) (403).",
    "The message says what to grant in its place.",
  ],
  "policy.scope": [
    "The request would reach an object that the client's [scope](scopes.md) does not cover, or of a kind that has no scope (403).",
    "The message says how to allow it: name another object, scope the kind, or open it (`networks: any`).",
  ],
  "policy.out_of_scope": [
    "The object is outside the client's [scope](scopes.md). The client gets the 404 of an object that is not there; the log alone says that it is.",
    "If the client may know it, widen its scope.",
  ],
  "policy.hidden": [
    "The request would show what is [hidden](guards.md#what-answers-hide) from the client, or write over it (403).",
    "The message says how to send it, or how to grant it all the same.",
  ],
  "policy.guard": [
    "What is inside of the request does not keep to the client's [guard](guards.md) (403).",
    "The message names each field, and the knob that would allow it.",
  ],
  "policy.own_container": [
    "The request would change sockwarden's own container, or names it (403).",
    "If that is meant, grant it: `--allow-self OPERATION`. [How sockwarden protects itself](policy.md#sockwarden-protects-itself).",
  ],
  "policy.identity": [
    "The request would give a container what identifies another client (403).",
    "Choose another name, label or address, or give the other client its own listener. Build with BuildKit; leave `platform` out; name the image of a service with its digest.",
  ],
  "policy.unreadable_body": [
    "The request must be judged by its query or body, which cannot be read in one way only (403).",
    "The message says which part; send it as Docker's API reference has it.",
  ],
  "policy.revoked": [
    "The policy changed, and the client lost the right to a request that was under way.",
    "Nothing, if the change was meant.",
  ],
  "limit.requests": [
    "The client has as many requests under way as its [limits](policy.md#limits) allow (429, with `Retry-After`).",
    "Try again later, or raise `requests`.",
  ],
  "limit.streams": [
    "The client has as many streams and tunnels open as its [limits](policy.md#limits) allow (429, with `Retry-After`).",
    "End some: `docker logs -f`, `docker events`, `docker exec`. Or raise `streams`; `/api/v1/streams` of the [admin listener](admin.md) tells which are open.",
  ],
  "limit.rate": [
    "The client sends more requests a second than its [limits](policy.md#limits) allow (429, with `Retry-After`).",
    "Try again after that time, or raise `rate`, or `burst` for a client that sends many at once and few otherwise.",
  ],
  "identity.unknown": [
    "The client cannot be identified, since the engine or a name server did not answer (502).",
    "Look at the engine. Identify clients by `listen`, `cidr` or `certificate` to depend on it less.",
  ],
  "identity.changed": [
    "The client's address now belongs to another container. The connection was closed.",
    "Nothing: clients connect again.",
  ],
  "client.closed": [
    "The client closed the connection before its answer was complete.",
    "Nothing; this is how clients end streams.",
  ],
  "client.not_reading": [
    "The client did not read sockwarden's own answer in time. The connection was closed.",
    "Look at the client; `--head-timeout` allows more time.",
  ],
  "client.no_room": [
    "Large heads and bodies of requests that are under way take as much memory as they may, or half of it is this client's (503).",
    "Try again later; `--max-held-bytes` allows more.",
  ],
  "client.no_connection": [
    "All connections were in use, and none could be closed for this client (503).",
    "Try again later; `--max-connections` allows more.",
  ],
  "client.no_memory": [
    "Little of the memory that the program may hold was left, so this new connection was turned away (503). Those that were open go on.",
    "Try again later. `--memory-limit`, or the container's memory limit, allows more; `docker stats` shows the use.",
  ],
  "client.evicted": [
    "All connections were in use, and this client had the most. The connection was closed.",
    "`--max-connections` allows more; find out why the client holds so many.",
  ],
  "audit.full": [
    "The [audit](audit.md) could not be written, such as on a full disk, and `--audit-full=refuse` lets no request through without its line (503).",
    "Make room for the file of `--audit`; the log says why it cannot be written. `--audit-full=drop` serves on without the lines, and counts them.",
  ],
  "engine.own_unknown": [
    "The request may touch sockwarden's own container, and the engine did not say in time which one that is (502). Other requests pass.",
    "The message says what the engine did not answer. Look at the engine: `docker ps` may hang.",
  ],
  "engine.scope_unknown": [
    "The engine did not say in time whether the object is in the client's [scope](scopes.md) (502). Nothing is guessed.",
    "The message says what the engine did not answer. Look at the engine: `docker ps` may hang.",
  ],
  "engine.guard_unknown": [
    "The engine did not say in time what the client's [guard](guards.md) must know of the objects that the request names (502). Nothing is guessed.",
    "The message says what the engine did not answer. Look at the engine: `docker ps` may hang.",
  ],
  "engine.unreachable": [
    "There is no connection to the engine (502), or no descriptor is left for one (503).",
    "The message says why. Mount the socket; add its group (`group_add:`); mount the folder instead of the socket where the engine replaces it. Each request tries again.",
  ],
  "engine.closed": [
    "The engine closed the connection before or within its answer (502).",
    "Look at the engine's log. A POST is not sent again: look whether it was done.",
  ],
  "engine.bad_answer": [
    "The engine's answer is not valid HTTP/1.1, or more came than one answer (502).",
    "Look at what stands between sockwarden and the engine.",
  ],
  "engine.unreadable_answer": [
    "The engine's answer is not in the form of the API, so that it cannot be held to the client's [scope](scopes.md) (502, or the connection is cut). Nothing of it is passed on that was not read.",
    "The message says what is wrong with it. Look at the engine's version, and at what stands between sockwarden and the engine.",
  ],
};

/** The page's text, before `deno fmt`. */
export function reasonsPage(): string {
  const rows = Object.entries(REASONS) as [ReasonCode, Reason][];
  const families = [...new Set(rows.map(([name]) => name.split(".")[0]!))];
  return `# Troubleshooting

${MADE_BY}

An error says what is wrong and how to mend it. Two commands say more:

- \`sockwarden check\` prints what is granted, by which setting, and what that
  gives away.
- \`sockwarden explain POST /containers/web/restart\` says what becomes of a
  request, and why.

In a container: \`docker exec PROXY /sockwarden check\`, with the flags of its
\`command:\` after it.

## Symptoms

| what you see | what to do |
| --- | --- |
| It does not start, exit code 2 | A setting is wrong; all are listed at once. |
| It does not start, exit code 1 | A listener could not be opened, or root alone may open the engine's socket; the message says why. |
| It ends with exit code 69 | The engine was lost for longer than \`--exit-on-engine-loss\` allows: [When the engine goes](hardening.md#when-the-engine-goes). |
| The engine was restarted, and every request gets 502 | The socket is mounted as a file, which is the old one: mount its folder, or set [\`--watchdog\` and \`--exit-on-engine-loss\`](hardening.md#when-the-engine-goes). |
| A client gets 429 | Its [limits](policy.md#limits) are reached; the message names the limit and the place. |
| \`unknown setting X=…\` for a variable of another program | \`SOCKWARDEN_IGNORE=X\`. In Kubernetes, \`enableServiceLinks: false\`. |
| The docker CLI says \`client version … is too new\` | Grant \`system.ping\` to that client. |
| \`docker exec\` gets 403 with \`CONTAINERS=1 POST=1\` | Set \`EXEC=1\` too (difference 2 in [Migrating](migration.md)). |
| A client of the policy file is \`default\` | Its \`from\` does not hold: [How a client is identified](policy.md#how-a-client-is-identified). |
| \`docker logs -f\` or \`docker events\` ends | sockwarden has no timer on streams. The code below says which side ended it. |
| The container is not healthy | \`docker inspect --format '{{json .State.Health}}' PROXY\` shows the reason. [Health checks](hardening.md#health-checks). |
| It stays root | Only the lean build gives root up. Set \`user:\` and \`group_add:\`. With \`cap_drop: [ALL]\` it is root without capabilities. |
| All connections are in use | \`--max-connections\`, and the descriptor limit (\`ulimits: nofile\`, \`LimitNOFILE=\`): each client takes two. |
| A TLS client sees its connection end | \`--log-level=debug\` prints why the handshake failed. |

## Reason codes

Every request that is refused, fails or ends has one reason code in its
[log](log.md) record. A code is stable: programs may match on it, and it never
changes its meaning. A status in parentheses is what the client got.

${
    families.map((family) =>
      `### ${family}\n\n${
        wideTable(
          ["code", "level", "end", "meaning", "what to do"],
          rows.filter(([name]) => name.startsWith(`${family}.`)).map((
            [name, { level, ending }],
          ) => [code(name), level, ending, ...ROWS[name]]),
        )
      }`
    ).join("\n\n")
  }
`;
}
