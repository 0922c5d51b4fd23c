/**
 * Whether something stands at a path.
 *
 * @module
 */

/** Whether something stands at a path, links followed. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
