#!/usr/bin/env bash
# Joins the images of both architectures under the release's tags:
# manifest.sh lean|v8. Needs VERSION, IMAGE and dist/digest-<runtime>-*.
# The joint image's digest goes into dist/digest-<runtime>.
source "$(dirname "$0")/common.sh"
runtime=$(runtime_of "${1:-}")
version=$(version)
image=$(image)
needs docker "https://docs.docker.com/engine/install/"

sources=()
for arch in amd64 arm64; do
  file="dist/digest-$runtime-$arch"
  [ -s "$file" ] || stop "$file is missing: run tools/release/image.sh $runtime on $arch"
  sources+=("$image@$(cat "$file")")
done

tags=()
if [ "$runtime" = lean ]; then
  tags+=(--tag "$image:$version")
  # An unreleased version does not become the default.
  [[ "$version" == *-* ]] || tags+=(--tag "$image:latest")
  tag="$version"
else
  tags+=(--tag "$image:$version-$runtime")
  tag="$version-$runtime"
fi
docker buildx imagetools create "${tags[@]}" "${sources[@]}"
docker buildx imagetools inspect "$image:$tag" --format '{{.Manifest.Digest}}' \
  >"dist/digest-$runtime"
echo "$image:$tag@$(cat "dist/digest-$runtime")"
