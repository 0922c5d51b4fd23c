import { assertEquals } from "@std/assert";
import {
  firstLines,
  MAX_LINES,
  warnIfClosed,
} from "../../lib/commands/reload.ts";
import { serving, withFiles } from "./support.ts";

Deno.test("firstLines() keeps 50 lines, and counts those beyond", () => {
  const lines = (count: number) =>
    Array.from({ length: count }, (_, i) => `${i}`);
  assertEquals(MAX_LINES, 50);
  assertEquals(firstLines([]), []);
  assertEquals(firstLines(lines(50)), lines(50));
  assertEquals(firstLines(lines(51)), [...lines(50), "and 1 more"]);
});

Deno.test("--watch takes a file that was replaced, and keeps the policy while it is wrong", async () => {
  const text = (rule: string) => `default: { allow: [ ${rule} ] }\n`;
  await withFiles({ "policy.yaml": text("system.ping") }, async (path) => {
    const replace = async (rule: string) => {
      await Deno.writeTextFile(path("next"), text(rule));
      await Deno.rename(path("next"), path("policy.yaml"));
    };
    const config = `--config=${path("policy.yaml")}`;
    await serving([config, "--watch"], async (_child, says) => {
      await replace("system.pingg");
      await says("the previous policy stays in force");
      await says("did you mean system.ping?");
      await Deno.writeTextFile(path("policy.yaml"), "");
      await says("policy.yaml is empty, which would revoke every grant");
      await replace("system.info");
      await says("default (all others): newly allowed: system.info");
      await Deno.remove(path("policy.yaml"));
      await says("policy.yaml does not exist");
    });
  });
});

Deno.test("a grant of a file that was read again ends at its time, and the log says so before and after", async () => {
  await withFiles(
    { "policy.yaml": "default: { allow: [ system.ping ] }\n" },
    async (path) => {
      const config = path("policy.yaml");
      await serving([`--config=${config}`, "--watch"], async (_child, says) => {
        await says("policy.yaml:1:21 system.ping");
        // The file must be read before its rule ends: once more, with a later
        // end, where the machine was too slow for it.
        let until = "";
        for (let time = 4000, said = ""; !said.startsWith("newly"); time *= 2) {
          until = new Date(Date.now() + time).toISOString();
          await Deno.writeTextFile(
            config,
            `default: { allow: [ system.ping, { rule: system.info, until: ${until} } ] }\n`,
          );
          said = await says(
            `newly allowed: system.info until ${until}`,
            `ended at ${until}`,
          );
        }
        await says(
          `default: system.info (${config}:1:42) ends at ${until}, in less than a minute`,
        );
        await says(
          `default: system.info (${config}:1:42) has ended (until ${until})`,
        );
      });
    },
  );
});

Deno.test("SIGHUP takes listeners in another order, and no others", async () => {
  await withFiles({ "policy.yaml": "" }, async (path) => {
    const client = (name: string, socket = name) =>
      `  ${name}: { listen: "unix://${
        path(`${socket}.sock`)
      }", allow: [ system.ping ] }\n`;
    const write = (text: string) =>
      Deno.writeTextFile(path("policy.yaml"), `clients:\n${text}`);
    await write(client("a") + client("b"));
    await serving(
      [`--config=${path("policy.yaml")}`],
      async (_child, _says, signal) => {
        await write(client("b") + client("a"));
        await signal("SIGHUP", "is in force");
        await write(client("b") + client("a", "c"));
        await signal("SIGHUP", "listeners change with a restart only");
      },
    );
  });
});

Deno.test("SIGHUP without a policy file is logged and changes nothing", async () => {
  const code = await serving(
    ["--containers"],
    async (_child, _says, signal) => {
      await signal(
        "SIGHUP",
        "SIGHUP: nothing to read again, since no policy file is set",
      );
    },
  );
  assertEquals(code, 0);
});

Deno.test("warnIfClosed() warns of a policy file that this user cannot read, and of nothing else", () => {
  const { readTextFileSync } = Deno;
  const said = (error: Error | null) => {
    const lines: string[] = [];
    Object.assign(Deno, {
      readTextFileSync: () => {
        if (error !== null) throw error;
        return "";
      },
    });
    try {
      warnIfClosed(
        { line: (level, text) => lines.push(`${level} ${text}`) },
        "/p.yaml",
      );
    } finally {
      Object.assign(Deno, { readTextFileSync });
    }
    return lines;
  };
  assertEquals(said(new Deno.errors.PermissionDenied("x")), [
    "warning the policy file /p.yaml cannot be read again by this user, so it is never reloaded: make it readable (chmod a+r), and its folders accessible (chmod a+x)",
  ]);
  assertEquals(said(new Deno.errors.NotFound("x")), []);
  assertEquals(said(null), []);
});
