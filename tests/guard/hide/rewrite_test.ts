import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { presetFields } from "../../../lib/guard/hide/preset_fields.ts";
import {
  answerGuard,
  HIDDEN_ERROR,
  NOT_JSON,
} from "../../../lib/guard/hide/rewrite.ts";
import { hideRows } from "../../../lib/guard/hide/rows.ts";
import {
  type Hide,
  HIDE_NOTHING,
  HIDE_WORDS,
  type HideWord,
} from "../../../lib/guard/hide/words.ts";
import { decodeLatin1, encodeLatin1 } from "../../../lib/host.ts";
import { answerOf, HIDE_ALL, only, planted, put } from "./synthetic.ts";

/** Answers of two engines (20.10 and 29.8), by operation and, after a space, a case. */
const ANSWERS: Record<string, Record<string, string>> = JSON.parse(
  await Deno.readTextFile(new URL("answers.json", import.meta.url)),
);

/** What stands in them for what each word hides. */
const SECRETS: Record<HideWord, RegExp> = {
  env: /ENVSECRET/,
  args: /ARGSECRET/,
  mounts: /MOUNTSECRET|\/var\/lib\/docker/,
  swarm: /SWARMSECRET|U1dBUk1TRUNSRVQ=|:2377/,
  addresses: /\b10\.(?:\d+\.){2}\d|127\.0\.0\.1|172\.\d|([0-9a-f]{2}:){5}/,
};

/** The JSON values of an answer as the relay finds them. */
function valuesOf(operation: string, text: string): string[] {
  switch (hideRows().get(operation)!.kind) {
    case "list":
      return JSON.parse(text).map((entry: unknown) => JSON.stringify(entry));
    case "stream":
      return text.trimEnd().split("\n");
    default:
      return [text];
  }
}

function eachAnswer(
  each: (operation: string, text: string, name: string) => void,
) {
  for (const [engine, answers] of Object.entries(ANSWERS)) {
    for (const [name, text] of Object.entries(answers)) {
      const operation = name.split(" ")[0]!;
      for (const value of valuesOf(operation, text)) {
        each(operation, value, `${engine} ${name}`);
      }
    }
  }
}

/** The text that is shown; fails where there is a problem. */
function shown(hide: Hide, operation: string, text: string): string {
  const rewritten = answerGuard(hide, operation)?.rewrite?.(text) ?? text;
  if (typeof rewritten !== "string") throw new Error(rewritten.problem);
  return rewritten;
}

/** A value without what stands at places of these words. */
function without(operation: string, text: string, words: readonly HideWord[]) {
  const answer = JSON.parse(text);
  for (const { path, words: its } of hideRows().get(operation)!.places) {
    if (its.some((word) => words.includes(word))) remove([answer], path);
  }
  if (operation === "container.top") delete answer.Processes;
  return answer;
}

// deno-lint-ignore no-explicit-any
function remove(holders: any[], [step, ...path]: readonly string[]): void {
  for (const holder of holders) {
    if (holder === null || holder === undefined) continue;
    if (step === "*" || step === "[]") remove(Object.values(holder), path);
    else if (path.length > 0) remove([holder[step!]], path);
    else delete holder[step!];
  }
}

Deno.test("engines' answers hold every kind of secret", () => {
  for (const word of HIDE_WORDS) {
    const found = new Set<string>();
    eachAnswer((operation, text) => {
      if (SECRETS[word].test(text)) found.add(operation);
    });
    assert(found.size > 2, `${word}: ${[...found]}`);
  }
});

Deno.test("of engines' answers nothing is left of what a word hides, and all else stays", () => {
  for (const word of HIDE_WORDS) {
    const hide = only(word);
    eachAnswer((operation, text, name) => {
      const rewritten = shown(hide, operation, text);
      const left = SECRETS[word].exec(rewritten);
      assertEquals(left?.[0], undefined, `${word} ${name}: ${rewritten}`);
      assertEquals(
        without(operation, rewritten, [word]),
        without(operation, text, [word]),
        `${word} ${name}`,
      );
    });
  }
});

Deno.test("of engines' answers nothing is left of all words at once", () => {
  eachAnswer((operation, text, name) => {
    const rewritten = shown(HIDE_ALL, operation, text);
    for (const word of HIDE_WORDS) {
      assertEquals(SECRETS[word].exec(rewritten)?.[0], undefined, name);
    }
  });
});

Deno.test("where nothing is hidden nothing is parsed", () => {
  for (const operation of hideRows().keys()) {
    assertEquals(answerGuard(HIDE_NOTHING, operation), null, operation);
  }
  assertEquals(answerGuard(HIDE_ALL, "no.such"), null);
  assertEquals(answerGuard(HIDE_ALL, "image.list"), null);
  assertEquals(answerGuard(only("swarm"), "container.inspect"), null);
  assertEquals(
    answerGuard({ ...HIDE_NOTHING, env: [] }, "container.inspect"),
    null,
  );
});

const SECRET = "hunter2-Sécret";

Deno.test("what is planted where a row names it is never shown, and the rest stays", () => {
  const rows = [...hideRows()].filter(([, { places }]) => places.length > 0);
  const big = '"n":12345678901234567890,"f":1.50,"e":1e5,"s":"\\u003cé\\/"';
  fc.assert(
    fc.property(
      fc.constantFrom(...rows),
      fc.subarray([...HIDE_WORDS], { minLength: 1 }),
      fc.nat(20),
      fc.constantFrom(undefined, 1),
      fc.boolean(),
      fc.boolean(),
      fc.string({ minLength: 1, maxLength: 8 }),
      ([operation, row], words, n, indent, isLatin1, isCanonical, noise) => {
        const hide: Hide = Object.assign(
          { ...HIDE_NOTHING },
          ...words.map((word) => ({ [word]: only(word)[word] })),
        );
        const hidden = row.places.filter((place) =>
          place.words.some((word) => words.includes(word))
        );
        const answer = answerOf({ ...row, places: hidden }, SECRET, n);
        put(answer, ["NoSuch", "Env"], [`KEPT=${noise}`]);
        const json = JSON.stringify(answer, null, indent);
        const start = isCanonical ? '{"n":"é",' : `{${big},`;
        const decoded = start + json.slice(1);
        const text = isLatin1
          ? decodeLatin1(new TextEncoder().encode(decoded))
          : decoded;
        const rewritten = shown(hide, operation, text);
        const read = isLatin1
          ? new TextDecoder("utf-8", { fatal: true })
            .decode(encodeLatin1(rewritten))
          : rewritten;
        assertEquals(read.includes("hunter2"), false, `${operation} ${read}`);
        assert(read.startsWith(start), read);
        assertEquals(
          without(operation, read, words),
          without(operation, decoded, words),
        );
        if (hidden.length === 0) assertEquals(rewritten, text);
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("every value of every mark is hidden at every place", () => {
  for (const [operation, { places }] of hideRows()) {
    for (const { mark, path, words } of places) {
      for (const value of planted(mark, SECRET)) {
        const answer = {};
        put(answer, path, value);
        for (const word of words) {
          const rewritten = shown(
            only(word),
            operation,
            JSON.stringify(answer),
          );
          assertEquals(rewritten.includes("hunter2"), false, rewritten);
          assertNotEquals(rewritten, JSON.stringify(answer));
        }
      }
    }
  }
});

Deno.test("a field counts in any case, as clients in Go read it", () => {
  assertEquals(
    shown(only("env"), "container.inspect", '{"config":{"ENV":["A=s"]}}'),
    '{"config":{"ENV":["A=<hidden>"]}}',
  );
});

Deno.test("labels stay under env and args", () => {
  const text = '{"Labels":{"Env":"A=s","Cmd":"s"},"Command":"s"}';
  const hide = { ...only("env"), args: true };
  assertEquals(
    shown(hide, "container.list", text),
    '{"Labels":{"Env":"A=s","Cmd":"s"},"Command":"<hidden>"}',
  );
});

Deno.test("variables are hidden by name where they have one, and all where they have none", () => {
  const hide: Hide = { ...HIDE_NOTHING, env: ["*TOKEN*"], envExcept: [] };
  assertEquals(
    shown(
      hide,
      "container.inspect",
      '{"Config":{"Env":["PATH=/bin","MY_TOKEN=s"]}}',
    ),
    '{"Config":{"Env":["PATH=/bin","MY_TOKEN=<hidden>"]}}',
  );
  assertEquals(
    shown(hide, "image.history", '{"CreatedBy":"ENV PATH=/bin"}'),
    '{"CreatedBy":"ENV <hidden>"}',
  );
  const except: Hide = { ...only("env"), envExcept: ["VIRTUAL_HOST"] };
  assertEquals(
    shown(
      except,
      "service.inspect",
      '{"PreviousSpec":{"TaskTemplate":{"ContainerSpec":{"Env":["VIRTUAL_HOST=a","B=s"]}}}}',
    ),
    '{"PreviousSpec":{"TaskTemplate":{"ContainerSpec":{"Env":["VIRTUAL_HOST=a","B=<hidden>"]}}}}',
  );
});

Deno.test("what cannot be judged is a problem and is not shown", () => {
  const hide = { ...only("env"), args: true };
  const of = (text: string, operation = "container.inspect") => {
    const rewritten = answerGuard(hide, operation)!.rewrite!(text);
    return typeof rewritten === "string" ? rewritten : rewritten.problem;
  };
  for (
    const text of [
      "",
      "s",
      "{",
      '{"Config":{"Env":["A=s"]}',
      '{"Config":{"Env":["A=s"]}}{}',
      '{"Config":{"Env":["A=s"],}}',
      '{"Config":{"Env":["A=s\\x"]}}',
      "\ufeff{}",
    ]
  ) assertEquals(of(text), NOT_JSON, text);
  for (
    const text of ['"s"', "[]", '[{"Config":{"Env":["A=s"]}}]', "1", "null"]
  ) {
    assertEquals(of(text), "is no JSON object", text);
  }
  for (
    const text of [
      '{"Config":{"Env":["A=s"],"Env":[]}}',
      '{"Config":{"Env":[]},"Config":{"Env":["A=s"]}}',
      '{"Config":{},"Conf\\u0069g":{"Env":["A=s"]}}',
    ]
  ) assert(of(text).includes("twice in one object"), text);
  for (
    const text of [
      '{"Config":"s"}',
      '{"Config":[{"Env":["A=s"]}]}',
      '{"Config":{"Env":"A=s"}}',
      '{"Config":{"Env":{"A":"s"}}}',
      '{"Config":{"Env":[["A=s"]]}}',
      '{"Config":{"Env":[1]}}',
      '{"Config":{"Cmd":{"s":1}}}',
      '{"Path":1}',
      '{"State":{"Health":{"Log":{"Output":"s"}}}}',
    ]
  ) {
    for (const one of [text, text.replace("{", '{"n" :1,')]) {
      assert(of(one).startsWith("has a value of another type at "), of(one));
    }
  }
  assert(
    of(`${'{"a": '.repeat(80)}1${"}".repeat(80)}`).includes("deeper than"),
  );
  const many = Array.from({ length: 2100 }, (_, i) => `"k${i}":1`).join();
  assert(of(`{"Config":{"Env":["A=s"]},"Labels":{${many}}}`).includes("keys"));
  assertEquals(
    of('{"Titles":["PID"],"Processes":"s"}', "container.top").startsWith(
      "has a value",
    ),
    true,
  );
});

Deno.test("what the exact walk refuses is refused in every form, and under an allowlist", () => {
  const operations = ["container.inspect", "container.list", "system.events"];
  const fields = new Map(operations.map((one) => [one, ["Id", "Actor.ID"]]));
  const nested = `${'{"a":'.repeat(65)}1${"}".repeat(65)}`;
  for (const hide of [HIDE_ALL, { ...HIDE_ALL, fields }]) {
    for (const operation of operations) {
      const of = (text: string) => {
        const shown = answerGuard(hide, operation)!.rewrite!(text);
        return typeof shown === "string" ? `shown: ${shown}` : shown.problem;
      };
      for (const space of ["", " "]) {
        const deep = of(`{"Id":"s","x":${space}${nested}}`);
        assert(deep.includes("deeper than"), deep);
        for (const half of ["\\ud800", "\\udfff", "\\uD83D", "\\uDE00"]) {
          for (const member of [`"x":"${half}"`, `"x${half}":"s"`]) {
            const lone = of(`{"Id":"s",${space}${member}}`);
            assert(lone.includes("surrogate"), lone);
          }
        }
      }
    }
  }
});

Deno.test("a text of a form that the runtime would not write is rewritten in place", () => {
  const hide: Hide = { ...HIDE_NOTHING, env: ["B"] };
  for (
    const [text, rewritten] of [
      [
        '{"Config":{"Env":[ "A=\\u002f\\u00e9" ,"B=s"]},"n":1.0}',
        '{"Config":{"Env":["A=\\u002f\\u00e9","B=<hidden>"]},"n":1.0}',
      ],
      [
        '{"Config":{"Env":["A\\u003ds","B\\u003ds=t"]}}',
        '{"Config":{"Env":["A\\u003ds","B=<hidden>"]}}',
      ],
      ['{"2":1,"1":1,"Config": null}', '{"2":1,"1":1,"Config": null}'],
      [
        '{"__proto__":{"Env":["B=s"]},"Config":{"Env":["B=s"]}}',
        '{"__proto__":{"Env":["B=s"]},"Config":{"Env":["B=<hidden>"]}}',
      ],
    ] as const
  ) assertEquals(shown(hide, "container.inspect", text), rewritten);
});

Deno.test("both ways of rewriting agree on engines' answers", () => {
  const fields = new Map(
    ["traefik", "dozzle"].flatMap((name) => [...presetFields(name)!]),
  );
  for (
    const hide of [HIDE_ALL, { ...HIDE_ALL, fields }, ...HIDE_WORDS.map(only)]
  ) {
    eachAnswer((operation, text) => {
      const compact = JSON.stringify(JSON.parse(text));
      const other = compact.replace("{", '{"n" :1,');
      if (hide.fields?.has(operation)) {
        assertEquals(
          shown(hide, operation, other),
          shown(hide, operation, compact),
        );
      } else if (operation !== "container.top") {
        assertEquals(
          shown(hide, operation, other).replace('"n" :1,', ""),
          shown(hide, operation, compact),
        );
      }
    });
  }
});

Deno.test("an answer as Go writes it is hidden as its piece-by-piece form is", () => {
  const asGo = (text: string) =>
    text.replaceAll("&", "\\u0026").replaceAll("<", "\\u003c")
      .replaceAll(">", "\\u003e");
  const text = fc.constantFrom("a && b", "<", "\\u0026", "x>y", '="\\', "é");
  fc.assert(
    fc.property(
      fc.array(text),
      fc.array(text),
      fc.dictionary(text, text),
      (env, cmd, labels) => {
        const compact = asGo(JSON.stringify({
          Args: cmd,
          Config: {
            Env: env.map((one) => `A=${one}`),
            Cmd: cmd,
            Labels: labels,
          },
        }));
        const other = compact.replace("{", '{"n" :1,');
        const hide = { ...only("env"), args: true };
        const one = shown(hide, "container.inspect", compact);
        assertEquals(
          JSON.parse(one),
          JSON.parse(
            shown(hide, "container.inspect", other).replace('"n" :1,', ""),
          ),
        );
        assert(one.includes(asGo(`"Labels":${JSON.stringify(labels)}`)));
      },
    ),
  );
});

Deno.test("null and absent fields stay", () => {
  for (
    const text of [
      "{}",
      '{"Config":null}',
      '{"Config":{"Env":null,"Cmd":null}}',
      ' { "Mounts" : [] }\n',
    ]
  ) {
    assertEquals(shown(HIDE_ALL, "container.inspect", text), text);
  }
});

Deno.test("errors that cite commands, paths or addresses are replaced", () => {
  for (const word of ["args", "mounts", "addresses"]) {
    for (const operation of ["container.start", "container.restart"]) {
      const guard = answerGuard(only(word), operation);
      assertEquals(guard, { kind: "other", rewrite: null, hidesErrors: true });
    }
  }
  assertEquals(answerGuard(only("env"), "container.start"), null);
  assertEquals(
    answerGuard(only("args"), "container.inspect")?.hidesErrors,
    false,
  );
  assertEquals(Object.keys(JSON.parse(HIDDEN_ERROR)), ["message"]);
});

Deno.test("only the fields of an allowlist are shown, and words count in them", () => {
  const fields = new Map([["container.list", [
    "Id",
    "Names",
    "Labels",
    "State",
    "Command",
    "NetworkSettings.Networks.*.IPAddress",
    "Ports",
  ]]]);
  const text =
    '{"Id":"1","Names":["/web"],"Image":"i","Command":"s","Labels":{"a.b":"c"},"State":"running","NetworkSettings":{"Networks":{"n":{"IPAddress":"10.0.0.2","Gateway":"10.0.0.1"}}},"Ports":[{"PrivatePort":80}],"Mounts":["s"]}';
  assertEquals(
    shown({ ...only("args"), fields }, "container.list", text),
    '{"Id":"1","Names":["/web"],"Command":"<hidden>","Labels":{"a.b":"c"},"State":"running","NetworkSettings":{"Networks":{"n":{"IPAddress":"10.0.0.2"}}},"Ports":[{"PrivatePort":80}]}',
  );
  const hide = { ...HIDE_NOTHING, fields };
  assertEquals(answerGuard(hide, "container.list")?.kind, "list");
  assertEquals(answerGuard(hide, "container.inspect"), null);
  for (const start of ["{", '{"n" :1,']) {
    for (const words of [HIDE_ALL, HIDE_NOTHING]) {
      const { rewrite } = answerGuard({ ...words, fields }, "container.list")!;
      assertEquals(rewrite!(`${start}"NetworkSettings":"s"}`), {
        problem: "has a value of another type at NetworkSettings",
      });
      assertEquals(rewrite!(`${start}"State":"s","A":1}`), '{"State":"s"}');
    }
  }
  // An empty allowlist, or one that cannot be read, shows nothing.
  for (const paths of [[], ["[0]"]]) {
    const none = { ...hide, fields: new Map([["container.list", paths]]) };
    assertEquals(shown(none, "container.list", text), "{}");
  }
});

Deno.test("under its allowlist Traefik still finds name, state, labels, networks and ports", () => {
  for (const engine of Object.keys(ANSWERS)) {
    const hide: Hide = {
      ...HIDE_ALL,
      addresses: false,
      fields: presetFields("traefik"),
    };
    const before = JSON.parse(ANSWERS[engine]!["container.inspect"]!);
    const after = JSON.parse(
      shown(hide, "container.inspect", ANSWERS[engine]!["container.inspect"]!),
    );
    const network = before.NetworkSettings.Networks.capnet;
    assert(/^10\.99\.0\./.test(network.IPAddress));
    assertEquals(after, {
      Id: before.Id,
      Created: before.Created,
      State: {
        Status: "running",
        Running: true,
        Health: { Status: "healthy" },
      },
      Name: "/web",
      HostConfig: { NetworkMode: "capnet" },
      Config: { Labels: { "traefik.enable": "true" } },
      NetworkSettings: {
        Ports: before.NetworkSettings.Ports,
        Networks: {
          capnet: {
            NetworkID: network.NetworkID,
            IPAddress: network.IPAddress,
            GlobalIPv6Address: "",
          },
        },
      },
    });
  }
});
