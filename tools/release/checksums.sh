#!/usr/bin/env bash
# Writes dist/SHA256SUMS of the binaries and of the list of contents.
source "$(dirname "$0")/common.sh"
cd dist
shopt -s nullglob
files=(sockwarden-lean-* sockwarden-v8-* sockwarden.spdx.json)
present=()
for file in "${files[@]}"; do
  [ -f "$file" ] && present+=("$file")
done
[ "${#present[@]}" -gt 0 ] || stop "dist/ holds no binary: run tools/release/build.sh"
sha256sum "${present[@]}" | tee SHA256SUMS
