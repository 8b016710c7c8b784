#!/usr/bin/env bash
# Makes a folder in which wine.sh runs Windows programs: Debian 13 with Wine 10 (2 GB, some minutes), and the library in shim/.
# Needs root and debootstrap. The folder is $SIMCLR_WINE, by default ~/.cache/simclr-wine. `setup.sh off` ends what runs in it.
set -euo pipefail
cd "$(dirname "$0")"
wine=${SIMCLR_WINE:-$HOME/.cache/simclr-wine}
root=$wine/root system=$wine/prefix/drive_c/windows/system32
builtin=$root/usr/lib/x86_64-linux-gnu/wine/x86_64-windows

if [ "${1:-}" = off ]; then
  [ ! -d "$wine/prefix" ] || ./wine.sh --server -k || true
  exit
fi

# A mount namespace of its own: what debootstrap mounts goes when it ends.
if [ ! -e "$wine/made" ]; then
  mkdir -p "$wine"
  packages=wine,wine64,ca-certificates,gcc-mingw-w64-x86-64-win32
  unshare --mount debootstrap --variant=minbase --include=$packages trixie "$root" >"$wine/debootstrap.log"
  touch "$wine/made"
fi

if [ ! -e "$system/kernel32.dll" ]; then
  mkdir -p "$wine/prefix"
  ./wine.sh wineboot --init
  ./wine.sh --server -w
fi

mkdir -p "$root/shim"
cp shim/* "$root/shim"
chroot "$root" x86_64-w64-mingw32-gcc -O1 -s -shared -o /shim/vcruntime140_1.dll /shim/vcruntime140_1.c /shim/vcruntime140_1.def
cp "$root/shim/vcruntime140_1.dll" "$system"
cp "$builtin/vcruntime140_1.dll" "$system/wine_vcruntime140_1.dll"
