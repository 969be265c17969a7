# Common commands. `just` lists them; none does more than the command it shows.

# List the recipes.
default:
    @just --list

# Run the whole system on this machine.
up *ARGS:
    cargo run -- up {{ARGS}}

# Format, lint and test: most of what the gate does, in minutes.
check: fmt lint test

# Format the Rust code.
fmt:
    cargo fmt --all

# Lint as the gate does.
lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Run the tests, or one test target: `just test house`.
test TARGET="":
    cargo test --workspace --locked {{ if TARGET == "" { "" } else { "--test " + TARGET } }}

# Rewrite the files that tests compare with the code: schemas, catalogue and openapi.json.
write:
    ROSTER_WRITE=1 cargo test --workspace --locked --test schemas
    ROSTER_WRITE=1 cargo test --workspace --locked --test api document

# Run everything that a merge needs.
gate:
    .ci/run

# Fuzz the decoder for that many seconds.
fuzz SECONDS="30":
    tests/fuzz.sh {{SECONDS}}

# Build for AWS.
build:
    sam build
