#!/usr/bin/env bash
# check_units.sh PROGRAM: the units are understood whole, and how exposed systemd finds them (0 to
# 10, less is better; more than 2 fails). Exit code 77 where systemd-analyze is not there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
command -v systemd-analyze >/dev/null || { echo "SKIPPED: no systemd-analyze" && exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# verify looks for the programs, so the units name one that is there. Unknown keys are warnings to
# it, with exit code 0: any line about our units is a failure.
for unit in *.service *.timer; do
  sed "s|/usr/bin/goodstanding|$1|g" "$unit" >"$scratch/$unit"
done
verdict=$(cd "$scratch" && systemd-analyze verify --man=no ./*.service ./*.timer 2>&1) || true
if grep -F goodstanding <<<"$verdict"; then exit 1; fi
echo "units: nothing to complain of"

for unit in *.service; do
  systemd-analyze security --no-pager --offline=true --threshold=20 "./$unit" >"$scratch/security" || {
    cat "$scratch/security"
    exit 1
  }
  printf '%s: ' "$unit"
  grep -F 'Overall exposure' "$scratch/security" || { cat "$scratch/security" && exit 1; }
  grep '^✗' "$scratch/security" | sed 's/^/    remains: /' || true
done
