/**
 * An opened decision: why it came out so, and what would change it.
 *
 * @module
 */

import type { ComponentChildren } from "preact";
import type { Decision, Remedy } from "../../lib/admin/api.ts";
import { filterBy } from "../acts.ts";
import { ago, bytes, milliseconds, visible, visibleLines } from "../format.ts";
import type { Page } from "../page.ts";
import { DECISION_NAMES } from "./marks.tsx";
import { Code, Copy } from "./parts.tsx";

/** How each kind of remedy is called. */
const REMEDY_NAMES: Readonly<Record<Remedy["kind"], string>> = {
  switch: "switch",
  flag: "flag",
  policy: "policy line",
};

/** All that is known of a decision. */
export function Details(
  { page, decision, now }: { page: Page; decision: Decision; now: number },
) {
  const { client, container, remote, request_id } = decision;
  return (
    <div class="details">
      <dl>
        <Fact name="Reason">
          <Code text={decision.code} />
          {decision.message !== "" && <p>{visible(decision.message)}</p>}
          {decision.decision === "would_refuse" && (
            <p>The dry run let it through.</p>
          )}
        </Fact>
        <Rule page={page} decision={decision} />
        <Remedies page={page} decision={decision} />
        <Fact name="From">
          {client !== "" && (
            <>
              client <Code text={client} />,{" "}
            </>
          )}
          {container !== "" && (
            <>
              container <Code text={container} />,{" "}
            </>
          )}
          address <Code text={remote} />
        </Fact>
        <Fact name="Request">
          <Code text={`${decision.method} ${decision.path}`} />
          <Copy page={page} text={decision.path} name="the path" />
        </Fact>
        <Fact name="Took">
          {decision.engine_ms === null
            ? "the engine was not asked; "
            : `engine ${milliseconds(decision.engine_ms)}, `}
          own {milliseconds(decision.own_ms)}; {bytes(decision.in)} in,{" "}
          {bytes(decision.out)} out
        </Fact>
        <Fact name="When">
          <time dateTime={decision.time}>{visible(decision.time)}</time>,{" "}
          {ago(decision.time, now)}
        </Fact>
        {request_id !== undefined && request_id !== "" && (
          <Fact name="Request id">
            <Code text={request_id} />
            <Copy page={page} text={request_id} name="the request id" />
          </Fact>
        )}
      </dl>
      <Narrow page={page} decision={decision} />
    </div>
  );
}

/** The rule, with its place in the policy file apart. */
function Rule({ page, decision }: { page: Page; decision: Decision }) {
  const { rule, code } = decision;
  if (rule === "") {
    return code === "policy.not_granted"
      ? <Fact name="Rule">none grants it</Fact>
      : null;
  }
  const [, place, text] = /^(\S+:\d+:\d+) (.*)$/s.exec(rule) ?? [];
  return (
    <Fact name="Rule">
      {place === undefined ? <Code text={rule} /> : (
        <>
          <Code text={text!} /> at <Code text={place} />
          <Copy page={page} text={place} name="the place of the rule" />
        </>
      )}
    </Fact>
  );
}

function Remedies({ page, decision }: { page: Page; decision: Decision }) {
  const { remedies } = decision;
  const refused = decision.decision === "refused" ||
    decision.decision === "would_refuse";
  if (!refused) return null;
  return (
    <Fact name="To allow it">
      {remedies.length === 0
        ? `Nothing to copy: ${visible(decision.no_remedy)}.`
        : (
          <ul class="remedies">
            {remedies.map((one) => (
              <li key={one.kind + one.text}>
                <span class="kind">{REMEDY_NAMES[one.kind]}</span>
                <pre>{visibleLines(one.text)}</pre>
                <Copy
                  page={page}
                  text={one.text}
                  name={`the ${REMEDY_NAMES[one.kind]}`}
                />
                {one.where !== "" && (
                  <span class="less">
                    {one.where.startsWith("and ") ? "" : "in "}
                    {visible(one.where)}
                  </span>
                )}
              </li>
            ))}
          </ul>
        )}
    </Fact>
  );
}

/** Shortcuts to the filters. */
function Narrow({ page, decision }: { page: Page; decision: Decision }) {
  const { client, operation } = decision;
  return (
    <p class="narrow">
      {client !== "" && (
        <button
          type="button"
          onClick={() => filterBy(page, { client })}
        >
          Only this client
        </button>
      )}
      <button type="button" onClick={() => filterBy(page, { operation })}>
        Only this operation
      </button>
      <button
        type="button"
        onClick={() => filterBy(page, { decision: decision.decision })}
      >
        Only {DECISION_NAMES[decision.decision]}
      </button>
    </p>
  );
}

function Fact(
  { name, children }: { name: string; children: ComponentChildren },
) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
