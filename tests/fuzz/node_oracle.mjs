/**
 * Reads cases as Node's parser does, in its strict mode: a line "KIND BASE64"
 * in, a line of JSON out.
 */

import http from "node:http";
import { createInterface } from "node:readline";
import { Duplex } from "node:stream";

/** Milliseconds after which a connection that it does not close is closed. */
const PATIENCE_MS = 1000;

/** A connection on which everything arrives at once, and the peer then ends its side. */
function arrived(input) {
  const conn = new Duplex({
    allowHalfOpen: true,
    read() {},
    write(_chunk, _encoding, done) {
      done();
    },
  });
  conn.setTimeout = conn.setNoDelay = conn.setKeepAlive = () => conn;
  conn.ref = conn.unref = () => conn;
  conn.push(input);
  conn.push(null);
  return conn;
}

let read = null;
const server = http.createServer(
  { insecureHTTPParser: false, requireHostHeader: true },
  (request, response) => {
    const one = {
      method: request.method,
      target: request.url,
      minor: request.httpVersionMinor,
      body: "",
      bodyError: "has not ended",
    };
    const pieces = [];
    read.requests.push(one);
    // Its parser leaves what follows to another protocol.
    if (request.headers.upgrade !== undefined) read.refused = "an upgrade";
    request.on("data", (piece) => pieces.push(piece));
    request.on("error", () => {});
    request.on("end", () => {
      one.body = Buffer.concat(pieces).toString("base64");
      one.bodyError = "";
      response.end();
    });
  },
);
server.httpAllowHalfOpen = true;
server.on("connect", (_request, conn) => {
  read.refused = "CONNECT";
  conn.destroy();
});
server.on("clientError", (error, conn) => {
  read.refused = error.code ?? String(error);
  // What was read before it is told in a later turn.
  setImmediate(() => setImmediate(() => conn.destroy()));
});

function readRequests(input) {
  read = { requests: [], refused: "" };
  const conn = arrived(input);
  return new Promise((resolve) => {
    // It does not close what is malformed behind an upgrade.
    const late = setTimeout(() => {
      read.refused = "no end";
      conn.destroy();
    }, PATIENCE_MS);
    conn.on("close", () => {
      clearTimeout(late);
      resolve(read);
    });
    server.emit("connection", conn);
  });
}

function readAnswers(input, method) {
  const list = { answers: [], error: "", rest: 0 };
  return new Promise((resolve) => {
    const conn = arrived(input);
    const done = () => resolve(list);
    const request = http.request({
      method,
      insecureHTTPParser: false,
      createConnection: () => conn,
    });
    request.on("information", ({ statusCode }) => {
      list.answers.push({ status: statusCode, body: "", bodyError: "" });
    });
    request.on("response", (response) => {
      const one = {
        status: response.statusCode,
        body: "",
        bodyError: "has not ended",
      };
      list.answers.push(one);
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("error", () => {});
      response.on("close", () => {
        one.body = Buffer.concat(pieces).toString("base64");
        if (response.complete) one.bodyError = "";
        done();
      });
    });
    request.on("upgrade", ({ statusCode }) => {
      list.answers.push({ status: statusCode, body: "", bodyError: "" });
      conn.destroy();
      done();
    });
    request.on("error", (error) => {
      list.error = error.code ?? String(error);
      if (list.answers.every(({ status }) => status < 200)) done();
    });
    request.end();
  });
}

const READERS = {
  requests: readRequests,
  answers: (input) => readAnswers(input, "GET"),
  "answers-HEAD": (input) => readAnswers(input, "HEAD"),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [kind, text] = line.split(" ");
  const result = await READERS[kind](Buffer.from(text, "base64"));
  process.stdout.write(JSON.stringify(result) + "\n");
}
