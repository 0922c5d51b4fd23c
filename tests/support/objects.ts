import type { ObjectQueries } from "../../lib/identity/object_queries.ts";

/** An engine that must not be asked about objects: a client without a scope pays nothing. */
export const NO_OBJECTS: ObjectQueries = {
  find: (kind, reference) => {
    throw new Error(`asked for ${kind} ${reference}`);
  },
  exec: (id) => {
    throw new Error(`asked for exec ${id}`);
  },
  image: (reference) => {
    throw new Error(`asked for image ${reference}`);
  },
  usersOf: (kind, id) => {
    throw new Error(`asked for the users of ${kind} ${id}`);
  },
  joined: (id) => {
    throw new Error(`asked for what ${id} joins`);
  },
  describe: (kind, reference) => {
    throw new Error(`asked for all of ${kind} ${reference}`);
  },
  isPodman: () => {
    throw new Error("asked whether the engine is podman");
  },
};
