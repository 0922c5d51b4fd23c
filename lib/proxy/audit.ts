/**
 * Takes a request that passed the gate to the audit, before a byte of it is sent.
 *
 * @module
 */

import { conclude, refuseExchange } from "./exchange.ts";
import { hasLost } from "./recheck.ts";
import { setId } from "./request_id.ts";
import type { Exchange } from "./state.ts";

/**
 * Gives a request its id, and the audit its line.
 *
 * @returns null where it may be sent; it was answered otherwise, and this says
 * whether the connection goes on. No promise where nothing is waited for.
 */
export function audit(exchange: Exchange): Promise<boolean | null> | null {
  const { auditor } = exchange.session.context;
  if (auditor === null) return null;
  setId(exchange);
  exchange.audited = true;
  const admitting = auditor.decided(exchange);
  return admitting === null ? null : enter(exchange, admitting);
}

async function enter(
  exchange: Exchange,
  admitting: Promise<boolean>,
): Promise<boolean | null> {
  if (!await admitting) {
    const message =
      "sockwarden: the audit cannot be written, and --audit-full=refuse lets nothing through without its line (audit.full); try again later";
    return await refuseExchange(
      exchange,
      { status: 503, code: "audit.full", message },
    );
  }
  const { passedFor, session: { context: { access } } } = exchange;
  // Something has changed while the line was written.
  if (
    passedFor?.generation !== access.generation &&
    await hasLost(exchange) !== false
  ) {
    conclude(exchange, "policy.revoked");
    return false;
  }
  return null;
}
