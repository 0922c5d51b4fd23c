/**
 * What keeps a user from the engine's socket, and what mends it.
 *
 * @module
 */

/** The user and group that the kernel shows for one that a user namespace does not have. */
const UNMAPPED_ID = 65534;

/**
 * Why a group may not open the engine's socket, with the mend. Pure.
 *
 * @param socket Its owner, group and mode; null for what is not known.
 * @returns The clauses that follow "the engine's socket …: "; null where its
 * mode lets its group open it, so that another group or a folder is the cause.
 */
export function whyClosed(
  { uid, gid, mode }: {
    readonly uid: number | null;
    readonly gid: number | null;
    readonly mode: number | null;
  },
): string | null {
  if (gid === UNMAPPED_ID) {
    return "its group is none of this container's user namespace (it shows as 65534), so nobody here can be given it; set userns_mode: host (docker: --userns=host; rootless podman: --group-add keep-groups), which costs that namespace: the container's root is then the host's, until sockwarden gives root up";
  }
  if (uid === null || mode === null || (mode & 0o060) === 0o060) return null;
  return `its mode 0${
    (mode & 0o777).toString(8)
  } lets only user ${uid} open it; let a group do so (chmod 0660, and chgrp; systemd: SocketMode=0660, SocketGroup=), or ${
    uid === 0
      ? "set cap_drop: [ALL] without user: (docker: --cap-drop=ALL), with which sockwarden stays root without any capability"
      : `run as that user (user: "${uid}")`
  }`;
}
