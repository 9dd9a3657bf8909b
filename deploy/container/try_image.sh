#!/usr/bin/env bash
# try_image.sh IMAGE.tar: unpacks the image and runs it as its own user on a root that is mounted
# read-only, with its own command line; imports, asks, backs up, and stops it. Root.
set -euo pipefail
image=$(realpath "$1")
scratch=$(mktemp -d)
server=''
finish() {
  local code=$?
  if [[ -n $server ]]; then
    kill -KILL "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  if mountpoint -q "$scratch/root"; then umount -R "$scratch/root" || exit 1; fi
  rm -rf --one-file-system "$scratch"
  exit "$code"
}
trap finish EXIT
die() {
  printf 'NOT SO: %s\n' "$*" >&2
  exit 1
}

mkdir "$scratch/image" "$scratch/root" "$scratch/data" "$scratch/backups"
tar -C "$scratch/image" -xf "$image"
config() { python3 - "$scratch/image" "$1" <<'PYTHON'
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
manifest = json.loads((folder / 'manifest.json').read_text())[0]
if sys.argv[2] == 'Layers':
    print('\n'.join(manifest['Layers']))
else:
    value = json.loads((folder / manifest['Config']).read_text())['config'][sys.argv[2]]
    print('\n'.join(value) if isinstance(value, list) else value)
PYTHON
}
[[ $(config User) == 10001:10001 ]] || die "the user is $(config User)"
while read -r layer; do tar -C "$scratch/root" -xf "$scratch/image/$layer"; done < <(config Layers)
for shell in bin/sh usr/bin/sh usr/bin/dpkg usr/bin/apt-get; do
  [[ ! -e $scratch/root/$shell ]] || die "$shell is in the image"
done
du -sh "$scratch/root" | sed 's/\t.*/ unpacked/'

mount --bind "$scratch/root" "$scratch/root"
mount -o remount,bind,ro "$scratch/root"
chown 10001:10001 "$scratch/data" "$scratch/backups"
mount --bind "$scratch/data" "$scratch/root/data"
mount --bind "$scratch/backups" "$scratch/root/backups"
port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
mapfile -t command < <(config Entrypoint && config Cmd | sed "s/:7443/:$port/")
run=(chroot --userspec=10001:10001 "$scratch/root")
"${run[@]}" "${command[@]}" >"$scratch/stdout" 2>"$scratch/stderr" &
server=$!
until grep -q '^Listening on ' "$scratch/stdout"; do
  kill -0 "$server" 2>/dev/null || { cat "$scratch/stderr" && die "the server does not start"; }
  sleep 0.1
done
ask() { GOODSTANDING_SERVER=127.0.0.1:$port "${run[@]}" /usr/bin/goodstanding "$@"; }
ask rules show namss-2025 >/dev/null
ask backup
ask status
kill -TERM "$server"
code=0
wait "$server" || code=$?
server=''
((code == 0)) || die "exit code $code"
printf 'ok: runs as its user on a read-only root\n'
