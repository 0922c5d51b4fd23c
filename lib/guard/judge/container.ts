import type { Collector } from "../rules.ts";
import type { GuardedRequest, GuardFacts } from "./request.ts";
export function containerNeeds(
  _: GuardedRequest,
): { containers: string[]; volumes: string[]; networks: string[] } {
  return { containers: [], volumes: [], networks: [] };
}
export function judgeContainer(
  _: Collector,
  _r: GuardedRequest,
  _f: GuardFacts,
  _i: boolean,
): void {}
