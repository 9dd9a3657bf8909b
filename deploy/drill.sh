#!/usr/bin/env bash
# drill.sh PROGRAM RULES SCRATCH-FOLDER: the restore drill, from a board at work to the same answers
# from a restored one. A server is started, loaded, backed up and killed; its folder is lost; the
# newest backup and the kept keys make another; that is verified, served and asked the same.
# Touches nothing outside the scratch folder. Prints how long each step took.
set -euo pipefail
program=$(realpath "$1") rules=$(realpath "$2")
examples=$(realpath "$(dirname "${BASH_SOURCE[0]}")/examples/import")
mkdir -p "$3"
scratch=$(mktemp -d "$(realpath "$3")/drill.XXXXXX")
server=''

finish() {
  local code=$?
  if [[ -n $server ]]; then kill -KILL "$server" 2>/dev/null || true; fi
  if ((code != 0)); then cat "$scratch"/*.stderr >&2; fi
  rm -rf "$scratch"
  exit "$code"
}
trap finish EXIT

step() { printf '%5d s  %s\n' "$SECONDS" "$*"; }
die() {
  printf 'NOT SO: %s\n' "$*" >&2
  exit 1
}
ask() { "$program" "$@"; }

# start NAME FOLDER: serves the folder on any free port.
start() {
  local stdout=$scratch/$1.stdout
  : >"$stdout"
  "$program" serve --data "$2" --backup "$scratch/backups" --rules "$rules" --listen 127.0.0.1:0 \
    --checkpoint-seconds 1 >"$stdout" 2>"$scratch/$1.stderr" &
  server=$!
  until grep -q '^Listening on ' "$stdout"; do
    kill -0 "$server" 2>/dev/null || die "the server of $2 does not start"
    sleep 0.1
  done
  GOODSTANDING_SERVER=$(sed -n 's/^Listening on //p' "$stdout")
  export GOODSTANDING_SERVER
}

log_head() { ask status --json | sed -n 's/.*"head_position": *"\([0-9]*\)".*/\1/p'; }

# Whatever is asked before and after: standings, names (which need the keys), history. A restored log
# has one event more.
answers() {
  local id
  ask report --as-of 2025-11-01 --csv
  for id in m-1001 m-1002 m-1003 m-1004; do
    ask certificant "$id"
    ask explain "$id" --as-of 2026-01-01
    ask account "$id"
    ask history "$id"
  done | grep -v '^Log position '
}

step "start and load"
start board "$scratch/board"
ask import "$examples" --request-id drill >/dev/null
answers >"$scratch/before"
grep -q 'm-1001' "$scratch/before" || die "the board has people"

step "keep a checkpoint of all that, its key and the deployment key elsewhere"
mkdir -m 0700 "$scratch/vault"
cp -p "$scratch/board/deployment.key" "$scratch/vault/"
size=$(log_head)
[[ -n $size ]] || die "the status tells the head of the log"
until [[ $(sed -n 2p "$scratch/vault/checkpoint.txt" 2>/dev/null) == "$size" ]]; do
  key=$(ask checkpoint --out "$scratch/vault/checkpoint.txt" 2>&1 | tail -n 1)
done

step "back up"
ask backup --keep 2

step "kill the server, lose its folder"
kill -KILL "$server"
wait "$server" 2>/dev/null || true
server=''
rm -rf "$scratch/board"

step "restore the newest backup, with the kept key"
ask restore "$scratch/backups" "$scratch/restored"
if "$program" serve --data "$scratch/restored" --listen 127.0.0.1:0 >/dev/null 2>&1; then
  die "a folder without its deployment key must not be served"
fi
install -m 0600 "$scratch/vault/deployment.key" "$scratch/restored/"
step "verify every row, against the kept checkpoint"
ask verify "$scratch/restored" --key "$key" --checkpoint "$scratch/vault/checkpoint.txt"

step "serve it and compare all answers, names included"
start restored "$scratch/restored"
answers >"$scratch/after"
diff "$scratch/before" "$scratch/after" || die "the restored board answers differently"
ask status --check-views

step "it goes on: a repeat is known, a new command is taken"
size=$(log_head)
ask import "$examples" --request-id drill >/dev/null
[[ -n $size && $(log_head) == "$size" ]] || die "the repeated import was recorded twice"
mkdir "$scratch/more"
printf 'id,name\nm-2001,Eva Lind\n' >"$scratch/more/certificants.csv"
ask import "$scratch/more" >/dev/null
(($(log_head) > size)) || die "a new command is not recorded"
ask backup

kill -TERM "$server"
code=0
wait "$server" || code=$?
server=''
((code == 0)) || die "exit code $code at the end"
step "drill passed"
