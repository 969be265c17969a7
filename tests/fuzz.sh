#!/usr/bin/env bash
# Does any message break a promise of tests/fuzz/invariants.rs? Fuzzes for SECONDS (30).
#
# Usage: tests/fuzz.sh [SECONDS]
#
# Needs cargo-fuzz on the PATH and a C++ compiler; stable Rust will do. What it finds goes to
# a temporary folder, never into the committed corpus.
set -euo pipefail
cd "$(dirname "$0")/fuzz"

# Memory errors need unsafe code, which the project forbids, so no sanitizer is asked for.
cargo fuzz build --fuzz-dir . --sanitizer none decode

seconds=${1:-30}
work=$(mktemp -d)
mkdir "$work/new" "$work/failing"
corpora=("$work/new" corpus)
if [ -d regressions ]; then corpora+=(regressions); fi

status=0
cargo fuzz run --fuzz-dir . --sanitizer none decode "${corpora[@]}" -- \
  -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=1048576 \
  -dict=decode.dict -artifact_prefix="$work/failing/" -print_final_stats=1 \
  >"$work/log" 2>&1 || status=$?

if [ "$status" -ne 0 ]; then
  tail -n 60 "$work/log" >&2
  for input in "$work"/failing/*; do
    [ -e "$input" ] || continue
    echo "fuzz.sh: the failing input is $input; to keep it as a test:" >&2
    echo "  mkdir -p tests/fuzz/regressions && cp $input tests/fuzz/regressions/" >&2
  done
  exit 1
fi

executions=$(awk '$1 == "stat::number_of_executed_units:" { print $2 }' "$work/log")
coverage=$(grep -o 'cov: [0-9]* ft: [0-9]*' "$work/log" | tail -n 1)
rm -rf "$work"
echo "fuzz.sh: $executions executions, $coverage, 0 failed"
