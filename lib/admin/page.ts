/**
 * The page, as it is answered.
 *
 * @module
 */

import { errorReply, type Reply } from "./reply.ts";

/** `GET /`. */
export function pageReply(): Promise<Reply> {
  return Promise.resolve(errorReply(404, "this build has no page"));
}
