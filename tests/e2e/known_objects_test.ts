/** What is known of a real engine's objects, while they come, are renamed and go. */

import { assertEquals } from "@std/assert";
import { inspectContainer } from "../../lib/identity/engine_queries.ts";
import { createObjectIndex } from "../../lib/identity/object_index.ts";
import { createObjectQueries } from "../../lib/identity/object_queries.ts";
import { compile } from "../../lib/policy/compile.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import { eventually } from "../support/proxy.ts";
import { IMAGE, startDockerd, whySkipped } from "./dockerd.ts";

const reason = whySkipped();

const POLICY = `default:
  allow: [container.list]
  containers: { label: team=shop }
  networks: { label: team=shop }
  volumes: { label: team=shop }
`;

if (reason !== null) {
  Deno.test.ignore(`objects are known end to end: ${reason}`, () => {});
} else {
  Deno.test("objects are known end to end", async () => {
    const dockerd = await startDockerd();
    const engine = { kind: "unix", path: dockerd.socket } as const;
    const changes: string[] = [];
    const index = createObjectIndex({
      engine,
      objects: createObjectQueries(engine, {
        container: (reference) => inspectContainer(engine, reference),
      }),
      tell: () => {},
    });
    index.changed((kind, id) => changes.push(`${kind} ${id}`));
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await dockerd.docker(...args);
      assertEquals(code, 0, stderr);
      return stdout.trim();
    };
    const make = (name: string) =>
      run("create", `--name=${name}`, "--label=team=shop", IMAGE, "true");
    const labels = new Map([["team", "shop"]]);
    try {
      const first = await make("first");
      await run("volume", "create", "--label=team=shop", "data");
      index.watch(compile(grants({}), policyFile(POLICY).file));
      await eventually(
        "the list",
        () => index.known("containers", first) !== null,
      );
      assertEquals(index.known("containers", first), {
        id: first,
        name: "first",
        labels,
      });
      assertEquals(index.known("volumes", "data")?.labels, labels);

      const second = await make("second");
      await eventually(
        "a creation",
        () => index.known("containers", second)?.name === "second",
      );
      assertEquals(index.known("containers", second)!.labels, labels);
      await run("rename", "second", "third");
      await eventually(
        "a rename",
        () => index.known("containers", second)?.name === "third",
      );
      await run("rm", second);
      await eventually(
        "its end",
        () =>
          changes.filter((one) => one === `containers ${second}`).length === 2,
      );
      assertEquals(index.known("containers", second)!.name, "third");

      const network = await run(
        ...["network", "create", "--subnet=10.231.7.0/24"],
        ...["--label=team=shop", "net"],
      );
      await eventually(
        "a network",
        () => index.known("networks", network) !== null,
      );
      assertEquals(index.known("networks", network), {
        id: network,
        name: "net",
        labels,
      });
      await run("network", "rm", "net");
      await run("volume", "rm", "data");
      await eventually(
        "their ends",
        () =>
          changes.includes(`networks ${network}`) &&
          changes.includes("volumes data"),
      );
      assertEquals(index.known("networks", network)!.name, "net");
      // Of the same name, and not what it was.
      await run("volume", "create", "--label=team=bank", "data");
      await eventually(
        "another volume",
        () => index.known("volumes", "data")?.labels.get("team") === "bank",
      );
    } finally {
      index.stop();
      await dockerd.stop();
    }
  });
}
