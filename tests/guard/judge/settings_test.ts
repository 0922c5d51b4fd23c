import { assertEquals } from "@std/assert";
import { coversImage } from "../../../lib/guard/judge/images.ts";
import { host, judged, type OwnKnobs, refused } from "./judging.ts";

Deno.test("users, groups, restart policies and health checks are judged by their knobs", () => {
  const body = {
    Image: "app",
    User: "0:998",
    Healthcheck: { Test: ["CMD", "true"] },
    HostConfig: {
      GroupAdd: ["docker", "5"],
      RestartPolicy: { Name: "always" },
      Ulimits: [{ Name: "nofile", Hard: 1, Soft: 1 }],
      BlkioDeviceReadBps: [{ Path: "/dev/sda", Rate: 1 }],
    },
  };
  const knobs: OwnKnobs = {
    users: ["0"],
    groups: ["5"],
    restart: ["no", "on-failure"],
    healthcheck: "deny",
    ulimits: "deny",
    blkio: "deny",
  };
  assertEquals(refused(body), []);
  assertEquals(refused(body, { knobs }), [
    "users User",
    "healthcheck Healthcheck.Test",
    "groups HostConfig.GroupAdd[0]",
    "restart HostConfig.RestartPolicy.Name",
    "ulimits HostConfig.Ulimits",
    "blkio HostConfig.BlkioDeviceReadBps",
  ]);
  const none = { Image: "app", User: "0", Healthcheck: { Test: ["NONE"] } };
  assertEquals(refused(none, { knobs }), []);
});

Deno.test("a user that is left to the image is refused where users are listed", () => {
  assertEquals(refused(host({}), { knobs: { users: ["1000"] } }), [
    "users User",
  ]);
});

Deno.test("variables of the environment are forbidden by name, with or without a value", () => {
  const body = {
    Image: "app",
    Env: ["A=1", "LD_PRELOAD=/x", "DOCKER_HOST"],
    EnvMerge: ["LD_X=1"],
  };
  const knobs = { "env-forbidden": ["LD_*", "DOCKER_HOST"] };
  assertEquals(refused(body, { podman: false }), []);
  assertEquals(refused(body, { knobs, podman: false }), [
    "env-forbidden Env[1]",
    "env-forbidden Env[2]",
    "env-forbidden EnvMerge[0]",
  ]);
  assertEquals(
    judged(body, { knobs, podman: false }).refused[0]!.remedy,
    "env-forbidden: [DOCKER_HOST]",
  );
  // An image brings its own.
  assertEquals(refused(body, { knobs, inspected: true }), []);
});

Deno.test("labels are required and forbidden by key, or key and value", () => {
  const body = {
    Image: "app",
    Labels: { team: "a", "traefik.enable": "true", tier: "x" },
  };
  const knobs = {
    "labels-required": ["team", "tier=y", "owner"],
    "labels-forbidden": ["traefik.*", "tier=x", "team=b"],
  };
  assertEquals(refused(body, { knobs }), [
    'labels-forbidden Labels["traefik.enable"]',
    'labels-forbidden Labels["tier"]',
    "labels-required Labels",
    "labels-required Labels",
  ]);
  assertEquals(refused(body), []);
});

Deno.test("labels of the volumes that a creation makes are forbidden too", () => {
  const Mounts = [{
    Type: "volume",
    Target: "/x",
    VolumeOptions: { Labels: { team: "b" } },
  }];
  const knobs = { "labels-forbidden": ["team=b"] };
  const at = 'Mounts[0].VolumeOptions.Labels["team"]';
  for (
    const [body, path] of [
      [{ Image: "app", HostConfig: { Mounts } }, `HostConfig.${at}`],
      [{ Image: "app", Mounts }, at],
    ] as const
  ) {
    assertEquals(refused(body, { knobs }), [`labels-forbidden ${path}`]);
    assertEquals(refused(body), []);
  }
});

Deno.test("an entry covers an image in each spelling of its name", () => {
  const yes: [string, string][] = [
    ["app", "app"],
    ["app", "app:latest"],
    ["app", "docker.io/library/app"],
    ["docker.io/library/app", "app"],
    ["app:1.*", "app:1.2"],
    ["ghcr.io/me/*", "ghcr.io/me/app"],
    ["ghcr.io/me/*", "ghcr.io/me/app:1"],
    ["app:*", "app@sha256:ab"],
    ["app@sha256:ab", "app:1@sha256:ab"],
    ["sha256:abcd", "abcd"],
  ];
  const no: [string, string][] = [
    ["app", "app:1"],
    ["app", "application"],
    ["app", "evil.io/app"],
    ["app", "docker.io/evil.io/app"],
    ["app:1", "app@sha256:ab"],
    ["app@sha256:ab", "app@sha256:cd"],
    ["postgres:*", "postgres:5000/x"],
    ["*", "abcd"],
    ["*", ""],
    ["sha256:abcd", "abc"],
  ];
  for (const one of yes) assertEquals([one, coversImage(...one)], [one, true]);
  for (const one of no) assertEquals([one, coversImage(...one)], [one, false]);
});

Deno.test("an image that is not listed, or missing, is refused where images are listed", () => {
  const knobs = { images: ["app"] };
  assertEquals(refused({ Image: "app:latest" }, { knobs }), []);
  assertEquals(refused({ Image: "other" }, { knobs }), ["images Image"]);
  assertEquals(refused({ HostConfig: {} }, { knobs }), ["images Image"]);
  assertEquals(
    judged({ Image: "other" }, { knobs }).refused[0]!.remedy,
    "images: [other]",
  );
});

Deno.test("a variable without a value is refused in creations, unless the engine is known not to be podman", () => {
  const body = { Image: "app", Env: ["A=", "HOME", "*"] };
  const isInherited = ["env-inherited Env[1]", "env-inherited Env[2]"];
  assertEquals(refused(body), isInherited);
  assertEquals(refused(body, { podman: true }), isInherited);
  assertEquals(refused(body, { podman: false }), []);
  assertEquals(refused(body, { knobs: { "env-inherited": "allow" } }), []);
});

Deno.test("a forbidden variable is one with spaces before it too, as podman reads it", () => {
  const knobs = { "env-forbidden": ["LD_*"] };
  const of = { knobs, podman: false };
  assertEquals(refused({ Image: "app", Env: [" \tLD_X=1"] }, of), [
    "env-forbidden Env[0]",
  ]);
});

Deno.test("log options without a driver pass where they choose no place", () => {
  const logs = (config: Record<string, string>, type?: string) =>
    refused(host({ LogConfig: { Type: type ?? "", Config: config } }));
  assertEquals(logs({ "max-size": "10m", tag: "x" }), []);
  assertEquals(logs({ "syslog-address": "tcp://1" }), [
    'logging HostConfig.LogConfig.Config["syslog-address"]',
  ]);
  assertEquals(logs({ "syslog-address": "tcp://1" }, "json-file"), []);
});
