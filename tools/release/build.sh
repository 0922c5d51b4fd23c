#!/usr/bin/env bash
# Builds the program of one engine for this machine: build.sh lean|v8
# The result is dist/sockwarden-<engine>-<architecture>.
source "$(dirname "$0")/common.sh"
engine=$(engine_of "${1:-}")

if [ "$engine" = lean ]; then
  needs cargo "https://rustup.rs"
  deno run -A tools/base.ts
fi
deno run -A tools/compile.ts --engine "$engine"

binary="dist/sockwarden-$engine-$(uname -m)"
"$binary" --version
if [ "$engine" = lean ]; then
  deno run -A tools/image.ts "$binary" | head -1
fi
