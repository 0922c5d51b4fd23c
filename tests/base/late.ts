/**
 * What a conformance program imports late: a module of its own in the binary.
 *
 * @module
 */

/** Stands in no other module. */
export const said = "said by a module that came late";
