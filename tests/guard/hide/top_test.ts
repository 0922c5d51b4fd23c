import { assertEquals } from "@std/assert";
import { answerGuard } from "../../../lib/guard/hide/rewrite.ts";
import {
  findTopProblem,
  hideProcesses,
  judgesTop,
} from "../../../lib/guard/hide/top.ts";
import { HIDE_NOTHING } from "../../../lib/guard/hide/words.ts";
import { only } from "./synthetic.ts";

Deno.test("lists of processes are judged where commands or environments are hidden", () => {
  for (const word of ["env", "args"]) {
    assertEquals(judgesTop(only(word)), true);
    assertEquals(answerGuard(only(word), "container.top")?.kind, "top");
  }
  for (const hide of [HIDE_NOTHING, only("mounts"), only("addresses")]) {
    assertEquals(judgesTop(hide), false);
    assertEquals(answerGuard(hide, "container.top"), null);
  }
});

Deno.test("arguments are taken whose columns and titles are known", () => {
  for (
    const query of [
      "",
      "ps_args=",
      "ps_args=-ef",
      "ps_args=aux",
      "ps_args=-aux",
      "ps_args=auxww",
      "ps_args=-o+pid,user,time",
      "ps_args=-o%20pid,args",
      "ps_args=-eo+pid,user,comm",
      "ps_args=o+pid,ppid,vsz",
      "stream=false&ps_args=-ef",
      "other=1",
    ]
  ) {
    assertEquals(findTopProblem(query), null, query);
  }
  for (
    const query of [
      "ps_args=eww+-o+environ",
      "ps_args=-o+args%3DPID,pid",
      "ps_args=-o+pid%3D",
      "ps_args=-o+pid,args,user",
      "ps_args=-o+pid,cgroup",
      "ps_args=-o+%25p%25a",
      "ps_args=auxh",
      "ps_args=--no-headers",
      "ps_args=-ef+h",
      "ps_args=-ef%0a",
      "ps_args=-efww+-o+args",
      "ps_args=-C+sh",
      "ps_args=-ef&ps_args=eww",
      "PS_ARGS=eww",
      "Ps_Args=eww",
      "ps_args=%zz",
      "stream=true",
      "stream=1",
      "Stream=true",
      "stream=0&stream=1",
    ]
  ) {
    assertEquals(typeof findTopProblem(query), "string", query);
  }
});

/** What is shown of titles and processes. */
function shown(titles: unknown, processes: unknown) {
  const hidden = hideProcesses(
    JSON.stringify({ Processes: processes, Titles: titles }),
  );
  if (typeof hidden !== "string") return hidden.problem;
  const { Titles, Processes } = JSON.parse(hidden);
  return [Titles, ...Processes ?? [null]];
}

Deno.test("cells of command lines are hidden, and all after them", () => {
  assertEquals(
    shown(["UID", "PID", "TIME", "CMD"], [[
      "root",
      "1",
      "00:00:01",
      "sh -c s",
    ]]),
    [["UID", "PID", "TIME", "CMD"], ["root", "1", "00:00:01", "<hidden>"]],
  );
  assertEquals(
    shown(["PID", "COMMAND", "USER"], [["1", "sh", "-c s root", "s"]]),
    [["PID", "COMMAND", "<hidden>"], ["1", "<hidden>", "<hidden>", "<hidden>"]],
  );
  // A process stands for the titles.
  assertEquals(
    shown(["1", "PID", "sh", "s"], [["1", "2", "sh", "s"]]),
    [Array(4).fill("<hidden>"), Array(4).fill("<hidden>")],
  );
  assertEquals(
    shown(["PID", "USER"], [["1", "root"], ["2", "s x"], ["3", "a", "s"]]),
    [["PID", "USER"], ["1", "root"], ["2", "s x"], ["3", "a", "<hidden>"]],
  );
  assertEquals(shown(null, null), [null, null]);
  assertEquals(shown(["PID"], []), [["PID"]]);
});

Deno.test("a list of processes in another form is a problem", () => {
  for (
    const text of [
      '{"Titles":"s","Processes":[]}',
      '{"Titles":[1],"Processes":[]}',
      '{"Titles":["PID"],"Processes":["s"]}',
      '{"Titles":["PID"],"Processes":[[{"s":1}]]}',
      '{"Titles":["PID"],"Processes":"s"}',
      '{"Titles":["PID"],"processes":[["1","s"]]}',
      '{"Titles":["PID"],"Processes":[],"More":"s"}',
    ]
  ) {
    assertEquals(typeof hideProcesses(text), "object", text);
  }
});
