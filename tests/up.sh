# For test scripts, which source this file: runs `roster up` on free ports with a few events in it.
#
# After `up FOLDER`, $roster is the command, $api and $queue are addresses and $token is that of a
# service, which may see everything. Logs go to FOLDER. `down` ends it.

up_pid=

up() {
  local work=$1
  roster=${CARGO_TARGET_DIR:-target}/debug/roster
  cargo build --quiet --workspace --locked
  export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
  RUST_LOG=warn "$roster" up --dynamodb-port 0 --sqs-port 0 --api-port 0 \
    >"$work/up.log" 2>"$work/err.log" &
  up_pid=$!
  for _ in {1..100}; do
    grep -q 'HTTP API' "$work/up.log" && break
    sleep 0.1
  done
  api=$(sed -n 's/^ *HTTP API *\(http[^ ]*\).*/\1/p' "$work/up.log")
  queue=$(sed -n 's/^ *queue *\(http[^ ]*\).*/\1/p' "$work/up.log")
  token=$("$roster" token --service --api-port "${api##*:}")
  send_events
  for _ in {1..100}; do
    curl -sSf "$api/projects/apollo" -H "Authorization: Bearer $token" >"$work/there" 2>&1 && break
    sleep 0.1
  done
  grep -q apollo "$work/there" || { cat "$work/err.log" >&2; return 1; }
}

down() {
  if [ -n "$up_pid" ]; then
    kill "$up_pid" 2>/dev/null || true
    wait "$up_pid" 2>/dev/null || true
  fi
}

send_events() {
  local port=${queue#http://*:}
  "$roster" send --sqs-port "${port%%/*}" >"$work/sent" <<'EVENTS'
{"eventId":"e-0","type":"UserCreated","timestamp":"2026-01-01T00:00:00Z","payload":{"id":"ada","name":"Ada","email":"ada@example.org"}}
{"eventId":"e-1","type":"OrganizationCreated","timestamp":"2026-01-01T00:00:00Z","payload":{"id":"acme","name":"Acme"}}
{"eventId":"e-2","type":"OrganizationUserAdded","timestamp":"2026-01-01T00:00:00Z","payload":{"organizationId":"acme","userId":"ada","role":"admin"}}
{"eventId":"e-3","type":"TeamCreated","timestamp":"2026-01-01T00:00:00Z","payload":{"organizationId":"acme","id":"core","name":"Core"}}
{"eventId":"e-4","type":"TeamUserAdded","timestamp":"2026-01-01T00:00:00Z","payload":{"organizationId":"acme","teamId":"core","userId":"ada"}}
{"eventId":"e-5","type":"ProjectCreated","timestamp":"2026-01-01T00:00:00Z","payload":{"id":"apollo","name":"Apollo","ownerOrganizationId":"acme","createdByUserId":"ada"}}
EVENTS
}
