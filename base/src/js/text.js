// TextEncoder, TextDecoder (UTF-8, and the standard's latin1, which is
// windows-1252), and the byte-exact latin1 of the base's own global.
"use strict";
(() => {
  const {
    op_base_decode_latin1,
    op_base_decode_utf8,
    op_base_encode_latin1,
    op_base_utf8_tail,
  } = Deno.core.ops;
  const encode = Deno.core.encode;

  const LABELS = new Map([
    ["utf-8", "utf-8"],
    ["utf8", "utf-8"],
    ["unicode-1-1-utf-8", "utf-8"],
    ["latin1", "windows-1252"],
    ["iso-8859-1", "windows-1252"],
    ["ascii", "windows-1252"],
    ["us-ascii", "windows-1252"],
    ["windows-1252", "windows-1252"],
  ]);

  // What windows-1252 has at 0x80 to 0x9f; the rest is as in latin1.
  const WINDOWS_1252 = "\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021" +
    "\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f" +
    "\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014" +
    "\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178";

  const NONE = new Uint8Array(0);

  function bytesOf(source) {
    if (source === undefined) return NONE;
    if (source instanceof Uint8Array) return source;
    if (ArrayBuffer.isView(source)) {
      return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    }
    return new Uint8Array(source);
  }

  class TextEncoder {
    get encoding() {
      return "utf-8";
    }

    encode(text = "") {
      return encode(`${text}`);
    }
  }

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    /** The beginning of a sequence that the last bytes left unfinished. */
    #tail = NONE;
    /** Whether a byte order mark may still come. */
    #atStart = true;

    constructor(label = "utf-8", options = {}) {
      const encoding = LABELS.get(`${label}`.trim().toLowerCase());
      if (encoding === undefined) {
        const error = new RangeError(
          `The encoding label provided ('${label}') is invalid.`,
        );
        error.code = "ERR_ENCODING_NOT_SUPPORTED";
        throw error;
      }
      this.#encoding = encoding;
      this.#fatal = Boolean(options.fatal);
      this.#ignoreBOM = Boolean(options.ignoreBOM);
    }

    get encoding() {
      return this.#encoding;
    }

    get fatal() {
      return this.#fatal;
    }

    get ignoreBOM() {
      return this.#ignoreBOM;
    }

    decode(source, options) {
      let bytes = bytesOf(source);
      if (this.#encoding !== "utf-8") {
        return op_base_decode_latin1(bytes).replace(
          /[\x80-\x9f]/g,
          (c) => WINDOWS_1252[c.charCodeAt(0) - 0x80],
        );
      }
      if (this.#tail.length > 0) {
        const joined = new Uint8Array(this.#tail.length + bytes.length);
        joined.set(this.#tail);
        joined.set(bytes, this.#tail.length);
        bytes = joined;
        this.#tail = NONE;
      }
      const more = Boolean(options?.stream);
      if (more) {
        const left = op_base_utf8_tail(bytes);
        if (left > 0) {
          this.#tail = bytes.slice(bytes.length - left);
          bytes = bytes.subarray(0, bytes.length - left);
        }
      }
      const atStart = this.#atStart;
      let text;
      try {
        text = op_base_decode_utf8(bytes, this.#fatal);
      } catch (error) {
        this.#atStart = true;
        this.#tail = NONE;
        throw error;
      }
      this.#atStart = more ? atStart && text.length === 0 : true;
      if (atStart && !this.#ignoreBOM && text.charCodeAt(0) === 0xfeff) {
        return text.slice(1);
      }
      return text;
    }
  }

  __base.text = {
    TextEncoder,
    TextDecoder,
    decodeLatin1: op_base_decode_latin1,
    encodeLatin1: op_base_encode_latin1,
  };
})();
