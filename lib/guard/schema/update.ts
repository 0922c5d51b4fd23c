/**
 * The structure of `POST /containers/{id}/update`; its parts are in
 * `container.ts`.
 *
 * @module
 */

/** Rows in the format of `table.ts`. */
export const UPDATE = `
= ContainerUpdate
+ Resources
RestartPolicy RestartPolicy restart
`;
