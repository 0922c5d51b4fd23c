/**
 * The last hour in three charts.
 *
 * @module
 */

import { useState } from "preact/hooks";
import type { SeriesAnswer } from "../../lib/admin/api.ts";
import {
  bars,
  ceiling,
  decades,
  HEIGHT,
  line,
  linear,
  logarithmic,
  peak,
  placeAt,
  WIDTH,
} from "../chart.ts";
import { clock, milliseconds, rate } from "../format.ts";
import type { PageState } from "../state.ts";

/** What a chart is made of. */
interface Chart {
  readonly name: string;
  /** From what to what it is drawn. */
  readonly scale: string;
  /** Paths by their class, in the order in which they are drawn. */
  readonly paths: readonly (readonly [style: string, path: string])[];
  /** Heights of thin lines across. */
  readonly marks: readonly number[];
  /** The values at a place: name, text and the class of their line. */
  readonly values: (
    at: number,
  ) => readonly (readonly [name: string, text: string, style: string])[];
}

/** The charts; nothing before the first answer. */
export function Charts({ state: { series } }: { state: PageState }) {
  // One place for all: a moment is compared across them.
  const [place, setPlace] = useState<number | null>(null);
  if (series === null) return <section class="charts" aria-label="Last hour" />;
  return (
    <section class="charts" aria-label="Last hour">
      {[requests(series), refusals(series), latency(series)].map((chart) => (
        <Figure
          key={chart.name}
          chart={chart}
          series={series}
          place={place}
          onPlace={setPlace}
        />
      ))}
    </section>
  );
}

function Figure({ chart, series, place, onPlace }: {
  chart: Chart;
  series: SeriesAnswer;
  place: number | null;
  onPlace: (place: number | null) => void;
}) {
  const last = series.requests.length - 1;
  // The last value still grows.
  const at = place ?? Math.max(0, last - 1);
  const values = chart.values(at);
  const time = timeAt(series, at);
  return (
    <figure>
      <figcaption>
        <span class="title">{chart.name}</span>
        {values.map(([name, text, style]) => (
          <span key={name} class={`value ${style}`}>
            <i /> {name} <b>{text}</b>
          </span>
        ))}
        <span class="time">{place === null ? "" : time}</span>
      </figcaption>
      <div
        class="plot"
        role="slider"
        tabIndex={0}
        aria-label={`${chart.name}, last hour`}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={at}
        aria-valuetext={`${time}: ${
          values.map(([name, text]) => `${name} ${text}`).join(", ")
        }`}
        onKeyDown={(event) => {
          const next = keyPlace(event.key, at, last);
          if (next === null) return;
          event.preventDefault();
          onPlace(next);
        }}
        onBlur={() => onPlace(null)}
        onPointerMove={(event) => {
          const { left, width } = event.currentTarget.getBoundingClientRect();
          onPlace(placeAt((event.clientX - left) / width, last + 1));
        }}
        onPointerLeave={() => onPlace(null)}
      >
        <Drawing chart={chart} place={place} />
      </div>
      <div class="axis" aria-hidden="true">
        <span>{clock(timeOf(series, 0)).slice(0, 5)}</span>
        <span>{chart.scale}</span>
        <span>{clock(timeOf(series, last)).slice(0, 5)}</span>
      </div>
    </figure>
  );
}

function Drawing({ chart, place }: { chart: Chart; place: number | null }) {
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {chart.marks.map((y) => (
        <path key={y} class="rule" d={`M0 ${y}H${WIDTH}`} />
      ))}
      {chart.paths.map(([style, path]) => (
        <path key={style} class={style} d={path} />
      ))}
      {place !== null && (
        <path class="cursor" d={`M${place + 0.5} 0V${HEIGHT}`} />
      )}
    </svg>
  );
}

function requests(series: SeriesAnswer): Chart {
  const perSecond = series.requests.map((value) => value / series.step_seconds);
  const top = ceiling(peak(perSecond));
  const y = (value: number) => linear(value, top);
  return {
    name: "Requests",
    scale: `0 to ${rate(top)}/s`,
    marks: [0, HEIGHT / 2],
    paths: [[
      "area",
      bars(perSecond, () => HEIGHT, (at) => y(perSecond[at]!)),
    ], ["main", line(perSecond, y)]],
    values: (at) => [["all", `${rate(perSecond[at] ?? 0)}/s`, "main"]],
  };
}

function refusals({ refused, failed }: SeriesAnswer): Chart {
  const sums = refused.map((value, at) => value + (failed[at] ?? 0));
  const top = ceiling(peak(sums));
  const y = (value: number) => linear(value, top);
  return {
    name: "Refused and failed",
    scale: `0 to ${rate(top)} in 10 s`,
    marks: [0, HEIGHT / 2],
    paths: [
      ["refused", bars(refused, () => HEIGHT, (at) => y(refused[at]!))],
      ["failed", bars(failed, (at) => y(refused[at]!), (at) => y(sums[at]!))],
    ],
    values: (at) => [
      ["refused", rate(refused[at] ?? 0), "refused"],
      ["failed", rate(failed[at] ?? 0), "failed"],
    ],
  };
}

function latency(series: SeriesAnswer): Chart {
  const { engine_p50_ms, engine_p99_ms, own_p99_ms } = series;
  const scale = decades([engine_p50_ms, engine_p99_ms, own_p99_ms]);
  const y = (value: number) => logarithmic(value, scale);
  const marks = Array.from(
    { length: scale.to - scale.from },
    (_, at) => y(10 ** (scale.from + at + 1)),
  );
  return {
    name: "Latency",
    scale: `${milliseconds(10 ** scale.from)} to ${
      milliseconds(10 ** scale.to)
    }, log`,
    marks,
    paths: [
      ["own", line(own_p99_ms, y)],
      ["p99", line(engine_p99_ms, y)],
      ["main", line(engine_p50_ms, y)],
    ],
    values: (at) => [
      ["engine p50", milliseconds(engine_p50_ms[at] ?? null), "main"],
      ["p99", milliseconds(engine_p99_ms[at] ?? null), "p99"],
      ["own p99", milliseconds(own_p99_ms[at] ?? null), "own"],
    ],
  };
}

function keyPlace(key: string, at: number, last: number): number | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowDown: -1,
    ArrowUp: 1,
    PageDown: -30,
    PageUp: 30,
    Home: -last,
    End: last,
  };
  const step = Object.hasOwn(steps, key) ? steps[key]! : null;
  return step === null ? null : Math.max(0, Math.min(last, at + step));
}

function timeOf({ end, step_seconds, requests }: SeriesAnswer, at: number) {
  return Date.parse(end) - (requests.length - 1 - at) * step_seconds * 1000;
}

function timeAt(series: SeriesAnswer, at: number): string {
  return clock(timeOf(series, at));
}
