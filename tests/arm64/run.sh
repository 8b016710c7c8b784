#!/usr/bin/env bash
# run.sh [ARGUMENTS]: runs the short tests of SimClr.Images as a linux-arm64 program under qemu-user. ARGUMENTS are those of xunit.
# Needs root, debootstrap and qemu-user-static. The libraries of Debian go into $SIMCLR_ARM64, by default ~/.cache/simclr-arm64.
set -euo pipefail
cd "$(dirname "$0")"
debian=${SIMCLR_ARM64:-$HOME/.cache/simclr-arm64}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

if [ ! -e "$debian/made" ]; then
  # The second stage would only configure packages: their files are enough.
  unshare --mount debootstrap --foreign --arch=arm64 --variant=minbase --include=libssl3t64,libstdc++6 trixie "$debian" >/dev/null
  for package in "$debian"/var/cache/apt/archives/*.deb; do dpkg-deb --extract "$package" "$debian"; done
  touch "$debian/made"
fi
dotnet build SimClr.Images.Tests.csproj -c Release -r linux-arm64 --self-contained --artifacts-path obj -v quiet -p:RunAnalyzers=false

# qemu does not see that a page changed if the change came by another address, as .NET's W^X writes code.
cd obj/bin/SimClr.Images.Tests/release_linux-arm64
export DOTNET_EnableWriteXorExecute=0 QEMU_LD_PREFIX=$debian
# Left out: images of 17 megapixels, which take more than eight minutes, and a thread that becomes another user, which hangs under qemu.
qemu-aarch64-static ./SimClr.Tests -trait- Duration=Long -noColor -noLogo -parallel none \
  -method- '*Truncated_large_images_are_damaged_and_complete_ones_of_every_format_are_read' \
  -method- '*An_unreadable_folder_is_skipped_and_reported_unless_the_user_named_it' "$@"
