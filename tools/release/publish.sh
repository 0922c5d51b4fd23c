#!/usr/bin/env bash
# Makes the GitHub release vX.Y.Z with the binaries, their lists of contents and
# licences, checksums and signature; its text is the version's part of
# CHANGELOG.md. Needs VERSION.
source "$(dirname "$0")/common.sh"
version=$(version)
needs gh "https://cli.github.com"

notes=$(awk -v version="$version" '
  /^## / { inside = index($0, version) > 0; next }
  inside { print }
' CHANGELOG.md)
[ -n "$notes" ] || stop "CHANGELOG.md has no part '## $version'"

kind=()
[[ "$version" != *-* ]] || kind+=(--prerelease)
gh release create "v$version" --verify-tag --title "sockwarden $version" \
  --notes "$notes" "${kind[@]}" \
  dist/sockwarden-lean-x86_64{,.cdx.json,.licenses.txt} \
  dist/sockwarden-lean-aarch64{,.cdx.json,.licenses.txt} \
  dist/sockwarden-v8-x86_64 dist/sockwarden-v8-aarch64 \
  dist/SHA256SUMS dist/SHA256SUMS.sigstore.json
