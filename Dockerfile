# syntax=docker/dockerfile:1

# The image: one program and the names of two users.
#
#   docker build -t sockwarden .
#   docker build --build-arg RUNTIME=v8 -t sockwarden:v8 .
#
# RUNTIME is `lean` (our small base), `v8` or `quickjs` (stock Deno's bases, with
# the few libraries of glibc that they need).

# The lean one is compiled on the builder's own architecture, whatever the image's
# is:
#
#   docker buildx build --platform linux/arm64 .

FROM --platform=$BUILDPLATFORM denoland/deno:bin-2.9.6 AS deno

FROM --platform=$BUILDPLATFORM rust:1.95-slim-bookworm AS build
ARG TARGETARCH
# What `deno task base` asks for; /architecture is the image's, as `uname -m` has it.
RUN own=$(dpkg --print-architecture) \
 && image=${TARGETARCH:-$own} \
 && case "$image" in \
      amd64) echo x86_64 && gcc=gcc-x86-64-linux-gnu ;; \
      arm64) echo aarch64 && gcc=gcc-aarch64-linux-gnu ;; \
      *) echo "images are for amd64 and arm64, not for $image" >&2; exit 1 ;; \
    esac >/architecture \
 && if [ "$image" = "$own" ]; then other=; else \
      dpkg --add-architecture "$image"; other="$gcc musl-dev:$image"; \
    fi \
 && apt-get update \
 && apt-get install -y --no-install-recommends \
      gcc libc6-dev lld musl-tools patch $other \
 && rm -rf /var/lib/apt/lists/*
COPY --from=deno /deno /usr/local/bin/deno
WORKDIR /src
ARG RUNTIME=lean

# The base changes seldom and takes longest: it has its own layers.
COPY deno.json deno.lock ./
COPY web/deno.json web/
COPY tools/base.ts tools/runtimes.ts tools/exists.ts tools/
COPY base/ base/
RUN if [ "$RUNTIME" = lean ]; then \
      (cd base && rustup target add "$(uname -m)-unknown-linux-musl" "$(cat /architecture)-unknown-linux-musl") \
      && deno run -A tools/base.ts --arch "$(cat /architecture)"; \
    fi

COPY . .
# The licences go into the image. The time is that of the list beside them, which
# does not.
RUN deno run -A tools/compile.ts --runtime "$RUNTIME" --arch "$(cat /architecture)" \
 && if [ "$RUNTIME" = lean ]; then \
      SOURCE_DATE_EPOCH=0 deno run -A tools/release/sbom.ts --arch "$(cat /architecture)"; \
    fi \
 && deno run -A tools/image.ts --tree=/tree "dist/sockwarden-$RUNTIME-$(cat /architecture)"

FROM scratch
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="sockwarden" \
      org.opencontainers.image.description="Lets programs use the part of the Docker socket that you grant them" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /tree/ /
# Started as root, as the original is, so that a swap works: it becomes user
# 65532 with the socket's group before it listens. `user: "65532:GID"` is the
# stricter form.
ENV SOCKWARDEN_LISTEN=tcp://[::]:2375
EXPOSE 2375
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=10s --start-period=10s --start-interval=1s --retries=3 CMD ["/sockwarden", "healthcheck"]
ENTRYPOINT ["/sockwarden"]
