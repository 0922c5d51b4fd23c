#!/usr/bin/env bash
# Lists what the binaries are made of: dist/sockwarden.spdx.json. Needs VERSION.
source "$(dirname "$0")/common.sh"
needs cargo "https://rustup.rs"
VERSION=$(version)
export VERSION
deno run -A tools/release/sbom.ts
