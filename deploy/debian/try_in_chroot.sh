#!/usr/bin/env bash
# try_in_chroot.sh DEB NEWER-DEB: installs, uses, upgrades, removes and purges the package in a fresh
# minimal Debian 12, as root; fails at the first thing that is not as it must be. There is no
# systemd in there: the server is started by the unit's command line, as the unit's user.
set -euo pipefail
readonly DATA=/var/lib/goodstanding BACKUPS=/var/backups/goodstanding
deb=$(realpath "$1") newer=$(realpath "$2")
scratch=$(mktemp -d)
root=$scratch/debian
server=''
port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')

finish() {
  local code=$?
  if [[ -n $server ]]; then kill -KILL "$server" 2>/dev/null || true; fi
  if mountpoint -q "$root/proc"; then umount "$root/proc"; fi
  rm -rf --one-file-system "$scratch"
  exit "$code"
}
trap finish EXIT

say() { printf '==> %s\n' "$*"; }
die() {
  printf 'NOT SO: %s\n' "$*" >&2
  exit 1
}
inside() {
  chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
    GOODSTANDING_SERVER="127.0.0.1:$port" "$@"
}

# same WHAT EXPECTED FOUND
same() {
  if [[ $2 != "$3" ]]; then die "$1: expected"$'\n'"$2"$'\n'"found"$'\n'"$3"; fi
  printf 'ok: %s\n' "$1"
}

make_debian() {
  say "A fresh Debian"
  debootstrap --variant=minbase bookworm "$root" http://deb.debian.org/debian \
    >"$scratch/debootstrap.log" 2>&1 || { tail -n 20 "$scratch/debootstrap.log" && die debootstrap; }
  rm -f "$root"/etc/apt/sources.list
  cp -r /etc/apt/sources.list* "$root/etc/apt/"
  cp /etc/resolv.conf /etc/hosts "$root/etc/"
  # In a container: no daemon is started by installing it.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  mount -t proc proc "$root/proc"
  inside apt-get -q update >"$scratch/apt.log" 2>&1 || { cat "$scratch/apt.log" && die "apt-get update"; }
}

# install DEB, as apt does it, with all that the package says it needs
install_package() {
  cp "$1" "$root/tmp/goodstanding.deb"
  inside apt-get -q install -y --no-install-recommends /tmp/goodstanding.deb \
    >"$scratch/apt.log" 2>&1 || { cat "$scratch/apt.log" && die "apt-get install $1"; }
}

# The value of a key of the installed unit.
unit() { sed -n "s/^$1=//p" "$root/usr/lib/systemd/system/goodstanding.service"; }

# Starts the server as the unit does, in the background.
start() {
  local user
  user=$(unit User)
  : >"$scratch/stdout"
  chroot "$root" setpriv --reuid "$user" --regid "$(unit Group)" --clear-groups --no-new-privs \
    --bounding-set=-all env -i PATH=/usr/bin:/bin \
    sh -c "umask $(unit UMask); . $(unit EnvironmentFile); exec $(unit ExecStart)" \
    >"$scratch/stdout" 2>"$scratch/stderr" &
  server=$!
  local wait
  for wait in {1..300}; do
    if grep -q '^Listening on ' "$scratch/stdout"; then return; fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  cat "$scratch/stderr" >&2
  die "the server does not start (waited $wait times)"
}

stop() {
  kill -TERM "$server"
  local code=0
  wait "$server" || code=$?
  server=''
  same "exit code after SIGTERM" 0 "$code"
}

# Modes and owners of what is kept, but for files that RocksDB names.
kept() {
  inside find "$DATA" "$BACKUPS" -maxdepth 2 -printf '%M %u %p\n' |
    grep -Ev '/(log|keys|views)/[^/]+$|/(meta|private|shared_checksum)' | sort -k3
}

standing() { inside goodstanding standing m-1001 --as-of 2026-01-01; }

use() {
  say "Use"
  inside goodstanding import /usr/share/doc/goodstanding/examples/import --request-id first
  standing
  inside goodstanding history m-1001
  inside goodstanding backup
  inside goodstanding status
  same "modes of what is written" "\
drwx------ goodstanding $BACKUPS
-rw------- goodstanding $BACKUPS/LOCK
drwx------ goodstanding $BACKUPS/keys
drwx------ goodstanding $BACKUPS/log
drwx------ goodstanding $DATA
-rw------- goodstanding $DATA/deployment.key
drwx------ goodstanding $DATA/keys
drwx------ goodstanding $DATA/log
-rw------- goodstanding $DATA/signing.key
drwx------ goodstanding $DATA/views" "$(kept)"
  same "nothing that others could read" "" \
    "$(inside find "$DATA" "$BACKUPS" -perm /077 -printf '%M %p\n')"
}

make_debian
say "Install"
install_package "$deb"
same "user" goodstanding "$(inside id -un goodstanding)"
same "the files of the package" "\
/etc/goodstanding/environment -rw-r--r-- root
/usr/bin/goodstanding -rwxr-xr-x root
/usr/lib/systemd/system/goodstanding-backup.service -rw-r--r-- root
/usr/lib/systemd/system/goodstanding-backup.timer -rw-r--r-- root
/usr/lib/systemd/system/goodstanding.service -rw-r--r-- root
/usr/share/doc/goodstanding/changelog.gz -rw-r--r-- root
/usr/share/doc/goodstanding/copyright -rw-r--r-- root
/usr/share/doc/goodstanding/examples/import/applications.csv -rw-r--r-- root
/usr/share/doc/goodstanding/examples/import/certificants.csv -rw-r--r-- root
/usr/share/doc/goodstanding/examples/import/credits.csv -rw-r--r-- root
/usr/share/doc/goodstanding/examples/import/grants.csv -rw-r--r-- root
/usr/share/doc/goodstanding/examples/import/memberships.csv -rw-r--r-- root
/usr/share/doc/goodstanding/examples/import/payments.csv -rw-r--r-- root
/usr/share/goodstanding/rules/namss-2025.textproto -rw-r--r-- root
/usr/share/man/man1/goodstanding.1.gz -rw-r--r-- root" \
  "$(inside dpkg -L goodstanding | while read -r file; do
    if [[ -f $root$file ]]; then inside find "$file" -printf '%p %M %u\n'; fi
  done | sort)"
# The network is this host's, where the port may be taken.
sed -i "s/:7443/:$port/" "$root/etc/goodstanding/environment"
printf '# Mine.\n' >>"$root/etc/goodstanding/environment"
start
use
answer=$(standing)

say "Upgrade"
stop
install_package "$newer"
same "a changed configuration is kept" '# Mine.' "$(tail -n 1 "$root/etc/goodstanding/environment")"
start
same "the answer after the upgrade" "$answer" "$(standing)"
inside goodstanding status --check-views
stop

say "Remove"
before=$(inside find "$DATA" "$BACKUPS" -type f -exec sha256sum {} + | sort -k2)
inside apt-get -q remove -y goodstanding >"$scratch/apt.log" 2>&1 || die "apt-get remove"
same "the program is gone" "" "$(inside find /usr -name 'goodstanding*' -not -path '*/doc/*')"
same "data, keys and backups are kept" "$before" \
  "$(inside find "$DATA" "$BACKUPS" -type f -exec sha256sum {} + | sort -k2)"

say "Purge"
inside apt-get -q purge -y goodstanding >"$scratch/apt.log" 2>&1 || die "apt-get purge"
grep -F 'is kept' "$scratch/apt.log"
same "the configuration is gone" "" "$(inside find /etc -name 'goodstanding*' -maxdepth 1)"
same "data, keys and backups are kept after a purge" "$before" \
  "$(inside find "$DATA" "$BACKUPS" -type f -exec sha256sum {} + | sort -k2)"

say "Install again"
install_package "$newer"
sed -i "s/:7443/:$port/" "$root/etc/goodstanding/environment"
start
same "the answer of the data that was kept" "$answer" "$(standing)"
inside goodstanding verify "$DATA"
stop
say "All as it must be"
