/** Addresses in messages: what may be a secret is left out. */

import { assertEquals } from "@std/assert";
import { shownAddress } from "../../../lib/guard/judge/judging.ts";

for (
  const [address, shown] of [
    ["https://git.example/app.git#main", "https://git.example/app.git#main"],
    ["https://me:S3cret@git.example/app.git", "https://…@git.example/app.git"],
    ["https://git.example/app.git?key=S3cret", "https://git.example/app.git?…"],
    ["git@git.example:app.git?key=S3cret", "…@git.example:app.git?…"],
    // An "@" of the query ends no password, and what follows it may be one.
    ["https://git.example/x?as=me@example.com&key=S3cret", "https://…"],
    // A password may hold a "?".
    ["https://me:S3?cret@git.example/app.git", "https://…"],
    ["git.example/x?as=me@example.com&key=S3cret", "…"],
  ] as const
) {
  Deno.test(`the address ${address} is shown without secrets`, () => {
    assertEquals(shownAddress(address), shown);
  });
}
