import { assertEquals, assertStringIncludes } from "@std/assert";
import type { JsonValue } from "../../../lib/guard/json.ts";
import {
  coversPath,
  judgeHostPath,
  normalPath,
} from "../../../lib/guard/judge/host_paths.ts";
import { judgeMount } from "../../../lib/guard/judge/mounts.ts";
import {
  type Case,
  collectorOf,
  factsOf,
  host,
  judged,
  refused,
  rulesOf,
} from "./judging.ts";

const binds = (source: string, entries: readonly string[], options = "") =>
  refused(host({ Binds: [`${source}:/x${options}`] }), {
    knobs: { binds: entries },
  }).length === 0;

Deno.test("normalPath() drops empty parts, dots and the slash at the end", () => {
  assertEquals(
    ["/", "//a///b/", "/a/./b/../c/.", "/../..", "a", "./a", "~/a", "C:\\a"]
      .map(normalPath),
    ["/", "/a/b", "/a/c", "/", null, null, null, null],
  );
});

Deno.test("an entry of binds covers that path, read-only or below it, as it says", () => {
  const covers = (entry: string, path: string, readOnly = false) =>
    coversPath(entry, path, readOnly, false);
  assertEquals(covers("/srv/data", "/srv/data"), true);
  assertEquals(covers("/srv/data/", "/srv/data"), true);
  assertEquals(covers("/srv/data", "/srv/data/x"), false);
  assertEquals(covers("/srv/data", "/srv"), false);
  assertEquals(covers("/srv/data:ro", "/srv/data"), false);
  assertEquals(covers("/srv/data:ro", "/srv/data", true), true);
  assertEquals(covers("/srv/**", "/srv/data/x"), true);
  assertEquals(covers("/srv/**", "/srv"), true);
  assertEquals(covers("/srv/**", "/srvx"), false);
  assertEquals(covers("/srv/**:ro", "/srv/x"), false);
  assertEquals(covers("/srv/**:ro", "/srv/x", true), true);
  assertEquals(covers("/**", "/etc"), true);
  assertEquals(covers("", "/"), false);
  assertEquals(covers(":ro", "/", true), false);
});

Deno.test("a bind counts as read-only by its options alone", () => {
  assertEquals(binds("/a", ["/a:ro"], ":ro,Z"), true);
  assertEquals(binds("/a", ["/a:ro"], ":Z"), false);
  assertEquals(binds("/a", ["/a:ro"], ":ro,rw"), false);
  const mount = (config: JsonValue) =>
    refused(
      host({ Mounts: [{ Type: "bind", Source: "/a", ...config as object }] }),
      { knobs: { binds: ["/a:ro"] } },
    ).length === 0;
  assertEquals(mount({ ReadOnly: true }), true);
  assertEquals(mount({}), false);
  assertEquals(
    mount({ ReadOnly: true, BindOptions: { ReadOnlyNonRecursive: true } }),
    false,
  );
});

Deno.test("a path that leaves a listed folder is not covered", () => {
  assertEquals(binds("/srv/../etc", ["/srv/**"]), false);
  // A symbolic link may stand before it.
  assertEquals(binds("/srv/a/../b", ["/srv/**"]), false);
});

for (
  const path of [
    "/",
    "/run",
    "/var",
    "/var/run",
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run//docker.sock/",
    "/run/containerd",
    "/run/containerd/containerd.sock",
    "/run/podman/podman.sock",
    "/run/user",
    "/run/user/1000",
    "/run/user/1000/docker.sock",
    "/var/run/user/1000/podman/podman.sock",
    "/proc",
    "/proc/1/root/run/docker.sock",
  ]
) {
  Deno.test(`'${path}' leads to the engine: only an entry that names it allows it`, () => {
    assertEquals(
      binds(path, ["/**", "/run/**", "/var/run/**", "/var/**"]),
      false,
    );
    assertEquals(binds(path, [path]), true);
  });
}

Deno.test("the sockets of the configuration count as the engine's", () => {
  const rules = {
    ...rulesOf({ knobs: { binds: ["/srv/**"] } }),
    sockets: ["/srv/engine//api.sock"],
  };
  const found = (source: string) => {
    const collector = { rules, refused: [], warned: [] };
    judgeHostPath(collector, "B", source, false);
    return collector.refused.length;
  };
  assertEquals(
    ["/srv/engine/api.sock", "/srv/engine", "/srv", "/srv/data"].map(found),
    [1, 1, 1, 0],
  );
});

Deno.test("other paths below are covered by a subtree, /var/lib among them", () => {
  assertEquals(binds("/var/lib/app", ["/var/**"]), true);
  assertEquals(binds("/run/app", ["/run/**"]), true);
});

Deno.test("the message of the engine's socket says what it is", () => {
  const [finding] =
    judged(host({ Binds: ["/var/run/docker.sock:/s:ro"] })).refused;
  assertStringIncludes(finding!.what, "root on the host");
  assertEquals(finding!.remedy, "binds: [/var/run/docker.sock:ro]");
});

const NAMED = host({
  Binds: ["data:/d"],
  Mounts: [{ Type: "volume", Source: "more", Target: "/m" }],
});

Deno.test("volumes are judged by their names", () => {
  const of = (volumes: readonly string[]): Case => ({ knobs: { volumes } });
  assertEquals(refused(NAMED), []);
  assertEquals(refused(NAMED, of(["data"])), [
    "volumes HostConfig.Mounts[0].Source",
  ]);
  assertEquals(refused(NAMED, of(["data", "m*"])), []);
});

Deno.test("a volume that is there is judged as if it were made here", () => {
  const volumes = {
    data: { Driver: "local", Options: { type: "none", device: "/" } },
    more: { Driver: "nfs", Options: null },
  };
  assertEquals(refused(NAMED, { volumes }), [
    "volume-options HostConfig.Binds[0]",
    "volume-drivers HostConfig.Mounts[0].Source",
  ]);
  const knobs = { "volume-options": "allow", "volume-drivers": "allow" };
  assertEquals(refused(NAMED, { volumes, knobs }), []);
});

Deno.test("podman's Volumes `NAME:/path` and `/host:/path` are mounts; `/path` is none", () => {
  const body = { Image: "app", Volumes: { "/etc:/x": {}, "/data": {} } };
  assertEquals(refused(body), ['binds Volumes["/etc:/x"]']);
});

Deno.test("options of memory file systems are refused by strict", () => {
  const body = host({
    NetworkMode: "front",
    Tmpfs: { "/a": "size=1m,Exec", "/b": "noexec" },
    Mounts: [{
      Type: "tmpfs",
      TmpfsOptions: { Options: [["suid"], ["uid", "1"]] },
    }],
  });
  const of = (level: "standard" | "strict") =>
    refused(body, { level }).filter((one) => one.startsWith("tmpfs"));
  assertEquals(of("standard"), []);
  assertEquals(of("strict"), [
    'tmpfs-options HostConfig.Tmpfs["/a"]',
    "tmpfs-options HostConfig.Mounts[0].TmpfsOptions.Options[0]",
  ]);
});

Deno.test("judgeMount() judges a mount of an image by the list of images", () => {
  const mount = { Type: "image", Source: "busybox" };
  const found = (images: readonly string[]) => {
    const collector = collectorOf({ knobs: { images } });
    judgeMount(collector, "M[0]", mount, factsOf());
    return collector.refused.map(({ knob, path }) => `${knob} ${path}`);
  };
  assertEquals(found(["app"]), ["images M[0].Source"]);
  assertEquals(found(["busybox"]), []);
});
