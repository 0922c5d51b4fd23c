/**
 * Go's scalar types: which JSON values they take, and which are their zero value.
 *
 * @module
 */

import { parseAddress, readBlock } from "../../net/cidr.ts";
import { type JsonValue, shown } from "../json.ts";
import type { Scalar, Type } from "./table.ts";

/** The least and the greatest value of the types of whole numbers; more is not exact here. */
const RANGES: Readonly<Partial<Record<Scalar, readonly [number, number]>>> = {
  int: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint: [0, Number.MAX_SAFE_INTEGER],
  uint16: [0, 0xffff],
  uint32: [0, 0xffff_ffff],
  uint64: [0, Number.MAX_SAFE_INTEGER],
};

/** Base64 with its padding (RFC 4648 section 4); Go takes line breaks in it too. */
const BASE64 =
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The end of a block of addresses, whose length has no zero in front. */
const PREFIX_LENGTH = /\/(?:0|[1-9][0-9]*)$/;

/** Six, eight or twenty bytes in hexadecimal, as Go's `net.ParseMAC` reads them. */
const MAC =
  /^[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?::[0-9a-f]{2}){7}|(?::[0-9a-f]{2}){19}|(?:-[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){7}|(?:-[0-9a-f]{2}){19})$|^[0-9a-f]{4}(?:(?:\.[0-9a-f]{4}){2}|(?:\.[0-9a-f]{4}){3}|(?:\.[0-9a-f]{4}){9})$/i;

/**
 * Why a value is not one of a type.
 *
 * @param value Not null, which is no value in Go.
 * @param odd A number as it is written, where that is with a fraction or an
 * exponent.
 * @returns A clause that follows the name of the field; null if it is one.
 */
export function scalarProblem(
  scalar: Scalar,
  value: JsonValue,
  odd: string | null,
): string | null {
  if (scalar === "bool") {
    return typeof value === "boolean" ? null : "is not true or false";
  }
  if (scalar === "float32") {
    return typeof value === "number" && Number.isFinite(Math.fround(value))
      ? null
      : "is not a number of 32 bits";
  }
  const range = RANGES[scalar];
  if (range !== undefined) return wholeProblem(range, value, odd);
  if (typeof value !== "string") return "is not a string";
  return isText(scalar, value) ? null : TEXT_PROBLEMS[scalar] ?? null;
}

function wholeProblem(
  [least, most]: readonly [number, number],
  value: JsonValue,
  odd: string | null,
): string | null {
  if (typeof value !== "number") return "is not a number";
  if (odd !== null) {
    return `is ${
      shown(odd)
    }; write a whole number without a fraction or an exponent`;
  }
  // Go reads no sign in a type without one.
  const negativeZero = least === 0 && Object.is(value, -0);
  return value >= least && value <= most && !negativeZero
    ? null
    : `is not a whole number from ${least} to ${most}`;
}

const TEXT_PROBLEMS: Readonly<Partial<Record<Scalar, string>>> = {
  addr: "is not an IP address",
  prefix: "is not a block of addresses, such as 172.18.0.0/16",
  mac: "is not a MAC address, such as 02:42:ac:11:00:02",
  bytes: "is not base64 with its padding",
};

/** Whether a text is one of the types that Go parses; an empty one is their zero value. */
function isText(scalar: Scalar, text: string): boolean {
  if (text === "") return true;
  switch (scalar) {
    case "addr":
      return parseAddress(text) !== null;
    case "prefix":
      return PREFIX_LENGTH.test(text) && readBlock(text) !== null;
    case "mac":
      return MAC.test(text);
    case "bytes":
      return BASE64.test(text);
    default:
      return true;
  }
}

/**
 * Whether a value of the right type is Go's zero value of it.
 *
 * @param filled Whether a structure has a field that is not.
 */
export function isZero(type: Type, value: JsonValue, filled: boolean): boolean {
  if (value === null) return true;
  switch (type.kind) {
    case "scalar":
      // No bytes are no zero value: they are a slice that is not nil.
      return type.scalar !== "bytes" &&
        (value === false || value === 0 || value === "");
    case "struct":
      return !filled;
    case "list":
      return type.length !== null &&
        (value as readonly JsonValue[]).every((one) =>
          isZero(type.of, one, false)
        );
    default:
      return false;
  }
}
