/**
 * Keys that V8 15.0 misreads in JSON.
 *
 * @module
 */

/**
 * Two objects: after the first one V8 reads the key of the second, which has an
 * escape, as one of the first.
 *
 * @param key The key of the second.
 */
export function misread(key: string): [before: string, text: string] {
  const written = `\\u${key.charCodeAt(0).toString(16).padStart(4, "0")}${
    key.slice(1)
  }`;
  const other = JSON.stringify(written.slice(0, key.length));
  return [`{"b":"",${other}:"x"}`, `{"b":"","${written}":"x"}`];
}
