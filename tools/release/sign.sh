#!/usr/bin/env bash
# Signs the checksums and the joint images with cosign, without a key of ours:
# with the identity of the workflow, or by hand with yours. Needs IMAGE.
source "$(dirname "$0")/common.sh"
image=$(image)
needs cosign "https://docs.sigstore.dev/cosign/system_config/installation/"
[ -s dist/SHA256SUMS ] || stop "dist/SHA256SUMS is missing: run tools/release/checksums.sh"

cosign sign-blob --yes --bundle dist/SHA256SUMS.sigstore.json dist/SHA256SUMS
for runtime in lean v8; do
  file="dist/digest-$runtime"
  [ -s "$file" ] || stop "$file is missing: run tools/release/manifest.sh $runtime"
  cosign sign --yes --recursive "$image@$(cat "$file")"
done
