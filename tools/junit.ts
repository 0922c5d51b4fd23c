/**
 * Reads the results that `deno test --junit-path` writes.
 *
 * @module
 */

import { parseXml, XmlElement } from "@rgrove/parse-xml";

/** What a run of tests came to. */
export interface Results {
  readonly passed: number;
  readonly failed: number;
  /** Names of the tests and steps that were skipped. */
  readonly skipped: readonly string[];
}

/** What stands between the name of a test and that of its step. */
const STEP = " > ";

/** Characters that XML forbids; a failing test's message may hold them. */
// deno-lint-ignore no-control-regex
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

/**
 * Reads a report. Steps count with their test, which fails where one of them
 * does.
 *
 * @throws Where it is not well-formed XML or holds no `testsuites`.
 */
export function readJunit(xml: string): Results {
  const { root } = parseXml(xml.replaceAll(FORBIDDEN, "\ufffd"));
  if (root?.name !== "testsuites") {
    throw new Error("the report holds no 'testsuites'");
  }
  let passed = 0;
  let failed = 0;
  const skipped: string[] = [];
  for (const suite of elements(root, "testsuite")) {
    const tests = new Set<string>();
    // The steps come after all tests.
    for (const test of elements(suite, "testcase")) {
      const name = test.attributes.name ?? "";
      if (elements(test, "skipped").length > 0) skipped.push(name);
      else if (!isStep(name, tests)) {
        const outcomes = [
          ...elements(test, "failure"),
          ...elements(test, "error"),
        ];
        if (outcomes.length > 0) failed++;
        else passed++;
      }
      tests.add(name);
    }
  }
  return { passed, failed, skipped };
}

function elements(parent: XmlElement, name: string): XmlElement[] {
  return parent.children.filter((child) => child instanceof XmlElement)
    .filter((child) => child.name === name);
}

function isStep(name: string, tests: ReadonlySet<string>): boolean {
  for (
    let at = name.indexOf(STEP);
    at >= 0;
    at = name.indexOf(STEP, at + 1)
  ) if (tests.has(name.slice(0, at))) return true;
  return false;
}
