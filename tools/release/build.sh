#!/usr/bin/env bash
# Builds the program of one runtime: build.sh lean|v8 [x86_64|aarch64]
# For this machine's architecture unless another is named, which lean alone can be.
# The result is dist/sockwarden-<runtime>-<architecture>; for lean its list of
# contents (.cdx.json) and the licences (.licenses.txt) stand beside it.
source "$(dirname "$0")/common.sh"
runtime=$(runtime_of "${1:-}")
arch=$(arch_of "${2:-}")

if [ "$runtime" = lean ]; then
  needs cargo "https://rustup.rs"
  (cd base && rustup target add "$(uname -m)-unknown-linux-musl" "$arch-unknown-linux-musl")
  deno run -A tools/base.ts --arch "$arch"
fi
deno run -A tools/compile.ts --runtime "$runtime" --arch "$arch"

binary="dist/sockwarden-$runtime-$arch"
if [ "$arch" = "$(uname -m)" ]; then
  "$binary" --version
elif command -v "qemu-$arch" >/dev/null; then
  "qemu-$arch" "$binary" --version
else
  echo "not run: qemu-$arch is missing"
fi
if [ "$runtime" = lean ]; then
  deno run -A tools/release/sbom.ts --arch "$arch"
  deno run -A tools/image.ts "$binary" | head -1
fi
