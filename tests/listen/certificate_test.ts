import { assertEquals, assertNotEquals } from "@std/assert";
import { certificateNames } from "../../lib/listen/certificate.ts";
import {
  authority,
  derOf,
  HAS_OPENSSL,
  testWithCertificates as test,
} from "../support/certificates.ts";

const ca = HAS_OPENSSL ? await authority("the authority") : null!;

for (
  const [what, options, names] of [
    ["a common name", { subject: "/O=ours/CN=alice" }, ["alice"]],
    ["a common name in UTF-8", { subject: "/CN=Zoë" }, ["Zoë"]],
    ["a common name with a comma", { subject: "/CN=a, CN=b" }, ["a, CN=b"]],
    ["a common name of a certificate of version 1", {
      subject: "/CN=alice",
      first: true,
    }, ["alice"]],
    ["no common name where there are two, but the others", {
      subject: "/CN=alice/CN=bob",
      names: "DNS.1 = carl",
    }, ["carl"]],
    ["DNS names, URIs and e-mail addresses, and no address of the network", {
      subject: "/CN=alice",
      names:
        "DNS.1 = bob.example\nURI.1 = spiffe://x/y\nemail.1 = c@example\nIP.1 = 10.0.0.1\nRID.1 = 1.2.3",
    }, ["alice", "bob.example", "spiffe://x/y", "c@example"]],
    ["a name that looks like two as the one that it is", {
      subject: "/CN=mallory",
      names: "URI.1 = http://x/\\, DNS:admin\nDNS.1 = x\\, URI:spiffe://x/y",
    }, ["mallory", "http://x/, DNS:admin", "x, URI:spiffe://x/y"]],
    ["alternative names of a critical extension", {
      subject: "/O=ours",
      names: "DNS.1 = bob",
      more: "subjectAltName = critical, @names",
    }, ["bob"]],
    ["each name once", { subject: "/CN=a", names: "DNS.1 = a" }, ["a"]],
    ["nothing without a name", { subject: "/O=ours" }, []],
  ] as const
) {
  test(`certificateNames() finds ${what}`, async () => {
    const { certificate } = await ca.issue(options);
    assertEquals(certificateNames(derOf(certificate)), [...names]);
  });
}

test(
  "certificateNames() leaves out names that are not plain text",
  async () => {
    const { certificate } = await ca.issue({ subject: "/CN=alice" });
    const der = derOf(certificate);
    // The tag of a UTF8String, its length, and the name.
    const at = der.findIndex((_, i) =>
      String.fromCharCode(...der.subarray(i, i + 7)) === "\x0c\x05alice"
    );
    assertNotEquals(at, -1);
    for (
      const [offset, byte] of [
        [4, 0], // a zero byte within the name
        [4, 0xff], // no UTF-8
        [0, 0x1e], // a BMPString
      ] as const
    ) {
      const changed = der.slice();
      changed[at + offset] = byte;
      assertEquals(certificateNames(changed), []);
    }
    assertEquals(certificateNames(der), ["alice"]);
  },
);

test(
  "certificateNames() finds nothing in a certificate that is cut or whose lengths were changed",
  async () => {
    const { certificate } = await ca.issue({
      subject: "/CN=alice",
      names: "DNS.1 = bob",
    });
    const der = derOf(certificate);
    for (let end = 0; end < der.length; end++) {
      assertEquals(certificateNames(der.subarray(0, end)), []);
    }
    for (const length of [0x80, 0x85, 0xff]) {
      const changed = der.slice();
      changed[1] = length;
      assertEquals(certificateNames(changed), []);
    }
  },
);
