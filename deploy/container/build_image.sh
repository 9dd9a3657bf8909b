#!/usr/bin/env bash
# build_image.sh DEB IMAGE.tar: makes a container image from the Debian package, as an archive that
# `docker load`, `podman load` and `skopeo copy docker-archive:` take. Root; packages buildah and
# mmdebstrap.
set -euo pipefail
deb=$(realpath "$1") image=$(realpath "$2")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

version=$(dpkg-deb -f "$deb" Version)
# The libraries that the package names, without versions, and of alternatives the first. The user is
# made below, so adduser is not needed.
libraries=$(dpkg-deb -f "$deb" Depends | tr ',' '\n' | sed 's/[(|].*//; s/ //g' |
  grep -vx adduser | paste -sd,)

mkdir "$scratch/rootfs"
mmdebstrap --quiet --variant=custom --mode=chrootless --include="$libraries" bookworm \
  "$scratch/rootfs"
dpkg-deb -x "$deb" "$scratch/rootfs"
rm -rf "$scratch"/rootfs/{usr/lib/systemd,etc/goodstanding,var/lib/{apt,dpkg},var/cache,var/log} \
  "$scratch"/rootfs/usr/share/{doc,man,locale,lintian,bug}
printf 'goodstanding:x:10001:10001::/data:/nonexistent\n' >"$scratch/rootfs/etc/passwd"
printf 'goodstanding:x:10001:\n' >"$scratch/rootfs/etc/group"
install -d -m 0700 -o 10001 -g 10001 "$scratch/rootfs/data" "$scratch/rootfs/backups"
tar -C "$scratch/rootfs" --sort=name --numeric-owner -cf "$scratch/rootfs.tar" .

cp "$here/Containerfile" "$scratch/"
buildah --storage-driver vfs --root "$scratch/storage" --runroot "$scratch/run" build \
  --format docker --isolation chroot --tag "goodstanding:$version" --file "$scratch/Containerfile" \
  "$scratch" >&2
rm -f "$image"
buildah --storage-driver vfs --root "$scratch/storage" --runroot "$scratch/run" push \
  "goodstanding:$version" "docker-archive:$image:goodstanding:$version" >&2
printf '%s\n' "$image"
