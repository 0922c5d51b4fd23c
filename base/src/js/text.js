// TextEncoder and TextDecoder (UTF-8 only), and the byte-exact latin1 decoder
// of the base's own global.
"use strict";
(() => {
  const {
    op_base_decode_latin1,
    op_base_decode_utf8,
    op_base_utf8_tail,
  } = Deno.core;
  const encode = Deno.core.encode;

  const LABELS = new Set(["utf-8", "utf8", "unicode-1-1-utf-8"]);

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
    #fatal;
    #ignoreBOM;
    /** The beginning of a sequence that the last bytes left unfinished. */
    #tail = NONE;
    /** Whether a byte order mark may still come. */
    #atStart = true;

    constructor(label = "utf-8", options = {}) {
      if (!LABELS.has(`${label}`.trim().toLowerCase())) {
        const error = new RangeError(
          `The encoding label provided ('${label}') is invalid.`,
        );
        error.code = "ERR_ENCODING_NOT_SUPPORTED";
        throw error;
      }
      this.#fatal = Boolean(options.fatal);
      this.#ignoreBOM = Boolean(options.ignoreBOM);
    }

    get encoding() {
      return "utf-8";
    }

    get fatal() {
      return this.#fatal;
    }

    get ignoreBOM() {
      return this.#ignoreBOM;
    }

    decode(source, options) {
      let bytes = bytesOf(source);
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
  };
})();
