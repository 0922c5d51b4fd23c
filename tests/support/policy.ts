import { readPolicyFile } from "../../lib/config/policy_file.ts";

/** A policy file from its text; fails where it is not valid. */
export function policyFile(text: string) {
  const read = readPolicyFile("policy.yaml", text);
  if ("problems" in read) throw new Error(read.problems.join("\n"));
  return read;
}
