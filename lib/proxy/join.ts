/**
 * Joins buffers.
 *
 * @module
 */

/** Several pieces as one. */
export function join(
  pieces: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (const piece of pieces) size += piece.length;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
