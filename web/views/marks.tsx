/**
 * The shapes that say how something stands, so that colour is never needed.
 *
 * @module
 */

import type { DecisionWord } from "../../lib/admin/api.ts";
import type { Standing } from "../matrix.ts";

/** What has a shape. */
export type MarkName = DecisionWord | Standing | "up" | "down" | "waiting";

const SQUARE = "M1.5 1.5h7v7h-7z";
const CROSS = "M1.5 1.5l7 7M8.5 1.5l-7 7";

/** Each shape: its path, and whether it is filled. */
const SHAPES: Readonly<
  Record<MarkName, readonly [path: string, full: boolean]>
> = {
  allowed: ["M3 5a2 2 0 1 0 4 0a2 2 0 1 0-4 0", true],
  refused: [CROSS, false],
  would_refuse: ["M5 .8L9.2 5L5 9.2L.8 5z", false],
  failed: ["M5 1L9.4 9H.6z", false],
  used: [SQUARE, true],
  unused: [SQUARE, false],
  past: [`${SQUARE}M1.5 8.5l7-7`, false],
  up: ["M1 5a4 4 0 1 0 8 0a4 4 0 1 0-8 0", true],
  down: ["M1 5a4 4 0 1 0 8 0a4 4 0 1 0-8 0M2.2 7.8l5.6-5.6", false],
  waiting: ["M1 5a4 4 0 1 0 8 0a4 4 0 1 0-8 0", false],
};

/** How a decision is called. */
export const DECISION_NAMES: Readonly<Record<DecisionWord, string>> = {
  allowed: "allowed",
  refused: "refused",
  would_refuse: "would refuse",
  failed: "failed",
};

/** A shape; the word for it stands beside it. */
export function Mark({ name }: { name: MarkName }) {
  const [path, full] = SHAPES[name];
  return (
    <svg
      class={`mark ${name}${full ? " full" : ""}`}
      viewBox="0 0 10 10"
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  );
}
