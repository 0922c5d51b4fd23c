/**
 * Loaded before the tests of a mutant: property tests draw the same values in
 * each run, so that a mutant does not live or die by chance.
 *
 * @module
 */

import fc from "fast-check";

fc.configureGlobal({ seed: 20250101 });
