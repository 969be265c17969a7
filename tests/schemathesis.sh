#!/usr/bin/env bash
# Does the HTTP API keep what its openapi.json says, whatever is sent to it? No answer may be a 5xx
# or outside of the document.
#
# tests/schemathesis.sh [SECONDS]; a minute unless said. It asks `roster up` as a service, which
# may see everything, and prints the seed of its run.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/tools.sh
source tests/up.sh
tool schemathesis

work=$(mktemp -d)
finish() {
  down
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM
up "$work"

# Not checked: that what the document allows is accepted, since a cursor cannot be made up, and
# evaluations may leave out what each of them states.
(cd "$work" && schemathesis run "$api/openapi.json" --max-time "${1:-60}" \
  --header "Authorization: Bearer $token" --exclude-checks positive_data_acceptance \
  --continue-on-failure --no-color)
if [ -s "$work/err.log" ]; then
  echo "schemathesis.sh: the API logged:" >&2
  cat "$work/err.log" >&2
  exit 1
fi
