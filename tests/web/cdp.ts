/**
 * A headless Chromium, driven over its DevTools protocol.
 */

/** Where the browser may be, by the names of the packages. */
const PROGRAMS = ["chromium", "chromium-browser", "google-chrome"];
/** Milliseconds that a condition may take on a slow machine. */
const PATIENCE_MS = 20_000;

/** What an event of the protocol holds. */
// deno-lint-ignore no-explicit-any -- the protocol's own objects, read by tests only
export type Params = Record<string, any>;

/** A running browser. */
export interface Browser {
  /** Opens a tab with nothing in it. */
  readonly open: (look?: Look) => Promise<Tab>;
  readonly close: () => Promise<void>;
}

/** How a tab looks at the page. */
export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  readonly reducedMotion?: boolean;
}

/** One tab. */
export interface Tab {
  readonly send: (method: string, params?: Params) => Promise<Params>;
  /** Calls back for each event of that name. */
  readonly on: (method: string, hear: (params: Params) => void) => void;
  readonly go: (url: string) => Promise<void>;
  /** The value of an expression; a promise is waited for. */
  readonly value: <T>(expression: string) => Promise<T>;
  /** Waits until an expression is true; it is looked at in each frame. */
  readonly until: (expression: string) => Promise<void>;
  /** Presses a key, such as `Tab` or `Enter`. */
  readonly press: (key: string, modifiers?: number) => Promise<void>;
  /** Clicks the middle of what a selector finds. */
  readonly click: (selector: string) => Promise<void>;
  readonly type: (text: string) => Promise<void>;
  /** What the page did wrong: exceptions, errors on the console, violations of the CSP. */
  readonly wrongs: string[];
  readonly close: () => Promise<void>;
}

/** The path of the browser; null where there is none. */
export function findBrowser(): string | null {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    for (const name of PROGRAMS) {
      const path = `${folder}/${name}`;
      try {
        if (Deno.statSync(path).isFile) return path;
      } catch {
        // Not there.
      }
    }
  }
  return null;
}

/** Starts a browser with a profile of its own. */
export async function startBrowser(): Promise<Browser> {
  const profile = await Deno.makeTempDir({ prefix: "sockwarden-web-" });
  // Tests beside this one open sockets with a umask of 0777, which is the whole
  // process's, and stays where two of them meet; a browser does not start with it.
  const child = new Deno.Command("/bin/sh", {
    args: [
      ...["-c", 'umask 022; exec "$0" "$@"', findBrowser()!],
      "--headless=new",
      // Tests run as root, where its sandbox does not start.
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
      "--disable-component-update",
      "--no-first-run",
      "--hide-scrollbars",
      "--force-color-profile=srgb",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "about:blank",
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const socket = await connect(await addressOf(child.stderr));
  return {
    open: (look = {}) => openTab(socket, look),
    async close() {
      await socket.send("Browser.close").catch(() => {});
      socket.close();
      await child.status;
      await Deno.remove(profile, { recursive: true }).catch(() => {});
    },
  };
}

/** Reads where the browser listens; the rest of what it says is thrown away. */
async function addressOf(stderr: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  const reader = stderr.getReader();
  let said = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the browser did not start: ${said}`);
    said += decoder.decode(value, { stream: true });
    const [, url] = /DevTools listening on (ws:\S+)\n/.exec(said) ?? [];
    if (url === undefined) continue;
    void (async () => {
      while (!(await reader.read()).done);
    })();
    return url;
  }
}

/** A connection: commands and events, each of a session or of the browser. */
interface Socket {
  readonly send: (
    method: string,
    params?: Params,
    session?: string,
  ) => Promise<Params>;
  readonly listeners: Set<
    (method: string, params: Params, session: string | undefined) => void
  >;
  readonly close: () => void;
}

async function connect(url: string): Promise<Socket> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const waiting = new Map<
    number,
    { resolve: (result: Params) => void; reject: (error: Error) => void }
  >();
  const listeners: Socket["listeners"] = new Set();
  let last = 0;
  socket.onmessage = ({ data }) => {
    const { id, result, error, method, params, sessionId } = JSON.parse(data);
    const call = waiting.get(id);
    waiting.delete(id);
    if (method !== undefined) {
      for (const hear of listeners) hear(method, params, sessionId);
    } else if (error) call?.reject(new Error(error.message));
    else call?.resolve(result);
  };
  socket.onclose = () => {
    for (const { reject } of waiting.values()) reject(new Error("closed"));
    waiting.clear();
  };
  return {
    listeners,
    close: () => socket.close(),
    send(method, params = {}, sessionId) {
      const id = ++last;
      socket.send(JSON.stringify({ id, method, params, sessionId }));
      return new Promise((resolve, reject) =>
        waiting.set(id, { resolve, reject })
      );
    },
  };
}

async function openTab(socket: Socket, look: Look): Promise<Tab> {
  const { targetId } = await socket.send("Target.createTarget", {
    url: "about:blank",
  });
  const { sessionId } = await socket.send("Target.attachToTarget", {
    targetId,
    flatten: true,
  });
  const send: Tab["send"] = (method, params) =>
    socket.send(method, params, sessionId);
  const on: Tab["on"] = (name, hear) => {
    socket.listeners.add((method, params, session) => {
      if (method === name && session === sessionId) hear(params);
    });
  };
  const tab: Tab = {
    send,
    on,
    wrongs: [],
    async go(url) {
      const loaded = new Promise((resolve) =>
        on("Page.loadEventFired", resolve)
      );
      await send("Page.navigate", { url });
      await loaded;
    },
    value: (expression) => valueOf(send, expression),
    until: (expression) => untilTrue(send, expression),
    press: (key, modifiers = 0) => pressKey(send, key, modifiers),
    click: (selector) => clickAt(send, selector),
    type: async (text) => void await send("Input.insertText", { text }),
    close: async () =>
      void await socket.send("Target.closeTarget", { targetId }),
  };
  gatherWrongs(tab);
  await prepare(send, look);
  return tab;
}

async function prepare(send: Tab["send"], look: Look): Promise<void> {
  const { width = 1280, height = 860, dark = false } = look;
  for (const domain of ["Page", "Runtime", "Log", "Audits"]) {
    await send(`${domain}.enable`);
  }
  await send("Emulation.setDeviceMetricsOverride", {
    width,
    height,
    deviceScaleFactor: 1,
    mobile: width < 500,
  });
  await send("Emulation.setEmulatedMedia", {
    features: [
      { name: "prefers-color-scheme", value: dark ? "dark" : "light" },
      {
        name: "prefers-reduced-motion",
        value: look.reducedMotion ? "reduce" : "no-preference",
      },
    ],
  });
  // A tab that is not in front counts as one without focus.
  await send("Emulation.setFocusEmulationEnabled", { enabled: true });
  await send("Emulation.setTimezoneOverride", { timezoneId: "UTC" });
}

function gatherWrongs({ on, wrongs }: Tab): void {
  on("Runtime.exceptionThrown", ({ exceptionDetails }) => {
    const { text, exception } = exceptionDetails;
    wrongs.push(exception?.description ?? text);
  });
  on("Log.entryAdded", ({ entry }) => {
    // A refused or broken connection is what a test asked for.
    if (entry.level === "error" && entry.source !== "network") {
      wrongs.push(entry.text);
    }
  });
  on("Audits.issueAdded", ({ issue }) => {
    if (issue.code === "ContentSecurityPolicyIssue") {
      wrongs.push(JSON.stringify(issue.details));
    }
  });
}

async function valueOf<T>(send: Tab["send"], expression: string): Promise<T> {
  const { result, exceptionDetails } = await send("Runtime.evaluate", {
    expression,
    awaitPromise: true,
    returnByValue: true,
    userGesture: true,
  });
  if (exceptionDetails) {
    throw new Error(
      exceptionDetails.exception?.description ?? exceptionDetails.text,
    );
  }
  return result.value as T;
}

async function untilTrue(
  send: Tab["send"],
  expression: string,
): Promise<void> {
  const held = await valueOf<boolean>(
    send,
    `new Promise((resolve) => {
      const end = performance.now() + ${PATIENCE_MS};
      const look = () => {
        let held = false;
        try { held = Boolean(${expression}); } catch { /* not there yet */ }
        if (held) resolve(true);
        else if (performance.now() > end) resolve(false);
        else requestAnimationFrame(look);
      };
      look();
    })`,
  );
  if (!held) throw new Error(`never true: ${expression}`);
}

async function pressKey(
  send: Tab["send"],
  key: string,
  modifiers: number,
): Promise<void> {
  const codes: Readonly<Record<string, number>> = {
    Tab: 9,
    Enter: 13,
    Escape: 27,
    " ": 32,
    End: 35,
    Home: 36,
    ArrowLeft: 37,
    ArrowUp: 38,
    ArrowRight: 39,
    ArrowDown: 40,
  };
  const text = key === "Enter" ? "\r" : key === " " ? " " : undefined;
  const event = {
    key,
    code: key === " " ? "Space" : key,
    windowsVirtualKeyCode: codes[key],
    modifiers,
  };
  await send("Input.dispatchKeyEvent", { type: "keyDown", text, ...event });
  await send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
}

async function clickAt(send: Tab["send"], selector: string): Promise<void> {
  const [x, y] = await valueOf<[number, number]>(
    send,
    `(() => {
      const found = document.querySelector(${JSON.stringify(selector)});
      if (found === null) throw new Error("nothing to click: " + ${
      JSON.stringify(selector)
    });
      found.scrollIntoView({ block: "nearest" });
      const { left, top, width, height } = found.getBoundingClientRect();
      return [left + width / 2, top + height / 2];
    })()`,
  );
  const at = { x, y, button: "left", clickCount: 1 };
  await send("Input.dispatchMouseEvent", { type: "mousePressed", ...at });
  await send("Input.dispatchMouseEvent", { type: "mouseReleased", ...at });
}
