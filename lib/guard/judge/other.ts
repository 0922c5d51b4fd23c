import type { Collector } from "../rules.ts";
import type { GuardedRequest, GuardFacts } from "./request.ts";
export function otherNeeds(
  _: GuardedRequest,
): {
  containers: string[];
  volumes: string[];
  networks: string[];
  execs: string[];
} {
  return { containers: [], volumes: [], networks: [], execs: [] };
}
export function judgeOther(
  _: Collector,
  _r: GuardedRequest,
  _f: GuardFacts,
): void {}
