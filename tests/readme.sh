#!/usr/bin/env bash
# Do the command-line blocks of the READMEs paste into bash and zsh, and print what the pages say?
#
# Needs the Rust toolchain, and free ports 8000, 8080, 9000 and 9324 on loopback, which the README
# names. Stops what it starts.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/tools.sh

tool awscli
tool cargo-lambda
debian_package zsh
cargo build --quiet --workspace --tests

# tests/deploy.sh runs the real one.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '#!/bin/sh\necho "sam was given: $*"\n' >"$work/sam"
chmod +x "$work/sam"
PATH=$work:$PATH
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1 CARGO_TERM_COLOR=never
python3 tests/readme "$@"
