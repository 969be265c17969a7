#!/usr/bin/env bash
# Is the API's openapi.json valid, and do clients that are generated from it work?
#
# Validates the document and makes a TypeScript and a Python client of it. Both are checked by
# their language and ask a running API one question.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/tools.sh
source tests/up.sh
tool openapi-spec-validator
npm_packages openapi-typescript@7.13.0 openapi-fetch@0.17.0 typescript@5.9.3
tool openapi-python-client # The last, since its Python also runs the client.

work=$(mktemp -d)
finish() {
  down
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM
up "$work"

document=$work/openapi.json
curl -sSf "$api/openapi.json" >"$document"
openapi-spec-validator "$document"

mkdir "$work/typescript"
ln -s "$npm_place/node_modules" "$work/typescript/node_modules"
cp tests/openapi/ask.ts "$work/typescript/ask.ts"
echo '{"type": "module"}' >"$work/typescript/package.json"
(cd "$work/typescript" &&
  node_modules/.bin/openapi-typescript "$document" -o schema.d.ts >schema.log &&
  node_modules/.bin/tsc --strict --target es2022 --module nodenext --lib es2022,dom ask.ts schema.d.ts &&
  node ask.js "$api" "$token")

echo 'post_hooks: []' >"$work/python.yaml"
openapi-python-client generate --path "$document" --output-path "$work/roster_client" \
  --config "$work/python.yaml" --meta none --fail-on-warning >"$work/python.log" ||
  { cat "$work/python.log" >&2; exit 1; }
python3 -W error -m compileall -q "$work/roster_client"
PYTHONPATH=$work python3 tests/openapi/ask.py "$api" "$token"
