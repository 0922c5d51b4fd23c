import { assert, assertEquals } from "@std/assert";
import { PRESET_ROWS } from "../../../lib/docker/preset_rows.ts";
import {
  presetFields,
  PRESETS_WITH_FIELDS,
} from "../../../lib/guard/hide/preset_fields.ts";
import { findFieldsProblem } from "../../../lib/guard/hide/rows.ts";

Deno.test("each allowlist is for an operation that its preset grants", () => {
  assertEquals(PRESETS_WITH_FIELDS, ["traefik", "homepage", "dozzle"]);
  for (const preset of PRESETS_WITH_FIELDS) {
    const granted = PRESET_ROWS.filter(([name]) => name === preset)
      .flatMap(([, , , operations]) => operations.split(" "));
    const fields = presetFields(preset)!;
    assert(fields.size > 0);
    for (const [operation, paths] of fields) {
      assert(granted.includes(operation), `${preset} ${operation}`);
      assertEquals(findFieldsProblem(operation, paths), null);
      for (const path of paths) {
        assertEquals(
          /Env|Cmd|Command|Entrypoint|Mounts|Binds/.test(path),
          false,
          path,
        );
      }
    }
  }
});

Deno.test("other presets have none", () => {
  for (const preset of ["portainer", "constructor", "__proto__", ""]) {
    assertEquals(presetFields(preset), null);
  }
});
