/**
 * Holds requests that name an image. Images keep the name that was asked for.
 *
 * @module
 */

import { refuseHold } from "./held.ts";

/** Holds the image that the path or the query names. */
export const holdImage = refuseHold;
