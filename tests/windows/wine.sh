#!/usr/bin/env bash
# wine.sh PROGRAM ARGUMENTS: runs a Windows program in the folder that setup.sh made; `wine.sh --server -k` ends all of them.
# The program sees the repository and the current folder as Z: and their paths here. DOTNET_, OMP_ and SIMCLR_ variables go along.
# Every run mounts in a mount namespace of its own, so nothing stays mounted.
set -euo pipefail
repository=$(realpath "$(dirname "$0")/../..")
wine=${SIMCLR_WINE:-$HOME/.cache/simclr-wine}
program=wine
if [ "$1" = --server ]; then program=wineserver; shift; fi

mapfile -t variables < <(env | grep -E '^(DOTNET|OMP|KMP|SIMCLR)_' | grep -v -E '^(DOTNET_ROOT|SIMCLR_WINE)')
# EnableAVX512: Wine 10 loses AVX-512's registers where .NET suspends a thread to collect, and our kernels compute other numbers.
variables+=("DOTNET_EnableAVX512=${DOTNET_EnableAVX512:-0}")
# mshtml: no browser is asked for. vcruntime140_1: the one of shim/. winedbg: a crash ends the process at once.
variables+=(LANG=C.UTF-8 PATH=/usr/bin:/bin:/usr/lib/wine HOME=/root XDG_RUNTIME_DIR=/tmp
  WINEDEBUG="${WINEDEBUG:--all}" WINEPREFIX=/prefix WINEARCH=win64 WINEDLLOVERRIDES="mshtml=;vcruntime140_1=n,b;winedbg.exe=")

# shellcheck disable=SC2016 # the inner shell expands them
exec unshare --mount bash -euc '
  root=$1 prefix=$2 repository=$3; shift 3
  bind() { mkdir -p "$root$2"; mount --bind "$1" "$root$2"; }
  bind "$prefix" /prefix
  bind "$repository" "$repository"
  case $PWD/ in "$repository"/*) ;; *) bind "$PWD" "$PWD" ;; esac
  bind /dev /dev
  mount -t proc proc "$root/proc"
  exec chroot "$root" /bin/sh -c "cd \"\$0\" && exec env -i \"\$@\"" "$PWD" "$@"
' wine.sh "$wine/root" "$wine/prefix" "$repository" "${variables[@]}" "$program" "$@"
