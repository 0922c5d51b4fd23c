/**
 * Builds by the classic builder of a real engine: a Dockerfile that keeps to the
 * guard is built, and of one that does not nothing is made.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Entry, tarOf } from "../support/tar.ts";
import { IMAGE, whySkipped } from "./dockerd.ts";
import { send } from "./raw.ts";
import { type ScopeRig, withScopes } from "./scope_rig.ts";

const reason = whySkipped();

const ALLOW = 'allow: ["container.*", "image.*", "system.*"]';
const OTHER = "sockwarden-other:1";

/** All images and containers, those between two steps too. */
async function made({ engine }: ScopeRig): Promise<string[]> {
  const images = await engine("images", "-aq");
  const containers = await engine("ps", "-aq");
  return [...images.split("\n"), ...containers.split("\n")].sort();
}

const file = (content: string, name = "Dockerfile"): Entry => ({
  name,
  content,
});

const GOOD = file(`FROM ${IMAGE}\nRUN echo good > /mark\n`);
const EVIL = `FROM ${OTHER}\nRUN echo evil > /mark\n`;

/** Contexts that make the engine build from the other image, or that could; what the client is told. */
const CONTEXTS: readonly (readonly [word: string, ...Entry[]])[] = [
  ["Dockerfile:1 builds from", file(EVIL)],
  ["dockerfile:1 builds from", file(EVIL, "dockerfile")],
  ["twice", GOOD, file(EVIL)],
  ["twice", GOOD, file(EVIL, "./Dockerfile")],
  [
    "below a link",
    GOOD,
    { name: "a", type: "2", target: "." },
    file(EVIL, "a/Dockerfile"),
  ],
  ["something else than a file", file(EVIL, "b"), {
    name: "Dockerfile",
    type: "2",
    target: "b",
  }],
  ["something else than a file", file(EVIL, "b"), {
    name: "Dockerfile",
    type: "1",
    target: "b",
  }],
  ["'..'", GOOD, file(EVIL, "x/../Dockerfile")],
  ["Dockerfile:3 builds from", file(`FROM ${IMAGE}\nRUN true\n${EVIL}`)],
  [
    "Dockerfile:1 builds from",
    file(`FROM ${OTHER} AS x\nFROM ${IMAGE}\nCOPY --from=x /bin /b\n`),
  ],
  [
    "Dockerfile:2 copies from",
    file(`FROM ${IMAGE}\nCOPY --from=${OTHER} /bin /b\n`),
  ],
  [
    "Dockerfile:2 builds from",
    file(`# escape=\`\nFROM \`\n${OTHER}\nRUN true\n`),
  ],
  // With that space it is a comment, and no line is joined.
  [
    "Dockerfile:4 builds from",
    file(`# escape\u00a0=\`\nFROM ${IMAGE}\nRUN true \\\`\n${EVIL}`),
  ],
  [
    "Dockerfile:1 builds from",
    file(`\ufeffFROM \\\r\n${OTHER}\r\nRUN true\r\n`),
  ],
  ["Dockerfile:2 builds from", file(`ARG X=${OTHER}\nFROM $X\nRUN true\n`)],
  ["frontend", file(`# syntax=x\nFROM ${IMAGE}\n`)],
  ["remote-context", file(`FROM ${IMAGE}\nADD http://127.0.0.1:1/x /x\n`)],
];

if (reason !== null) {
  Deno.test.ignore(`builds end to end: ${reason}`, () => {});
} else {
  Deno.test("builds end to end", async (t) => {
    const guard = (knobs: string) => [ALLOW, `guard: { ${knobs} }`];
    await withScopes({
      ci: guard(`images: ["${IMAGE}"]`),
      labels: guard("labels-forbidden: [traefik.*], env-forbidden: [LD_*]"),
      free: guard("level: standard"),
    }, async (rig) => {
      const { engine, run, folder, socketOf } = rig;
      await engine("tag", IMAGE, OTHER);
      await engine("commit", await engine("create", IMAGE, "true"), OTHER);
      const context = `${folder}/context`;
      await Deno.mkdir(context);
      const write = (name: string, text: string) =>
        Deno.writeTextFile(`${context}/${name}`, text);
      const build = (client: string, ...args: string[]) =>
        run(client, "build", "--rm=false", ...args, context);
      await write("filling", "x".repeat(3_000_000));
      await write("data", "data");

      await t.step("a Dockerfile from listed images is built", async () => {
        await write(
          "Dockerfile",
          `ARG BASE\nFROM \${BASE} AS one\nRUN echo made > /made\n\nFROM ${IMAGE}\nCOPY --from=one /made /\nCOPY data /\nCMD ["/bin/cat", "/made", "/data"]\n`,
        );
        const { code, stderr } = await build(
          ...["ci", "-t=built:1", `--build-arg=BASE=${IMAGE}`],
        );
        assertEquals(code, 0, stderr);
        const ran = await engine("run", "--rm", "built:1");
        assertEquals(ran, "made\ndata");
      });
      await t.step("a file of another name is found", async () => {
        await write("Other.file", `FROM ${IMAGE}\nLABEL a=b\n`);
        const { code, stderr } = await build(
          ...["ci", "-t=built:2", `-f=${context}/Other.file`],
        );
        assertEquals(code, 0, stderr);
      });
      await t.step(
        "one from another image is not, and nothing is made",
        async () => {
          const before = await made(rig);
          await write("Dockerfile", EVIL);
          const { code, stdout, stderr } = await build("ci", "-t=built:3");
          assert(code !== 0, stdout);
          assertStringIncludes(stderr, `builds from the image '${OTHER}'`);
          assertStringIncludes(
            stderr,
            `images: ["${OTHER}"]`.replaceAll('"', ""),
          );
          assertEquals(await made(rig), before);
        },
      );
      await t.step("a compressed context is refused as such", async () => {
        const before = await made(rig);
        const { code, stderr } = await build("ci", "--compress");
        assert(code !== 0);
        assertStringIncludes(stderr, "is compressed and cannot be read");
        assertEquals(await made(rig), before);
        // Where no knob asks what is in it, it passes.
        const free = await build("free", "--compress", "-t=built:4");
        assertEquals(free.code, 0, free.stderr);
      });
      for (const [word, ...entries] of CONTEXTS) {
        await t.step(`refused: ${JSON.stringify(entries)}`, async () => {
          const before = await made(rig);
          const { status, body } = await send(
            socketOf("ci"),
            "POST /build?rm=0",
            tarOf(file("y".repeat(100_000), "filling"), ...entries),
          );
          assertEquals(status, 403, body);
          assertStringIncludes(body, word);
          assertEquals(await made(rig), before);
        });
      }
      await t.step("labels and variables are judged", async () => {
        const before = await made(rig);
        await write(
          "Dockerfile",
          `FROM ${OTHER}\nLABEL traefik.enable=true\nENV LD_PRELOAD=/x\n`,
        );
        const { code, stderr } = await build("labels");
        assert(code !== 0);
        for (const word of ["'traefik.enable'", "'LD_PRELOAD'"]) {
          assertStringIncludes(stderr, word);
        }
        assertEquals(await made(rig), before);
        await write("Dockerfile", `FROM ${OTHER}\nLABEL a=traefik.x\n`);
        const kept = await build("labels");
        assertEquals(kept.code, 0, kept.stderr);
      });
      await t.step("changes of a commit are judged", async () => {
        const commit = async (change: string) => {
          await engine("create", "--name=source", IMAGE, "true");
          const { code, stderr } = await run(
            ...["labels", "commit", `--change=${change}`, "source", "mine:1"],
          );
          await engine("rm", "source");
          return [code === 0, stderr] as const;
        };
        assertEquals(await commit("ENV A=1"), [true, ""]);
        const [isMade, why] = await commit("LABEL traefik.enable=true");
        assert(!isMade);
        assertStringIncludes(why, "changes:1");
      });
    });
  });
}
