#!/usr/bin/env bash
# Builds the program of one runtime for this machine: build.sh lean|v8
# The result is dist/sockwarden-<runtime>-<architecture>.
source "$(dirname "$0")/common.sh"
runtime=$(runtime_of "${1:-}")

if [ "$runtime" = lean ]; then
  needs cargo "https://rustup.rs"
  (cd base && rustup target add "$(uname -m)-unknown-linux-musl")
  deno run -A tools/base.ts
fi
deno run -A tools/compile.ts --runtime "$runtime"

binary="dist/sockwarden-$runtime-$(uname -m)"
"$binary" --version
if [ "$runtime" = lean ]; then
  deno run -A tools/image.ts "$binary" | head -1
fi
