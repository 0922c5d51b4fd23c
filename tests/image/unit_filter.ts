/**
 * The system call filter of `sockwarden.service` as a seccomp profile of
 * Docker's, so that it can be tried where no systemd runs.
 *
 * @module
 */

const UNIT = new URL(
  "../../deploy/systemd/sockwarden.service",
  import.meta.url,
);
const ANALYZE = "/usr/bin/systemd-analyze";
const ALLOW = "SCMP_ACT_ALLOW";
const PROT_WRITE_EXEC = 6;
const PROT_EXEC = 4;

/** Whether systemd is there to say what its groups of system calls hold. */
export function systemdIsThere(): boolean {
  try {
    return Deno.statSync(ANALYZE).isFile;
  } catch {
    return false;
  }
}

/** The profile, with what MemoryDenyWriteExecute=yes refuses. */
export function unitProfile(): unknown {
  const calls = new Set(members("@default"));
  for (
    const [, except, words] of Deno.readTextFileSync(UNIT)
      .matchAll(/^SystemCallFilter=(~?)(.*)$/gm)
  ) {
    for (const word of words!.split(" ")) {
      for (const call of members(word)) {
        if (except === "~") calls.delete(call);
        else calls.add(call);
      }
    }
  }
  calls.delete("mmap");
  calls.delete("mprotect");
  const masked = (mask: number, bits: number) => [
    { index: 2, value: mask, valueTwo: bits, op: "SCMP_CMP_MASKED_EQ" },
  ];
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
    syscalls: [
      { names: [...calls], action: ALLOW },
      // Memory to be run must never have been written to.
      ...[0, 2, 4].map((bits) => ({
        names: ["mmap"],
        action: ALLOW,
        args: masked(PROT_WRITE_EXEC, bits),
      })),
      { names: ["mprotect"], action: ALLOW, args: masked(PROT_EXEC, 0) },
    ],
  };
}

/** The system calls of a group of systemd's, or the one call itself. */
function members(word: string): string[] {
  if (!word.startsWith("@")) return [word];
  const { stdout } = new Deno.Command(ANALYZE, {
    args: ["syscall-filter", word],
  }).outputSync();
  return new TextDecoder().decode(stdout).split("\n").slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .flatMap(members);
}
