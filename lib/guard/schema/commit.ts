/**
 * The structures of `POST /commit` and of checkpoints.
 *
 * @module
 */

/**
 * Rows in the format of `table.ts`. Older engines decode a commit as a whole
 * creation, but take nothing beside `Config`: the rest has no rows.
 */
export const COMMIT = `
= ContainerCommit
+ Config
= CheckpointCreate
CheckpointID string free
CheckpointDir string binds
Exit bool free
`;
