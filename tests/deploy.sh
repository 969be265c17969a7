#!/usr/bin/env bash
# Does the shipped template deploy, and does the function that it ships do what the README says?
#
# Builds and deploys with `sam build` and `sam deploy`, to an emulator of AWS on a free port of
# loopback, and runs the checks in tests/deployed against it. Installs its tools, and stops what
# it starts. The functions are release builds for this machine without link-time optimization, which
# takes most of the time of a build and changes nothing that is checked here. To deploy exactly what is
# shipped, set CARGO_PROFILE_RELEASE_LTO=fat and CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/tools.sh
tool ministack
tool aws-sam-cli
python=$(dirname "$(command -v sam)")/python3
tool cargo-lambda # The last, since it looks for Zig in the first Python on the PATH.

export CARGO_PROFILE_RELEASE_LTO=${CARGO_PROFILE_RELEASE_LTO-off}
export CARGO_PROFILE_RELEASE_CODEGEN_UNITS=${CARGO_PROFILE_RELEASE_CODEGEN_UNITS-16}

work=$(mktemp -d)
emulator=
issuer=
job=
finish() {
  for pid in $job $emulator $issuer; do
    kill -- "-$pid" 2>/dev/null || true
    for _ in {1..50}; do kill -0 -- "-$pid" 2>/dev/null && sleep 0.2; done
    kill -KILL -- "-$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM
set -m # Each job gets a process group, so that it ends with its children.

# Says what failed, shows the end of a log of it, and ends.
fail() {
  echo "deploy.sh: $1" >&2
  tail -n 60 "$work/$2" >&2
  exit 1
}

# Runs a command for so many seconds at most.
bounded() {
  timeout "$@" </dev/null &
  job=$!
  local status=0
  wait "$job" || status=$?
  job=
  return "$status"
}

# No settings of the user's, and no way to an account on AWS.
unset "${!AWS_@}"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export AWS_ENDPOINT_URL=http://127.0.0.1:$port
export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
export NO_PROXY=127.0.0.1${NO_PROXY:+,$NO_PROXY} SAM_CLI_TELEMETRY=0 PYTHONDONTWRITEBYTECODE=1
export no_proxy=$NO_PROXY

case $(uname -m) in
  x86_64) architecture=x86_64 ;;
  *) architecture=arm64 ;;
esac
settings=(--config-file "$PWD/samconfig.toml"
  --parameter-overrides Stage=dev "Architecture=$architecture")

# Waits for a command to succeed, which a process of ours is to make possible.
await() {
  local what=$1 pid=$2 log=$3 end=$((SECONDS + 60))
  shift 3
  until "$@"; do
    kill -0 "$pid" 2>/dev/null || fail "$what ended" "$log"
    [ "$SECONDS" -lt "$end" ] || fail "$what did not start in a minute" "$log"
    sleep 0.2
  done
}

echo "deploy.sh: sam build"
bounded 3000 sam build "${settings[@]}" --build-dir "$work/build" >"$work/build.log" 2>&1 ||
  fail "sam build failed" build.log
bounded 3000 cargo build --quiet --workspace --locked >"$work/cargo.log" 2>&1 ||
  fail "cargo build failed" cargo.log

# The function inherits AWS_ENDPOINT_URL and, as on Lambda, the format of its log. MQTT would
# listen on every address, and a Docker engine would run the function out of reach of loopback.
echo "deploy.sh: sam deploy"
mkdir "$work/tmp"
TMPDIR=$work/tmp GATEWAY_PORT=$port BIND_HOST=127.0.0.1 MINISTACK_HOST=127.0.0.1 \
  IOT_MTLS_ENABLED=0 DOCKER_HOST=unix:///nowhere AWS_LAMBDA_LOG_FORMAT=JSON \
  ministack </dev/null >"$work/emulator.log" 2>&1 &
emulator=$!
ready() {
  python3 - "$AWS_ENDPOINT_URL/_ministack/ready" <<'PYTHON' 2>/dev/null
import sys, urllib.request
urllib.request.urlopen(sys.argv[1], timeout=5)
PYTHON
}
await "the emulator" "$emulator" emulator.log ready

# The API takes the tokens of a `roster up`, of which nothing else is used.
roster=$(cargo metadata --no-deps --format-version 1 |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/debug/roster
"$roster" up --dynamodb-port 0 --sqs-port 0 --api-port 0 </dev/null >"$work/issuer.log" 2>&1 &
issuer=$!
await "roster up" "$issuer" issuer.log grep -q "HTTP API" "$work/issuer.log"
issuer_port=$(sed -n 's|.*HTTP API *http://127.0.0.1:\([0-9]*\).*|\1|p' "$work/issuer.log")
settings+=("TokenIssuers='[{\"issuer\": \"http://roster.local/issuer\", \"audience\": \"roster\",
  \"jwksUrl\": \"http://127.0.0.1:$issuer_port/issuer/keys\",
  \"serviceClaims\": {\"gty\": \"client-credentials\"}}]'")

bounded 300 sam deploy "${settings[@]}" --template-file "$work/build/template.yaml" \
  --no-confirm-changeset --no-progressbar >"$work/deploy.log" 2>&1 || fail "sam deploy failed" deploy.log

if ! bounded 600 "$python" tests/deployed roster-dev "$roster" "$emulator" "$issuer_port"; then
  grep -E ' (WARNING|ERROR) ' "$work/emulator.log" >"$work/warnings.log" || true
  fail "what the emulator warned of:" warnings.log
fi
