/**
 * How much a client may ask for at a time and in a second. How it is held to
 * that stands in `lib/proxy/client_counts.ts`.
 *
 * @module
 */

/** Bounds on what one client asks for; null for none. */
export interface ClientLimits {
  /** Requests that are under way at a time. */
  readonly requests: number | null;
  /** Streams and tunnels that are open at a time; they count as requests too. */
  readonly streams: number | null;
  /** Requests in a second, over time. */
  readonly rate: number | null;
  /** Requests at once, before `rate` holds; null where there is no `rate`. */
  readonly burst: number | null;
  /** Bytes in a second of bodies and of what is written into tunnels. */
  readonly uploadRate: number | null;
  /** Where they stand, such as `policy.yaml:5:5 limits` or `--limits`. */
  readonly setting: string;
}

/** The limits by the keys of the policy file. */
export const LIMIT_NAMES = {
  "requests": "requests",
  "streams": "streams",
  "rate": "rate",
  "burst": "burst",
  "upload-rate": "uploadRate",
} as const satisfies Readonly<
  Record<string, Exclude<keyof ClientLimits, "setting">>
>;

/** The key of a limit in the policy file. */
export type LimitKey = keyof typeof LIMIT_NAMES;

/** Every key of a limit. */
export const LIMIT_KEYS = Object.keys(LIMIT_NAMES) as readonly LimitKey[];

/** No limit. */
export const NO_LIMITS: ClientLimits = {
  requests: null,
  streams: null,
  rate: null,
  burst: null,
  uploadRate: null,
  setting: "",
};

/** Each limit that refuses in words, by the end of its reason code. */
const WORDS = {
  requests: ({ requests }: ClientLimits) =>
    requests === null
      ? null
      : `at most ${counted(requests, "request")} at a time`,
  streams: ({ streams }: ClientLimits) =>
    streams === null
      ? null
      : `at most ${
        counted(streams, "stream or tunnel", "streams and tunnels")
      } at a time`,
  rate: ({ rate, burst }: ClientLimits) =>
    rate === null
      ? null
      : `at most ${counted(rate, "request")} a second${
        burst === null || burst === rate ? "" : `, ${burst} at once`
      }`,
} as const;

/** The limit that a reason code is about, in words. */
export function limitText(
  limits: ClientLimits,
  code: `limit.${keyof typeof WORDS}`,
): string {
  const name = code.slice("limit.".length) as keyof typeof WORDS;
  return WORDS[name](limits) ?? "";
}

/** The limits in words, one sentence each. */
export function describeLimits(limits: ClientLimits): string[] {
  const { uploadRate } = limits;
  return [
    ...Object.values(WORDS).flatMap((words) => words(limits) ?? []),
    ...(uploadRate === null
      ? []
      : [`uploads are slowed to ${sizeText(uploadRate)} a second`]),
  ];
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Letters of sizes, largest first. */
const SIZES = [["g", 1024 ** 3], ["m", 1024 ** 2], ["k", 1024]] as const;

/** A size as the settings are written: `10m`, or a number of bytes. */
function sizeText(bytes: number): string {
  for (const [letter, size] of SIZES) {
    if (bytes % size === 0) return `${bytes / size}${letter}`;
  }
  return String(bytes);
}

/** How limits have changed, each as `requests 8 (was 4)`. */
export interface LimitChanges {
  readonly raised: readonly string[];
  readonly lowered: readonly string[];
}

/** Compares limits; null for none at all. */
export function compareLimits(
  before: ClientLimits | null,
  after: ClientLimits | null,
): LimitChanges {
  const moved = (higher: boolean) =>
    LIMIT_KEYS.flatMap((key) => {
      const name = LIMIT_NAMES[key];
      const was = (before ?? NO_LIMITS)[name];
      const is = (after ?? NO_LIMITS)[name];
      // A burst ends with its rate, which tells of it.
      if (key === "burst" && (was === null || is === null)) return [];
      const changed = higher
        ? (is ?? Infinity) > (was ?? Infinity)
        : (is ?? Infinity) < (was ?? Infinity);
      return changed
        ? [`${key} ${valueText(key, is)} (was ${valueText(key, was)})`]
        : [];
    });
  return { raised: moved(true), lowered: moved(false) };
}

function valueText(key: LimitKey, value: number | null): string {
  if (value === null) return "unlimited";
  return key === "upload-rate" ? sizeText(value) : String(value);
}
