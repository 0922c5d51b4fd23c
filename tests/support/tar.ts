/**
 * Tars as bytes, also such as no writer makes.
 *
 * @module
 */

/** One entry; what is left out is usual. */
export interface Entry {
  readonly name: string;
  readonly type?: string;
  readonly content?: string | Uint8Array;
  readonly target?: string;
  readonly prefix?: string;
  /** The text of the size's field, where it is not that of the content. */
  readonly size?: string;
  readonly magic?: string;
  /** Added to the checksum. */
  readonly wrong?: number;
  /** Texts that stand at places of the header. */
  readonly fields?: Readonly<Record<number, string>>;
}

const encoder = new TextEncoder();

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? encoder.encode(content) : content;
}

/** Joins bytes. */
export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** An entry as its blocks. */
export function entryOf(entry: Entry): Uint8Array<ArrayBuffer> {
  const content = bytesOf(entry.content ?? "");
  const header = new Uint8Array(512);
  const put = (at: number, text: string) => {
    for (let i = 0; i < text.length; i++) header[at + i] = text.charCodeAt(i);
  };
  put(0, entry.name);
  put(100, "0000644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(
    124,
    entry.size ?? content.length.toString(8).padStart(11, "0") + "\0",
  );
  put(136, "00000000000\0");
  put(148, "        ");
  put(156, entry.type ?? "0");
  put(157, entry.target ?? "");
  put(257, entry.magic ?? "ustar\x0000");
  put(345, entry.prefix ?? "");
  for (const [at, text] of Object.entries(entry.fields ?? {})) {
    put(Number(at), text);
  }
  const sum = header.reduce((all, byte) => all + byte, 0) +
    (entry.wrong ?? 0);
  put(148, sum.toString(8).padStart(6, "0") + "\0 ");
  const padding = new Uint8Array((512 - content.length % 512) % 512);
  return join([header, content, padding]);
}

/** The two blocks that end a tar. */
export const TAR_END: Uint8Array<ArrayBuffer> = new Uint8Array(1024);

/** A whole tar. */
export function tarOf(...entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  return join([...entries.map(entryOf), TAR_END]);
}

/** A record of an extended header. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) {
    length = String(length).length + rest.length;
  }
  return length + rest;
}

/** The extended header of the entry that follows. */
export function pax(...records: readonly [string, string][]): Entry {
  return {
    name: "PaxHeaders/x",
    type: "x",
    content: records.map(([key, value]) => paxRecord(key, value)).join(""),
  };
}
