/**
 * The parts of an image's name. Clients choose how long it is, so each is found
 * in one pass: a pattern such as `:[^/]*$` takes the square of the length.
 *
 * @module
 */

/** The tag at the end of a name or a pattern, with its colon; empty for none. A port is followed by a slash. */
export function tagOf(name: string): string {
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
  return colon < 0 ? "" : name.slice(colon);
}

/** A name without its tag. */
export function withoutTag(name: string): string {
  const { length } = tagOf(name);
  return length === 0 ? name : name.slice(0, -length);
}

/** Whether a name has a tag or a digest. */
export function hasTagOrDigest(name: string): boolean {
  return name.includes("@") || tagOf(name) !== "";
}

const HUB = /^(?:index\.)?docker\.io\//;
const LIBRARY = "library/";

/** A name as the engine shows it, without Docker Hub's host and `library/`; unless what follows would be taken for another registry. */
export function withoutHub(name: string): string {
  const [host = ""] = HUB.exec(name) ?? [];
  const rest = name.slice(host.length);
  const slash = rest.indexOf("/");
  const first = slash < 0 ? "" : rest.slice(0, slash);
  const short = /[.:]/.test(first) || first === "localhost" ? name : rest;
  const image = short.slice(LIBRARY.length);
  return short.startsWith(LIBRARY) && image !== "" && !image.includes("/")
    ? image
    : short;
}
