#!/usr/bin/env bash
# Builds and pushes the image of one runtime: image.sh lean|v8 [x86_64|aarch64]
# For this machine's architecture unless another is named, which lean alone can be.
# Needs VERSION and IMAGE. It gets no tag yet: its digest goes into
# dist/digest-<runtime>-<architecture>, for manifest.sh.
source "$(dirname "$0")/common.sh"
runtime=$(runtime_of "${1:-}")
version=$(version)
image=$(image)
arch=$(docker_arch "$(arch_of "${2:-}")")
needs docker "https://docs.docker.com/engine/install/"
docker buildx version >/dev/null 2>&1 ||
  stop "docker buildx is missing: install the plugin docker-buildx"

mkdir -p dist
labels=()
if [ -n "${SOURCE:-}" ]; then
  labels+=(--label "org.opencontainers.image.source=$SOURCE")
fi
docker buildx build . \
  --platform "linux/$arch" \
  --build-arg "RUNTIME=$runtime" \
  --build-arg "VERSION=$version" \
  --build-arg "REVISION=$(git rev-parse HEAD)" \
  "${labels[@]}" \
  --sbom=true \
  --provenance=mode=max \
  --metadata-file "dist/metadata-$runtime-$arch.json" \
  --output "type=image,name=$image,push-by-digest=true,name-canonical=true,push=true"
sed -n 's/.*"containerimage.digest": "\(sha256:[0-9a-f]*\)".*/\1/p' \
  "dist/metadata-$runtime-$arch.json" >"dist/digest-$runtime-$arch"
[ -s "dist/digest-$runtime-$arch" ] || stop "the build printed no digest"
echo "$image@$(cat "dist/digest-$runtime-$arch")"
