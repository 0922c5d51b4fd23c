/**
 * Entries of scopes that nothing needed. Pure.
 *
 * @module
 */

import { PROJECT_LABELS } from "../policy/clients.ts";
import type { Rights } from "../policy/compile.ts";
import {
  type Alternative,
  fits,
  formatLabel,
  type ImageScope,
  isScoped,
  type LabelTerm,
  type ObjectScope,
  SCOPE_KINDS,
  type ScopeKind,
} from "../policy/scope.ts";
import { coversAllTags, coversImage } from "../policy/scope_images.ts";
import { HOLDS } from "../policy/scope_table.ts";
import { changesImage, meansAllTags } from "./scope_images.ts";
import type { Found } from "./scope_values.ts";
import type { Unused } from "./unused_part.ts";
import { lastOf, reachedBy, type Usage } from "./usage.ts";

/** One entry of a scope, and whether it holds for an object. */
interface Term {
  readonly text: string;
  readonly holds: (found: Found) => boolean;
  /** Whether it can be told of an object that was recorded. */
  readonly isTold: (found: Found) => boolean;
}

/** The entries of a client's scopes that nothing needed since a time. */
export function unusedTerms(
  { scope }: Rights,
  usage: Usage,
  since: string,
): { unused: Unused[]; says: string[] } {
  const unused: Unused[] = [];
  const says: string[] = [];
  if (scope === null) return { unused, says };
  for (const kind of SCOPE_KINDS.filter((kind) => isScoped(scope, kind))) {
    const one = scope[kind] as ObjectScope | ImageScope;
    const { found, unknown } = reachedBy(usage, kind);
    const terms = "anyOf" in one
      ? one.anyOf.flatMap((each) => objectTerms(each, usage.logs))
      : imageTerms(one);
    const shown = listedBy(usage, kind);
    for (const { text, holds, isTold } of terms) {
      const last = lastOf(found.filter(holds).map(({ call }) => call));
      if (last >= since) continue;
      if (unknown || !found.every(isTold)) {
        says.push(
          `${kind}.${text}: not decided, since not all ${kind} that were reached are known`,
        );
        continue;
      }
      unused.push({
        remove: `${kind}.${text}`,
        keep: "",
        setting: one.setting,
        last,
        note: shown.length === 0
          ? ""
          : `no call named it; ${shown.join(", ")} may have shown it`,
      });
    }
  }
  return { unused, says };
}

function objectTerms(
  { name, label, project }: Alternative,
  logs: ReadonlySet<string>,
): Term[] {
  const isRecorded = ({ call }: Found) =>
    !call.runs.some((run) => logs.has(run));
  return [
    ...name.map((pattern): Term => ({
      text: `name: ${pattern.text}`,
      holds: ({ object }) => fits(pattern, object?.name ?? ""),
      isTold: ({ object }) => object !== null && object.name !== "",
    })),
    ...project.map((text): Term => ({
      text: `project: ${text}`,
      holds: ({ object }) => object?.project === text,
      isTold: isRecorded,
    })),
    ...label.map((term): Term => ({
      text: `label: ${formatLabel(term)}`,
      holds: ({ object }) => hasLabel(term, object),
      // Labels of Compose are not recorded, and of many not all.
      isTold: (found) =>
        isRecorded(found) && (found.object?.labels ?? []).length < 8 &&
        !/^(?:com\.docker|io\.podman|org\.opencontainers|desktop\.docker)\./
          .test(
            term.key,
          ),
    })),
  ];
}

function hasLabel({ key, value }: LabelTerm, object: Found["object"]): boolean {
  if (PROJECT_LABELS.includes(key)) {
    return object?.project !== undefined &&
      (value === null || object.project === value);
  }
  return (object?.labels ?? []).some((label) =>
    value === null
      ? label.startsWith(`${key}=`) && label.length > key.length + 1
      : label === `${key}=${value}`
  );
}

function imageTerms({ setting, use, change }: ImageScope): Term[] {
  const termsOf = (
    key: "use" | "change",
    patterns: ImageScope["use"],
    of: (found: Found) => boolean,
  ) =>
    patterns.map((pattern): Term => {
      const alone = { setting, use: [pattern], change: [pattern] };
      return {
        text: `${key}: ${pattern.text}`,
        holds: (found) => {
          const name = found.object?.name ?? "";
          if (name === "" || !of(found)) return false;
          return meansAllTags(found.call.operation, name)
            ? coversAllTags(alone, key, name)
            : coversImage(alone, key, name);
        },
        isTold: ({ object }) => object !== null && object.name !== "",
      };
    });
  return [
    ...termsOf("use", use, () => true),
    ...termsOf("change", change, ({ call }) => changesImage(call.operation)),
  ];
}

/** Operations that were used and show what is in scope without naming it. */
function listedBy({ calls }: Usage, kind: ScopeKind): string[] {
  const names = new Set(calls.map(({ operation }) => operation));
  return [...names].filter((name) =>
    HOLDS.get(name)?.some((hold) =>
      hold.kind === kind && (hold.way === "list" || hold.way === "events")
    )
  );
}
