/**
 * Holds requests whose answer shows objects: what is outside the scope is taken
 * out of it.
 *
 * @module
 */

import { type Holder, refuseHold } from "./held.ts";

/** Holds a list: the filters that go to the engine, and what is taken out behind it. */
export const holdList: Holder = refuseHold;

/** Holds a stream of events. */
export const holdEvents: Holder = refuseHold;

/** Holds an answer that mentions objects of other kinds. */
export const holdAnswer: Holder = refuseHold;
