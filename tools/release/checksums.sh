#!/usr/bin/env bash
# Writes dist/SHA256SUMS of the binaries, their lists of contents and licences.
source "$(dirname "$0")/common.sh"
cd dist
shopt -s nullglob
files=(sockwarden-lean-* sockwarden-v8-*)
present=()
for file in "${files[@]}"; do
  [ -f "$file" ] && present+=("$file")
done
[ "${#present[@]}" -gt 0 ] || stop "dist/ holds no binary: run tools/release/build.sh"
sha256sum "${present[@]}" | tee SHA256SUMS
