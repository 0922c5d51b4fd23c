/**
 * Judges secrets and configs.
 *
 * @module
 */

import { find } from "../rules.ts";
import type { Judge, Judging } from "./judging.ts";
import { judgePlaces, letBe, type Places } from "./places.ts";
import { judgeLabels } from "./settings.ts";

const judgeDriver: Judge = ({ collector }, { path }) =>
  find(collector, "swarm", path, "lets a driver make the content");

const STORED: Places = {
  Labels: judgeLabels,
  Driver: judgeDriver,
  "Driver.*": letBe,
  Templating: judgeDriver,
  "Templating.*": letBe,
};

/** Judges `secret.create`, `config.create` and their updates. */
export function judgeStored(of: Judging): void {
  judgePlaces(of, STORED);
}
