/**
 * The rows of what a container mounts; those of `Mounts` are a service's too.
 *
 * @module
 */

import { hard, judged, neutral, no, notHere, ok, type Rows } from "./row.ts";
import type { JsonObject } from "../../../lib/guard/json.ts";

const bind = (more: JsonObject = {}): JsonObject => ({
  Type: "bind",
  Source: "/etc",
  Target: "/e",
  ...more,
});
const volume = (more: JsonObject = {}): JsonObject => ({
  Type: "volume",
  Source: "data",
  Target: "/d",
  ...more,
});
const tmpfs = (more: JsonObject = {}): JsonObject => ({
  Type: "tmpfs",
  Target: "/t",
  ...more,
});
const image = (more: JsonObject = {}): JsonObject => ({
  Type: "image",
  Source: "sockwarden-test:1",
  Target: "/i",
  ...more,
});
const TRAP: JsonObject = { type: "none", o: "bind", device: "/etc" };
const made = (driver: JsonObject): JsonObject => ({
  Type: "volume",
  Target: "/d",
  VolumeOptions: { DriverConfig: driver },
});

/** `Mounts` and what is in it. */
export const MOUNTS: Rows = {
  Mounts: judged(ok([volume()]), no([bind()], "binds")),
  "Mounts.Type": judged(
    ok([tmpfs()]),
    no([bind()], "binds"),
    no([{ Type: "npipe", Source: "/x", Target: "/y" }], "binds", {
      taken: "neither",
    }),
    no([{ Type: "BIND", Source: "/etc", Target: "/y" }], "binds", {
      taken: "neither",
    }),
  ),
  "Mounts.Source": judged(
    ok([volume()]),
    no([bind({ Source: "/" })], "binds"),
    no([bind({ Source: "/var/run/docker.sock" })], "binds", {
      taken: "neither",
    }),
    no([bind({ Source: "/tmp/../etc" })], "binds"),
    no([volume({ Source: "trap" })], "volume-options"),
    no([volume({ Source: "/etc" })], "binds", { taken: "neither" }),
    hard([image({ Source: "sockwarden-other:1" })], "images", { taken: "new" }),
  ),
  "Mounts.Target": judged(
    ok([volume({ Target: "/other" })]),
    // Podman reads a further source in it.
    no([volume({ Target: "/x,source=/" })], "binds"),
  ),
  "Mounts.ReadOnly": judged(
    ok([volume({ ReadOnly: true })]),
    no([bind({ ReadOnly: true })], "binds"),
  ),
  "Mounts.Consistency": judged(
    ok([volume({ Consistency: "cached" })]),
    no([volume({ Consistency: "cached,source=/" })], "binds", {
      taken: "both",
    }),
  ),
  "Mounts.BindOptions": judged(
    no([bind({ BindOptions: { Propagation: "rprivate" } })], "binds"),
  ),
  "Mounts.BindOptions.Propagation": judged(
    no(
      [bind({ Source: "/usr", BindOptions: { Propagation: "rshared" } })],
      "propagation",
    ),
    no(
      [bind({ Source: "/usr", BindOptions: { Propagation: "slave" } })],
      "propagation",
    ),
    no(
      [bind({ Source: "/usr", BindOptions: { Propagation: "private" } })],
      "binds",
    ),
  ),
  "Mounts.BindOptions.NonRecursive": judged(
    no([bind({ BindOptions: { NonRecursive: true } })], "binds"),
  ),
  "Mounts.BindOptions.CreateMountpoint": judged(
    no(
      [
        bind({
          Source: "/tmp/sockwarden-made",
          BindOptions: { CreateMountpoint: true },
        }),
      ],
      "binds",
      { taken: "new" },
    ),
  ),
  "Mounts.BindOptions.ReadOnlyNonRecursive": judged(
    no(
      [
        bind({
          Source: "/tmp",
          ReadOnly: true,
          BindOptions: { ReadOnlyNonRecursive: true },
        }),
      ],
      "binds",
      { taken: "new" },
    ),
  ),
  "Mounts.BindOptions.ReadOnlyForceRecursive": judged(
    no(
      [
        bind({
          ReadOnly: true,
          BindOptions: {
            Propagation: "rprivate",
            ReadOnlyForceRecursive: true,
          },
        }),
      ],
      "binds",
      { taken: "new" },
    ),
  ),
  "Mounts.VolumeOptions": judged(
    ok([volume({ VolumeOptions: { NoCopy: true } })]),
    no([made({ Options: TRAP })], "volume-options"),
  ),
  "Mounts.VolumeOptions.NoCopy": neutral(
    "",
    ok([volume({ VolumeOptions: { NoCopy: true } })]),
  ),
  "Mounts.VolumeOptions.Labels": neutral(
    "labels-forbidden is empty at both levels",
    ok([volume({ VolumeOptions: { Labels: { a: "b" } } })]),
  ),
  "Mounts.VolumeOptions.Subpath": judged(
    ok([volume({ VolumeOptions: { Subpath: "x" } })], { taken: "new" }),
    no([volume({ VolumeOptions: { Subpath: "x,source=/" } })], "binds", {
      taken: "new",
    }),
  ),
  "Mounts.VolumeOptions.DriverConfig": judged(
    ok([made({ Name: "local" })]),
    no([made({ Name: "local", Options: TRAP })], "volume-options"),
  ),
  "Mounts.VolumeOptions.DriverConfig.Name": judged(
    ok([made({ Name: "local" })]),
    no([made({ Name: "other" })], "volume-drivers", { taken: "unsent" }),
  ),
  "Mounts.VolumeOptions.DriverConfig.Options": judged(
    no([made({ Options: TRAP })], "volume-options"),
    no([made({
      Options: { type: "nfs", o: "addr=127.0.0.1", device: ":/" },
    })], "volume-options"),
  ),
  "Mounts.ImageOptions": judged(
    ok([image({ ImageOptions: { Subpath: "bin" } })], { taken: "new" }),
    hard(
      [image({ Source: "sockwarden-other:1", ImageOptions: {} })],
      "images",
      { taken: "new" },
    ),
  ),
  "Mounts.ImageOptions.Subpath": judged(
    ok([image({ ImageOptions: { Subpath: "bin" } })], { taken: "new" }),
    no([image({ ImageOptions: { Subpath: "x,source=/" } })], "binds", {
      taken: "new",
    }),
  ),
  "Mounts.TmpfsOptions": judged(
    ok([tmpfs({ TmpfsOptions: { SizeBytes: 1048576 } })]),
    hard([tmpfs({ TmpfsOptions: { Options: [["exec"]] } })], "tmpfs-options", {
      taken: "new",
    }),
  ),
  "Mounts.TmpfsOptions.SizeBytes": neutral(
    "it is bounded by the container's memory",
    ok([tmpfs({ TmpfsOptions: { SizeBytes: 1048576 } })]),
  ),
  "Mounts.TmpfsOptions.Mode": neutral(
    "it acts inside of the container",
    ok([tmpfs({ TmpfsOptions: { Mode: 511 } })]),
  ),
  "Mounts.TmpfsOptions.Options": judged(
    ok([tmpfs({ TmpfsOptions: { Options: [["noexec"]] } })], { taken: "new" }),
    hard([tmpfs({ TmpfsOptions: { Options: [["exec"]] } })], "tmpfs-options", {
      taken: "new",
    }),
    hard([tmpfs({ TmpfsOptions: { Options: [["suid"]] } })], "tmpfs-options", {
      taken: "neither",
    }),
    no([tmpfs({ TmpfsOptions: { Options: [["shared"]] } })], "propagation", {
      taken: "neither",
    }),
  ),
  "Mounts.ClusterOptions": notHere(
    "no driver of cluster volumes",
    no([{
      Type: "cluster",
      Source: "c",
      Target: "/c",
      ClusterOptions: {},
    }], "swarm"),
  ),
};

/** The other fields of `HostConfig` that mount. */
export const OTHER_MOUNTS: Rows = {
  Binds: judged(
    ok(["data:/d"]),
    ok(["/anonymous"], { seen: null }),
    no(["/usr:/l"], "binds"),
    no(["/:/h"], "binds"),
    no(["/etc:/e:ro"], "binds"),
    no(["/etc/:/e"], "binds"),
    no(["//etc:/e"], "binds"),
    no(["/tmp/../etc:/e"], "binds"),
    no(["/tmp/../etc:/e"], "binds"),
    no(["/run/docker.sock:/s"], "binds"),
    no(["/usr:/l:rshared"], "propagation"),
    no(["/usr:/l:odd"], "binds", { taken: "neither" }),
    no(["trap:/e"], "volume-options"),
    no(["~/x:/e"], "binds", { taken: "neither" }),
    no(["./x:/e"], "binds", { taken: "neither" }),
    no(["C:\\x:/e"], "binds", { taken: "neither" }),
  ),
  VolumeDriver: judged(
    ok("local"),
    no("other", "volume-drivers", { taken: "unsent" }),
  ),
  VolumesFrom: judged(
    hard(["inside"], "volumes-from"),
    no(["outside"], "targets"),
    no(["outside:ro"], "targets"),
    no(["/outside"], "targets"),
  ),
  Tmpfs: judged(
    ok({ "/t": "size=1m" }),
    hard({ "/t": "exec" }, "tmpfs-options"),
    hard({ "/t": "rw,suid" }, "tmpfs-options"),
    hard({ "/t": "dev" }, "tmpfs-options"),
    no({ "/t": "rshared" }, "propagation"),
  ),
};
