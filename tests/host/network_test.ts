import { assertEquals } from "@std/assert";

const NETWORK = new URL("../../lib/host/network.ts", import.meta.url).href;

/** A program of its own, since the umask is a whole process's. */
const RACE = `
import { listenUnixClosed } from ${JSON.stringify(NETWORK)};
if (self.name === "racer") {
  self.onmessage = ({ data }) => {
    for (let i = 0; i < 2000; i++) {
      listenUnixClosed(data + i).close();
    }
    self.postMessage("done");
  };
} else {
  const [folder] = Deno.args;
  Deno.umask(0o022);
  await Promise.all([1, 2, 3].map((n) =>
    new Promise((resolve) => {
      const worker = new Worker(import.meta.url, { type: "module", name: "racer" });
      worker.onmessage = resolve;
      worker.postMessage(folder + "/" + n + "-");
    })
  ));
  console.log(Deno.umask().toString(8));
  Deno.exit(0);
}
`;

Deno.test("listenUnixClosed() leaves the umask as it was, also where threads meet in it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const program = `${folder}/race.ts`;
    await Deno.writeTextFile(program, RACE);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", "-A", program, folder],
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals([text(stdout), text(stderr)], ["22\n", ""]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
