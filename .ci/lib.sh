# shellcheck shell=bash
# What every script here shares: where things are, how they speak, which tools are used.
set -Eeuo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# Tools that setup builds are kept outside the checkout, so that several checkouts share them.
tools=${LATCHKEY_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/latchkey}
wasm_target=wasm32-unknown-unknown

# What setup installs where PATH has no such tool. wasm-bindgen must equal the version in Cargo.lock; of the others any will do.
binaryen_version=132.0.0
cargo_deny_version=0.20.2
cargo_leptos_version=0.3.11
cargo_mutants_version=27.1.0
cargo_nextest_version=0.9.143

say() { printf '==> %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# step NAME COMMAND...: runs it and says how long it took. A failure ends the script, here and in the command's functions.
running=
step() {
  local from=$SECONDS
  running=$1
  shift
  say "$running"
  "$@"
  say "$running: done in $((SECONDS - from)) s"
  running=
}
trap '[ -z "$running" ] || printf "error: failed: %s\n" "$running" >&2; running=' ERR

# The version of a crate as Cargo.lock has it.
locked_version() {
  awk -v want="\"$1\"" '
    $1 == "name" { name = $3 }
    $1 == "version" && name == want { gsub(/"/, "", $3); print $3; exit }' Cargo.lock
}

use_tools() {
  local dir
  for dir in "$tools"/wasm-bindgen-cli-"$(locked_version wasm-bindgen)"/bin \
    "$tools/cargo-nextest-$cargo_nextest_version/bin" \
    "$tools/cargo-deny-$cargo_deny_version/bin" \
    "$tools/cargo-leptos-$cargo_leptos_version/bin" \
    "$tools/cargo-mutants-$cargo_mutants_version/bin" \
    "$tools/binaryen-$binaryen_version/node_modules/.bin"; do
    [ ! -d "$dir" ] || PATH=$dir:$PATH
  done
  export PATH
}
use_tools

# Does the default compiler know the browser's target? LATCHKEY_WASM=debian says to use the other way all the same.
default_has_wasm() {
  [ "${LATCHKEY_WASM:-}" != debian ] && [ -d "$(rustc --print sysroot)/lib/rustlib/$wasm_target" ]
}

# Where the browser's std is kept when Debian's compiler builds it.
debian_sysroot() {
  printf '%s/wasm-std-%s\n' "$tools" "$(/usr/bin/rustc --version --verbose | awk '$1 == "release:" || $1 == "commit-hash:" { printf "%s%s", sep, substr($2, 1, 12); sep = "-" }')"
}

# in_wasm COMMAND...: runs it with the compiler that can build for the browser, whichever that is.
in_wasm() {
  if default_has_wasm; then
    "$@"
  else
    env PATH="/usr/bin:$PATH" RUSTC=/usr/bin/rustc \
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$(debian_lld)" \
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--sysroot=$(debian_sysroot)" "$@"
  fi
}

debian_lld() {
  local lld
  lld=$(printf '%s\n' /usr/bin/wasm-ld-* | sort -V | tail -n 1)
  [ -x "$lld" ] && printf '%s\n' "$lld"
}

# The folder of PostgreSQL's server programs.
postgres_bin() {
  local dir
  for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) \
    "$(pg_config --bindir 2>/dev/null || true)" "$(dirname "$(command -v initdb || echo /-/-)")"; do
    [ -x "$dir/initdb" ] && printf '%s\n' "$dir" && return
  done
  return 1
}

# Debian keeps it where only root's PATH leads.
gateway_path() {
  command -v "$1" || { [ -x "/usr/sbin/$1" ] && echo "/usr/sbin/$1"; }
}

chromium_path() {
  command -v chromium || command -v chromium-browser || command -v google-chrome
}

# Fills `site` with [[workspace.metadata.leptos]] of Cargo.toml, the one place for these names and folders.
declare -A site
read_site() {
  local key value
  while IFS=$'\t' read -r key value; do site[$key]=$value; done < <(
    # shellcheck disable=SC2016
    cargo metadata --no-deps --format-version 1 | node -e '
      const [site] = JSON.parse(require("fs").readFileSync(0)).metadata.leptos;
      for (const [key, value] of Object.entries(site)) console.log(`${key}\t${value}`);'
  )
  [ -n "${site[output-name]:-}" ] || die "Cargo.toml has no [[workspace.metadata.leptos]]"
}
