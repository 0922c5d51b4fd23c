/**
 * The metrics as text: of Prometheus (0.0.4), or of OpenMetrics (1.0.0).
 *
 * @module
 */

import type { Facts } from "./facts.ts";
import { boundsOf, type Histogram } from "./histogram.ts";
import { type Metric, METRICS, PREFIX } from "./metrics.ts";

/** A form of the text, with its media type. */
export type MetricsForm = "prometheus" | "openmetrics";

/** The media type of each form. */
export const METRICS_TYPES: Readonly<Record<MetricsForm, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/**
 * The form that a client asks for: OpenMetrics where its Accept prefers it to
 * plain text (RFC 9110 section 12.5.1).
 */
export function formFor(accept: string): MetricsForm {
  return weightOf(accept, "application/openmetrics-text") >
      weightOf(accept, "text/plain")
    ? "openmetrics"
    : "prometheus";
}

/** The highest weight that an Accept gives a media type by its name. */
function weightOf(accept: string, type: string): number {
  const weights = accept.toLowerCase().split(",", 32).flatMap((range) => {
    const [name = "", ...parameters] = range.split(";").map((part) =>
      part.trim()
    );
    if (name !== type) return [];
    const q = parameters.find((one) => one.startsWith("q="))?.slice(2) ?? "1";
    return /^[01](?:\.[0-9]{0,3})?$/.test(q) ? [Number(q)] : [];
  });
  return Math.max(0, ...weights);
}

/** All metrics as text. */
export function metricsText(facts: Facts, form: MetricsForm): string {
  const lines = METRICS.flatMap((metric) => linesOf(metric, facts, form));
  if (form === "openmetrics") lines.push("# EOF");
  return lines.map((line) => `${line}\n`).join("");
}

function linesOf(metric: Metric, facts: Facts, form: MetricsForm): string[] {
  const name = PREFIX + metric.name;
  const samples = metric.type === "histogram"
    ? bucketLines(name, metric.read(facts))
    : metric.read(facts).map(({ labels, value }) =>
      `${name}${labelsText(metric.labels, labels)} ${value}`
    );
  if (samples.length === 0) return [];
  const open = form === "openmetrics";
  // OpenMetrics names the family, of which counters and infos have a suffix.
  const family = open ? name.replace(/_(?:total|info)$/, "") : name;
  const type = metric.type === "info" && !open ? "gauge" : metric.type;
  return [
    `# HELP ${family} ${metric.help}`,
    `# TYPE ${family} ${type}`,
    ...samples,
  ];
}

/** Bounds of a histogram as powers of two in microseconds: from 64 µs to 33 s; what is beyond the next counts with it. */
const LOWEST = 6;
const HIGHEST = 26;

function bucketLines(name: string, histogram: Histogram): string[] {
  const { bounds, count } = boundsOf(histogram, LOWEST, HIGHEST);
  return [
    ...bounds.slice(0, -1).map(({ seconds, count }) =>
      `${name}_bucket{le="${boundText(seconds)}"} ${count}`
    ),
    `${name}_bucket{le="+Inf"} ${count}`,
    `${name}_sum ${histogram.sum / 1000}`,
    `${name}_count ${count}`,
  ];
}

/** A bound as both forms write it: whole ones with a decimal (OpenMetrics 1.0.0, "Canonical numbers"). */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function labelsText(
  names: readonly string[],
  values: readonly string[],
): string {
  if (names.length === 0) return "";
  return `{${
    names.map((name, i) => `${name}="${escaped(values[i]!)}"`).join(",")
  }}`;
}

function escaped(value: string): string {
  return value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
}
