/**
 * All that is fuzzed.
 *
 * @module
 */

import { ANSWERS } from "./answers.ts";
import { JSON_BODIES } from "./json.ts";
import { PATHS } from "./paths.ts";
import { POLICIES } from "./policies.ts";
import { RECORDINGS } from "./recordings.ts";
import { REQUESTS } from "./requests.ts";
import type { Target } from "./target.ts";

/** The targets. */
export const TARGETS: readonly Target[] = [
  REQUESTS,
  ANSWERS,
  PATHS,
  JSON_BODIES,
  POLICIES,
  RECORDINGS,
];
