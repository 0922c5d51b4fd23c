import { AssertionError } from "@std/assert";

/** The value where it is not a failure; else the test fails with the failure's reason. */
export function must<T extends object>(
  value: T,
): Exclude<T, { readonly reason: string }> {
  if ("reason" in value) {
    throw new AssertionError(`unexpected failure: ${value.reason}`);
  }
  return value as Exclude<T, { readonly reason: string }>;
}
