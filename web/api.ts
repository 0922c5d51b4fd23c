/**
 * Asks the admin listener.
 *
 * @module
 */

import type { Answers } from "../lib/admin/api.ts";

/** What came back; status 0 where nothing did. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly status: number; readonly message: string };

/** Milliseconds that one question may take. */
const TIMEOUT_MS = 15_000;

/** Asks for one answer of the API. It never throws. */
export async function ask<P extends keyof Answers>(
  path: P,
  query: Readonly<Record<string, string>>,
  token: string | null,
): Promise<Outcome<Answers[P]>> {
  try {
    // What a filter leaves open is not asked.
    const given = Object.entries(query).filter(([, value]) => value !== "");
    const search = new URLSearchParams(given).toString();
    const response = await fetch(search === "" ? path : `${path}?${search}`, {
      ...options(token),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) return await failureOf(response);
    return { ok: true, value: await response.json() };
  } catch (error) {
    return { ok: false, status: 0, message: messageOf(error) };
  }
}

/** Opens the stream of events; it throws where no answer comes. */
export function openEvents(
  token: string | null,
  signal: AbortSignal,
): Promise<Response> {
  return fetch("/api/v1/events", { ...options(token), signal });
}

/** What an answer that is no success says. */
export async function failureOf(
  response: Response,
): Promise<Extract<Outcome<never>, { ok: false }>> {
  const body: unknown = await response.json().catch(() => null);
  const said = typeof body === "object" && body !== null && "message" in body &&
      typeof body.message === "string"
    ? body.message
    : response.statusText;
  return {
    ok: false,
    status: response.status,
    message: said || `status ${response.status}`,
  };
}

/** An error in a sentence. */
export function messageOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return "no answer in time";
  }
  // Browsers word a connection that fails each in their own way.
  if (error instanceof TypeError) return "the admin listener does not answer";
  return error instanceof Error ? error.message : String(error);
}

function options(token: string | null): RequestInit {
  return {
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  };
}
