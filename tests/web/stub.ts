/**
 * The admin listener's API for tests: it answers what it is told, and sends the
 * events that it is told to.
 */

import type {
  Answers,
  DecisionsEvent,
  State,
  StreamsAnswer,
} from "../../lib/admin/api.ts";
import { pageReply } from "../../lib/admin/page.ts";
import { sampleAnswers } from "./samples.ts";

/** The events and what each holds. */
export interface Events {
  readonly decisions: DecisionsEvent;
  readonly state: State;
  readonly streams: StreamsAnswer;
}

/** A running stub. */
export interface Stub {
  readonly url: string;
  /** What it answers; a test changes it. */
  readonly answers: Answers;
  /** The token that it wants; null for none. */
  token: string | null;
  /** Whether it ends each stream at once with 503. */
  down: boolean;
  /** The paths that were asked for, with their queries. */
  readonly asked: string[];
  /** Sends an event to each reader. */
  readonly send: <K extends keyof Events>(name: K, data: Events[K]) => void;
  /** Breaks every stream. */
  readonly cut: () => void;
  readonly close: () => Promise<void>;
}

/** Starts a stub on loopback. */
export function startStub(): Stub {
  const readers = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const encoder = new TextEncoder();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    answer,
  );
  const stub: Stub = {
    url: `http://127.0.0.1:${server.addr.port}/`,
    answers: sampleAnswers(),
    token: null,
    down: false,
    asked: [],
    send(name, data) {
      const bytes = encoder.encode(
        `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`,
      );
      for (const reader of readers) reader.enqueue(bytes);
    },
    cut() {
      for (const reader of readers) reader.close();
      readers.clear();
    },
    async close() {
      this.cut();
      await server.shutdown();
    },
  };
  return stub;

  async function answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    stub.asked.push(pathname + search);
    if (pathname === "/") return await page();
    if (
      stub.token !== null &&
      request.headers.get("authorization") !== `Bearer ${stub.token}`
    ) return json({ message: "a token is wanted" }, 401);
    if (pathname === "/api/v1/events") {
      return stub.down ? json({ message: "too many readers" }, 503) : events();
    }
    return Object.hasOwn(stub.answers, pathname)
      ? json(stub.answers[pathname as keyof Answers], 200)
      : json({ message: "no such path" }, 404);
  }

  function events(): Response {
    let own: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        own = controller;
        readers.add(controller);
        for (
          const [name, data] of [
            ["state", stub.answers["/api/v1/state"]],
            ["streams", stub.answers["/api/v1/streams"]],
          ] as const
        ) {
          controller.enqueue(
            encoder.encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`),
          );
        }
      },
      cancel: () => void readers.delete(own),
    });
    return new Response(body, {
      headers: { "content-type": "text/event-stream" },
    });
  }
}

/** The page, with the fields that the admin listener gives it. */
async function page(): Promise<Response> {
  const { type, body, fields = "" } = await pageReply();
  const lines = fields.trimEnd().split("\r\n").map((line) =>
    line.split(/: (.*)/).slice(0, 2) as [string, string]
  );
  return new Response(body as Uint8Array<ArrayBuffer>, {
    headers: [["content-type", type], ...lines],
  });
}

function json(body: unknown, status: number): Response {
  return Response.json(body, { status });
}
