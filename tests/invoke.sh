#!/usr/bin/env bash
# Does `cargo lambda invoke` work against `roster up`, as the README tells it? And does the function
# of the HTTP API answer what API Gateway hands over (payload format 2.0)?
#
# Needs cargo-lambda on the PATH. Uses free ports on loopback and stops what it starts.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

fail() {
  echo "invoke.sh: $1" >&2
  tail -n 40 "$work"/*.log >&2
  exit 1
}

running() {
  for pid in "${pids[@]}"; do kill -0 "$pid" 2>/dev/null || return 1; done
  ! grep -qs '^ERROR' "$work/watch.log"
}

# Waits up to 15 minutes for a command to succeed: the first invocation compiles.
until_ok() {
  local end=$((SECONDS + 900))
  until "${@:2}"; do
    [ "$SECONDS" -lt "$end" ] || fail "$1 did not come in time"
    running || fail "a server ended early while waiting for $1"
    sleep 0.2
  done
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

cargo build --quiet --workspace
roster=$(cargo metadata --no-deps --format-version 1 |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/debug/roster
"$roster" up --dynamodb-port 0 --sqs-port 0 --api-port 0 >"$work/up.log" 2>&1 &
pids+=($!)
until_ok "roster up" grep -q "^  DynamoDB" "$work/up.log"
endpoint=$(awk '$1 == "DynamoDB" { print $2 }' "$work/up.log")

api=$(awk '$1 == "HTTP" { print $3 }' "$work/up.log")
sed "s|http://127.0.0.1:8000|$endpoint|" infra/cli/lambda.env >"$work/lambda.env"
cat >>"$work/lambda.env" <<ENV
TOKEN_ISSUERS='[{"issuer":"http://roster.local/issuer","jwksUrl":"$api/issuer/keys","audience":"roster","serviceClaims":{"gty":"client-credentials"}}]'
PAGE_TOKEN_KEY=fresh
TOKEN_MAX_LIFETIME=3600
ENV
port=$(free_port)
cargo lambda watch --ignore-changes --invoke-address 127.0.0.1 --invoke-port "$port" \
  --env-file "$work/lambda.env" >"$work/watch.log" 2>&1 &
pids+=($!)

invoke() {
  timeout 900 cargo lambda invoke consumer --invoke-address 127.0.0.1 --invoke-port "$port" \
    --data-file tests/data/sqs-batch.json >"$work/response.json" 2>"$work/invoke.log"
}
export CARGO_TERM_COLOR=never
until_ok "cargo lambda invoke" invoke

python3 - "$work/response.json" <<'PYTHON' || fail "unexpected response: $(cat "$work/response.json")"
import json, sys
batch = json.load(open("tests/data/sqs-batch.json"))["Records"]
bad = sorted(batch[n]["messageId"] for n in (2, 4))
failures = json.load(open(sys.argv[1]))["batchItemFailures"]
assert sorted(f["itemIdentifier"] for f in failures) == bad, failures
PYTHON

"$roster" get organization fixture --dynamodb-port "${endpoint##*:}" --json >"$work/fixture.json"
python3 - "$work/fixture.json" <<'PYTHON' || fail "unexpected directory: $(cat "$work/fixture.json")"
import json, sys
found = json.load(open(sys.argv[1]))
roles = {member["userId"]: member["role"] for member in found["users"]}
assert roles == {"ada": "admin", "alan": "writer"}, roles
assert found["name"] == "Fixture Ltd"
PYTHON

# The same questions through the gateway's payload and through the port of `roster up`.
token=$("$roster" token --service --api-port "${api##*:}")
ask() {
  timeout 900 cargo lambda invoke api --invoke-address 127.0.0.1 --invoke-port "$port" \
    --data-file "$work/request.json" >"$work/answer.json" 2>"$work/invoke.log"
}
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
while IFS=$'\t' read -r method path query body; do
  python3 - "$token" "$method" "$path" "$query" "$body" >"$work/request.json" <<'PYTHON'
import json, sys
from urllib.parse import unquote
token, method, path, query, body = sys.argv[1:]
path = unquote(path, errors="replace")  # API Gateway decodes the path, and only that.
query = "" if query == "-" else query
http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
        "userAgent": "invoke.sh"}
headers = {"authorization": f"Bearer {token}", "content-type": "application/json",
           "host": "127.0.0.1", "x-request-id": "invoke-1"}
context = {"accountId": "1", "apiId": "a", "domainName": "127.0.0.1", "domainPrefix": "127",
           "http": http, "requestId": "r", "routeKey": "$default", "stage": "$default",
           "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 1767225600000}
request = {"version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
           "headers": headers, "requestContext": context, "isBase64Encoded": False}
if body != "-":
    request["body"] = body
print(json.dumps(request))
PYTHON
  until_ok "the API's answer" ask
  arguments=(-H "Authorization: Bearer $token" -H 'Content-Type: application/json'
    -H 'X-Request-ID: invoke-1' -X "$method")
  [ "$body" = - ] || arguments+=(-d "$body")
  [ "$query" = - ] || path=$path?$query
  curl -sS "${arguments[@]}" -w '\n%{http_code}' "$api$path" >"$work/direct.txt"
  python3 - "$work/answer.json" "$work/direct.txt" <<'PYTHON' || fail "another answer to $method $path"
import json, sys
answer = json.load(open(sys.argv[1]))
body, status = open(sys.argv[2]).read().rsplit("\n", 1)
assert answer["statusCode"] == int(status), answer
pages = [json.loads(text) for text in (answer["body"], body)]
# Cursors are sealed, so no two are equal.
cursors = [page.pop("next", "") for page in pages]
assert pages[0] == pages[1], pages
assert len(cursors[0]) == len(cursors[1]), cursors
headers = {name.lower(): value for name, value in answer["headers"].items()}
assert headers["x-request-id"] == "invoke-1", headers
PYTHON
  asked=$((${asked:-0} + 1))
done <<'QUESTIONS'
GET	/organizations/fixture	-	-
GET	/organizations/fixture/users	limit=1	-
GET	/users/ada/organizations	-	-
GET	/organizations/nowhere	-	-
GET	/organizations/fixtur%65	-	-
GET	/organizations/-/users/-	userId=ada&id=fixtur%65	-
GET	/organizations/fixture%23x	-	-
GET	/users/a%2564a	-	-
GET	/users/ada%2Forganizations	-	-
GET	/users/-	id=ada%2Forganizations	-
GET	/users/-	id=%FF	-
POST	/access/v1/evaluation	-	{"subject":{"type":"user","id":"ada"},"action":{"name":"members:manage"},"resource":{"type":"organization","id":"fixture"}}
POST	/access/v1/evaluation	-	{"subject":{"type":"user","id":"ada"}}
QUESTIONS
[ "$asked" = 13 ] || fail "asked $asked questions"
echo "invoke.sh: 14 passed, 0 failed"
