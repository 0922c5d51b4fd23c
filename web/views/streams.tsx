/**
 * What is open now.
 *
 * @module
 */

import type { Stream } from "../../lib/admin/api.ts";
import { sortStreams } from "../acts.ts";
import { age, bytes, count, counted, visible } from "../format.ts";
import type { Page } from "../page.ts";
import { nowOf, type StreamOrder } from "../state.ts";
import { Empty } from "./parts.tsx";

/** What the streams are sorted by: the largest first. */
const SIZE: Readonly<Record<StreamOrder["by"], (one: Stream) => number>> = {
  age: (one) => -Date.parse(one.started),
  in: (one) => one.bytes_in,
  out: (one) => one.bytes_out,
  rate: (one) => one.bytes_per_second,
};

/** The view. */
export function Streams({ page }: { page: Page }) {
  const { streams, order } = page.state;
  if (streams === null) return <Empty>Waiting for the streams.</Empty>;
  if (streams.streams.length === 0) {
    return (
      <Empty>
        <p>No stream is open.</p>
        <p>
          Following logs or events, an exec, an attach, a build and a pull are
          shown here while they run.
        </p>
      </Empty>
    );
  }
  const size = SIZE[order.by];
  const sorted = streams.streams.toSorted((a, b) => size(b) - size(a));
  const now = nowOf(page.state);
  const left = streams.total - streams.streams.length;
  return (
    <>
      <div class="bar">
        <h2>Open streams</h2>
        <p class="less">
          {counted(streams.total, "request")} under way, the largest first.
        </p>
      </div>
      <div class="scroll" role="region" aria-label="Open streams" tabIndex={0}>
        <table class="plain streams">
          <thead>
            <tr>
              <th scope="col">Client</th>
              <th scope="col">Operation</th>
              <th scope="col">Request</th>
              <th scope="col">Kind</th>
              <Sort page={page} by="age" name="Age" />
              <Sort page={page} by="in" name="In" />
              <Sort page={page} by="out" name="Out" />
              <Sort page={page} by="rate" name="Rate" />
            </tr>
          </thead>
          <tbody>
            {sorted.map((one) => <Line key={one.id} stream={one} now={now} />)}
          </tbody>
        </table>
      </div>
      {left > 0 && (
        <p class="foot">{count(left)} more are open and not listed.</p>
      )}
    </>
  );
}

function Line({ stream, now }: { stream: Stream; now: number }) {
  const { client, container, remote } = stream;
  const who = client || container || remote;
  return (
    <tr>
      <th scope="row" class="who">
        <bdi>{visible(who)}</bdi>{" "}
        {container !== "" && container !== who && (
          <bdi class="less">{visible(container)}</bdi>
        )}
      </th>
      <td class="code">{visible(stream.operation)}</td>
      <td class="code path">
        <span class="less">{visible(stream.method)}</span>{" "}
        <bdi>{visible(stream.path)}</bdi>
      </td>
      <td>{stream.kind}</td>
      <td class="number">{age((now - Date.parse(stream.started)) / 1000)}</td>
      <td class="number">{bytes(stream.bytes_in)}</td>
      <td class="number">{bytes(stream.bytes_out)}</td>
      <td class="number">{bytes(stream.bytes_per_second)}/s</td>
    </tr>
  );
}

function Sort(
  { page, by, name }: { page: Page; by: StreamOrder["by"]; name: string },
) {
  const sorted = page.state.order.by === by;
  return (
    <th
      scope="col"
      class="number"
      aria-sort={sorted ? "descending" : undefined}
    >
      <button type="button" class="sort" onClick={() => sortStreams(page, by)}>
        {name}
        <span aria-hidden="true">{sorted ? " ▾" : ""}</span>
      </button>
    </th>
  );
}
