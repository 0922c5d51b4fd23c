/**
 * Labels that a guard adds, on a real engine: whatever a client creates through
 * sockwarden has them, and nothing is made with another value.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { dockerWith, IMAGE, whySkipped } from "./dockerd.ts";
import { send } from "./raw.ts";
import { type ScopeRig, withScopes } from "./scope_rig.ts";

const reason = whySkipped();

const ALLOW =
  'allow: ["container.*", "network.*", "volume.*", "image.*", "system.*", "service.*", "secret.*", "config.*", "task.*", "node.*", "build.*"]';
/** The second one needs quotes in a Dockerfile. */
const ADDED = ["owner=ci", 'com.example.rule=Host(`a b`) $X "q" it\'s \\'];
const GUARD = `guard: { buildkit: allow, swarm: allow, labels-added: ${
  JSON.stringify(ADDED)
}, labels-forbidden: ["owner=*"] }`;
const LABELS: Readonly<Record<string, string>> = Object.fromEntries(
  ADDED.map((one) => one.split(/=([^]*)/) as [string, string]),
);

/** How each kind is created, and where its description has the labels. */
const KINDS: readonly (readonly [
  args: string,
  inspect: string,
  formats: readonly string[],
])[] = [
  [`create --name=c0 ${IMAGE} true`, "container inspect c0", [
    ".Config.Labels",
  ]],
  [`create --name=c1 --label=x=y ${IMAGE} true`, "container inspect c1", [
    ".Config.Labels",
  ]],
  // The labels of its image are another's.
  ["create --name=c2 labelled:1 true", "container inspect c2", [
    ".Config.Labels",
  ]],
  ["volume create vol", "volume inspect vol", [".Labels"]],
  ["network create net", "network inspect net", [".Labels"]],
  ["commit c2 committed:1", "image inspect committed:1", [".Config.Labels"]],
  [
    "commit --change=LABEL|x=y c2 committed:2",
    "image inspect committed:2",
    [".Config.Labels"],
  ],
  ["secret create s -", "secret inspect s", [".Spec.Labels"]],
  ["config create f -", "config inspect f", [".Spec.Labels"]],
  [
    `service create -d --name=w --replicas=0 --no-resolve-image ${IMAGE}`,
    "service inspect w",
    [".Spec.Labels", ".Spec.TaskTemplate.ContainerSpec.Labels"],
  ],
  [
    "service update -d --label-rm=owner --label-add=x=y --container-label-rm=owner --no-resolve-image w",
    "service inspect w",
    [".Spec.Labels", ".Spec.TaskTemplate.ContainerSpec.Labels"],
  ],
];

/** Creations with another value, or one that an engine could take; and what is told. */
const OTHERS: readonly (readonly [call: string, body: string, word: string])[] =
  [
    ["containers/create", '"Labels":{"owner":"me"}', "another value"],
    ["containers/create", '"labels":{"owner":"me"}', "Labels"],
    ["containers/create", '"Labels":{"owner":"ci","owner":"me"}', "twice"],
    ["containers/create", '"Labels":{},"LABELS":{"owner":"me"}', "Labels"],
    [
      "containers/create",
      '"HostConfig":{"Mounts":[{"Type":"volume","Source":"o","Target":"/o","VolumeOptions":{"Labels":{"owner":"me"}}}]}',
      "another value",
    ],
    ["volumes/create", '"Name":"o","Labels":{"owner":""}', "another value"],
    ["networks/create", '"Name":"o","Labels":{"owner":"x"}', "another value"],
    ["secrets/create", '"Name":"o","Labels":{"owner":null}', "another value"],
    ["configs/create", '"Name":"o","label\\u017f":{}', "Labels"],
    ["services/create", '"Name":"o","TaskTemplate":{}', "lacks the label"],
    ["commit?container=c0", '"Labels":{"owner":"me"}', "another value"],
    ["commit?container=c0&changes=LABEL+owner=me", "", "another value"],
    ["build?labels={%22owner%22:%22me%22}", "", "another value"],
    ["build?labels={}&labels={}", "", "twice"],
    ["build?version=2", "", "BuildKit"],
  ];

const LISTS = ["ps", "volume ls", "network ls", "images", "secret ls"];

/** All that is there, of each kind. */
async function listed({ engine }: ScopeRig): Promise<string[]> {
  const lists = [...LISTS, "config ls", "service ls"].map((list) =>
    engine(
      ...list.split(" "),
      ...["ps", "images"].includes(list) ? ["-aq"] : ["-q"],
    )
  );
  // Objects of one moment come in any order.
  return (await Promise.all(lists)).join("\n").split("\n").sort();
}

/** The keys beside the labels that are added; fails where one of these is missing. */
function othersOf(labels: Readonly<Record<string, string>>): string[] {
  for (const [key, value] of Object.entries(LABELS)) {
    assertEquals(labels[key], value, key);
  }
  return Object.keys(labels).filter((key) => !Object.hasOwn(LABELS, key));
}

if (reason !== null) {
  Deno.test.ignore(`labels that are added end to end: ${reason}`, () => {});
} else {
  Deno.test("labels that are added end to end", async (t) => {
    await withScopes({
      ci: [ALLOW, GUARD],
      shop: [
        ALLOW,
        "guard: { labels-added: [owner=ci] }",
        "containers: { label: team=shop }",
        "images: any",
        "networks: any",
        "volumes: any",
      ],
    }, async (rig) => {
      const { engine, folder, socketOf } = rig;
      await engine("swarm", "init", "--advertise-addr=127.0.0.1");
      await engine("create", "--name=seed", IMAGE, "true");
      await engine(
        "commit",
        "--change=LABEL owner=image x=y",
        "seed",
        "labelled:1",
      );
      const as = (client: string, ...args: string[]) =>
        dockerWith(`unix://${socketOf(client)}`, "content", ...args);
      const labelsOf = async (inspect: string, format: string) =>
        JSON.parse(
          await engine(...inspect.split(" "), `--format={{json ${format}}}`),
        );

      for (const [args, inspect, formats] of KINDS) {
        await t.step(`labelled: ${args}`, async () => {
          const words = args.split(" ").map((one) => one.replace("|", " "));
          const { code, stderr } = await as("ci", ...words);
          assertEquals(code, 0, stderr);
          for (const format of formats) {
            const others = othersOf(await labelsOf(inspect, format));
            const given = /x=y|labelled:1|c2/.test(args) &&
              !format.includes("Container");
            assertEquals(others, given ? ["x"] : []);
          }
        });
      }
      await t.step(
        "labelled: a build, whatever its Dockerfile says",
        async () => {
          const context = `${folder}/context`;
          await Deno.mkdir(context);
          await Deno.writeTextFile(
            `${context}/Dockerfile`,
            `FROM labelled:1\nRUN true\nLABEL y=z\n`,
          );
          const { code, stderr } = await as(
            "ci",
            "build",
            "-t=built:1",
            context,
          );
          assertEquals(code, 0, stderr);
          const labels = await labelsOf(
            "image inspect built:1",
            ".Config.Labels",
          );
          assertEquals(othersOf(labels).sort(), ["x", "y"]);
        },
      );
      await t.step("beside a scope both labels are there", async () => {
        const { code, stderr } = await as(
          ...["shop", "create", "--name=c3", "labelled:1", "true"],
        );
        assertEquals(code, 0, stderr);
        assertEquals(
          await labelsOf("container inspect c3", ".Config.Labels"),
          { owner: "ci", team: "shop", x: "y" },
        );
      });
      for (const [call, body, word] of OTHERS) {
        await t.step(
          `refused, and nothing is made: ${call} ${body}`,
          async () => {
            const before = await listed(rig);
            const isBuild = call.startsWith("build");
            const { status, body: told } = await send(
              socketOf("ci"),
              `POST /${call}`,
              isBuild ? new Uint8Array(1024) : `{${body}}`,
            );
            assertEquals(status, 403, told);
            assertStringIncludes(told, word);
            assertEquals(await listed(rig), before);
          },
        );
      }
    });
  });
}
