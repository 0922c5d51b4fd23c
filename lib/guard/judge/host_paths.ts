/**
 * Paths of the host, and the entries of lists that allow them.
 *
 * @module
 */

import { shown } from "../json.ts";
import { type Collector, find } from "../rules.ts";
import { listOf } from "./judging.ts";

/** Where engines listen, and what they are driven by, as {@link withoutLink} writes it. */
const SOCKETS = [
  "/run/docker.sock",
  "/run/containerd/containerd.sock",
  "/run/docker/containerd/containerd.sock",
  "/run/podman/podman.sock",
  "/run/crio/crio.sock",
  "/run/buildkit/buildkitd.sock",
];
/** The same of users without root. */
const ROOTLESS =
  /^\/run\/user\/[^/]+(?:\/(?:docker\.sock|podman(?:\/podman\.sock)?|containerd-rootless(?:\/.*)?))?$/;
/** `/proc/1/root` is the host's root: no subtree's entry reaches it. */
const PROC = /^\/proc(?:\/|$)/;

/**
 * A path without empty parts, `.`, `..` and the slash at its end.
 *
 * @returns null if it is not absolute, as `./x`, `~/x` and `C:\x`.
 */
export function normalPath(path: string): string | null {
  if (!path.startsWith("/")) return null;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** What a path is to the engine's sockets. */
function socketAt(
  { rules }: Collector,
  path: string,
): "socket" | "holder" | null {
  const real = withoutLink(path);
  const sockets = [
    ...SOCKETS,
    ...(rules.sockets ?? []).map((socket) =>
      withoutLink(normalPath(socket) ?? socket)
    ),
  ];
  if (sockets.includes(real) || /\.sock$/.test(real) && ROOTLESS.test(real)) {
    return "socket";
  }
  const below = real === "/" ? "/" : `${real}/`;
  const holds = sockets.some((socket) => socket.startsWith(below)) ||
    real === "/var" || real === "/run/user" || ROOTLESS.test(real);
  return holds ? "holder" : null;
}

/** `/var/run` is a link to `/run`. */
function withoutLink(path: string): string {
  return path.replace(/^\/var\/run(?=\/|$)/, "/run");
}

/**
 * Whether an entry of a list covers a path: `/a`, `/a:ro`, `/a/**` or
 * `/a/**:ro`.
 *
 * @param exactly Whether the entry must name the path itself.
 */
export function coversPath(
  entry: string,
  path: string,
  readOnly: boolean,
  exactly: boolean,
): boolean {
  const [, text = "", below, ro] = /^(.*?)(\/\*\*)?(:ro)?$/.exec(entry) ?? [];
  if (text === "" && below === undefined) return false;
  if (ro !== undefined && !readOnly) return false;
  const base = normalPath(text === "" ? "/" : text);
  if (base === null) return false;
  if (below === undefined) return base === path;
  if (exactly) return false;
  return base === path || path.startsWith(base === "/" ? "/" : `${base}/`);
}

/**
 * A path as an entry that covers it and nothing else. No entry can name a path
 * that itself has `*` or `:` in it: its text would cover others (`/a/**`,
 * `/a:ro`), so it is told in a form that the reader of entries refuses.
 */
function entryOf(path: string): string {
  return /[*:]/.test(path) ? `${path}/` : path;
}

/**
 * Judges a path of the host.
 *
 * @param source As in the body.
 * @param verb What is done with it.
 */
export function judgeHostPath(
  collector: Collector,
  path: string,
  source: string,
  readOnly: boolean,
  verb = "mounts",
): void {
  const normal = normalPath(source);
  if (normal === null) {
    return find(
      collector,
      "binds",
      path,
      `${verb} '${
        shown(source)
      }', which is neither an absolute path nor the name of a volume`,
    );
  }
  // The kernel follows a symbolic link before `..`: that an engine takes it out first is not relied upon.
  const climbs = source.split("/").includes("..");
  const socket = socketAt(collector, normal);
  const shownPath = shown(normal);
  const what = socket === null
    ? `${verb} the host's path '${shownPath}'`
    : socket === "socket"
    ? `${verb} '${shownPath}', by which the engine is driven, which is root on the host (give it a socket or an address of sockwarden instead)`
    : `${verb} the host's path '${shownPath}', in which the engine's socket is`;
  find(
    collector,
    "binds",
    path,
    `${what}${readOnly ? ", read-only" : ""}${
      climbs ? ", by a path with '..' (give it without)" : ""
    }`,
    listOf(readOnly ? `${entryOf(normal)}:ro` : entryOf(normal)),
    (entry) =>
      !climbs &&
      coversPath(entry, normal, readOnly, socket !== null || PROC.test(normal)),
  );
}
