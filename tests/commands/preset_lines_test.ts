/** What the start and `check` say of presets that take something away. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { warningsOf } from "../../lib/commands/advice.ts";
import { hideLines } from "../../lib/commands/hide_lines.ts";
import { presetWarnings } from "../../lib/commands/preset_lines.ts";
import { allPresets, type Preset } from "../../lib/docker/presets.ts";
import { compile } from "../../lib/policy/compile.ts";
import { guardLines } from "../../lib/policy/guarded.ts";
import { runSockwarden } from "../e2e/sockwarden.ts";
import { config } from "../support/config.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import { serving } from "./support.ts";

function policyOf(clients: string) {
  return compile(grants({}), policyFile(`clients: { ${clients} }`).file);
}

const flagged = (...argv: string[]) =>
  presetWarnings(compile(config(argv).grants));

const TRAEFIK =
  "preset traefik is version 2 now and hides env, args, mounts in answers (traefik@1 does not): write traefik@2 to have it so without this line, or the other version";

Deno.test("a preset without a version says once what its newest version takes away", () => {
  assertEquals(flagged("--preset=traefik"), [TRAEFIK]);
  assertEquals(
    presetWarnings(policyOf(
      "a: { listen: 'unix:///a', preset: traefik }, b: { listen: 'unix:///b', preset: [traefik, prometheus@2] }",
    )),
    [TRAEFIK],
  );
  assertEquals(flagged("--preset=dozzle-shell"), [
    "preset dozzle-shell is version 2 now and holds requests to the guard 'standard' with targets: allow (dozzle-shell@1 does not): write dozzle-shell@2 to have it so without this line, or the other version",
  ]);
  assertEquals(flagged("--preset=sablier").length, 1);
  assertStringIncludes(
    flagged("--preset=sablier")[0]!,
    "with targets: allow (sablier@1 does not), and hides env, args, mounts in answers (sablier@1 does not)",
  );
});

Deno.test("nothing is said where the version was chosen, or where it is not in effect", () => {
  for (
    const argv of [
      ["--preset=traefik@1"],
      ["--preset=traefik@2"],
      ["--preset=watchtower"],
      ["--preset=traefik", "--hide=none"],
      ["--preset=traefik", "--hide=env"],
      ["--preset=traefik,trivy"],
      ["--preset=portainer", "--guard=none"],
      ["--preset=portainer,watchtower"],
    ]
  ) {
    assertEquals(flagged(...argv), [], argv.join(" "));
  }
});

Deno.test("the version that is named is the last one without it", () => {
  const first = allPresets().find(({ name }) => name === "traefik")!;
  const preset = [1, 2, 3, 4].reduce<Preset>(
    (before, version) => ({
      ...first,
      version,
      hide: version > 2 ? "env" : "",
      earlier: version === 1 ? [] : [...before.earlier, before],
    }),
    first,
  );
  const policy = compile({
    ...grants({}),
    allow: [{
      kind: "operations",
      text: "traefik",
      setting: "--preset",
      names: new Set(first.operations),
      preset,
    }],
  });
  const [line = ""] = presetWarnings(policy);
  assertStringIncludes(
    line,
    "version 4 now and hides env in answers (traefik@2 does not)",
  );
});

Deno.test("what is granted beside and left out is told", () => {
  const lines = flagged(
    "--preset=traefik",
    "--containers",
    "--allow=exec.inspect",
  );
  assertEquals(lines.length, 2);
  assertStringIncludes(lines[1]!, "default is not granted ");
  assertStringIncludes(lines[1]!, "container.logs (--containers)");
  assertStringIncludes(lines[1]!, "write hide: none (--hide none)");
});

Deno.test("the warnings of the start have them", () => {
  const settings = config(["--preset=traefik"]);
  assert(warningsOf(settings, compile(settings.grants)).includes(TRAEFIK));
});

Deno.test("check says which preset leaves out what another one has", () => {
  const { clients } = policyOf(
    "a: { listen: 'unix:///a', preset: [dozzle, dozzle-shell] }, b: { listen: 'unix:///b', preset: [portainer, watchtower] }, c: { listen: 'unix:///c', preset: dozzle }, d: { listen: 'unix:///d', preset: autoheal }",
  );
  assertEquals(hideLines(clients.get("a")!), [
    "nothing is hidden in answers, as preset dozzle would: preset dozzle-shell beside",
  ]);
  assertEquals(guardLines(clients.get("b")!), [
    "no guard, as preset portainer would have: preset watchtower beside",
  ]);
  assertEquals(hideLines(clients.get("c")!), [
    "hidden in answers: env, args, mounts (preset dozzle)",
    "container.logs may show it all the same (env, args, mounts)",
  ]);
  assertEquals(guardLines(clients.get("d")!), [
    "guard standard (preset autoheal); targets: allow",
    "the guard judges none of its operations",
  ]);
});

Deno.test("check and the start print it", async () => {
  const { code, stdout } = await runSockwarden(["check", "--preset=traefik"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, `Warning: ${TRAEFIK}\n`);
  assertStringIncludes(
    stdout,
    "hidden in answers: env, args, mounts (preset traefik)\n",
  );
  await serving(["--preset=traefik"], async (_child, says) => {
    await says("preset traefik is version 2 now");
  });
});
