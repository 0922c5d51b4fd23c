#!/bin/sh
# Writes ../facts.tsv: body, path, type, and a version of the API that has it,
# for every field of every body; the newest structures come first.
set -eu
cd "$(dirname "$0")"
for module in . older/docker-28 older/docker-19.03 older/docker-1.13; do
  go -C "$module" run . types
done | awk -F '\t' '!seen[$1 FS $2]++' >../facts.tsv
