# Read by the scripts beside it; runs nothing itself.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# Stops with a sentence.
stop() {
  echo "error: $*" >&2
  exit 1
}

# Stops unless a program is there: needs PROGRAM WHERE-TO-GET-IT
needs() {
  command -v "$1" >/dev/null 2>&1 || stop "$1 is missing: $2"
}

# The Deno that .tool-versions names: the one at hand if it is that version, else npm's.
pinned=$(sed -n 's/^deno //p' .tool-versions)
deno() {
  if command deno --version 2>/dev/null | grep -q "^deno $pinned "; then
    command deno "$@"
  else
    npx -y "deno@$pinned" "$@"
  fi
}

# Checks an architecture: this machine's where none is given.
arch_of() {
  case "${1:-$(uname -m)}" in
    x86_64 | aarch64) echo "${1:-$(uname -m)}" ;;
    *) stop "binaries are made for x86_64 or aarch64, not for ${1:-$(uname -m)}" ;;
  esac
}

# The architecture as Docker spells it.
docker_arch() {
  case "$1" in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
  esac
}

# Checks the first argument: lean or v8.
runtime_of() {
  case "${1:-}" in
    lean | v8) echo "$1" ;;
    *) stop "usage: $0 lean|v8 [x86_64|aarch64]" ;;
  esac
}

# The release's version, which must be the one in deno.json.
version() {
  [ -n "${VERSION:-}" ] || stop "set VERSION, as in VERSION=0.1.0"
  local written
  written=$(sed -n 's/^ *"version": "\(.*\)",$/\1/p' deno.json)
  [ "$VERSION" = "$written" ] || stop "VERSION is $VERSION, and deno.json says $written"
  echo "$VERSION"
}

# The image's name without a tag.
image() {
  [ -n "${IMAGE:-}" ] || stop "set IMAGE, as in IMAGE=registry.example/sockwarden"
  # Registries take small letters alone.
  echo "${IMAGE,,}"
}
