#!/usr/bin/env bash
# Stops a run of pretrain under Wine by Ctrl+C, Ctrl+Break, the close of the window and the end of the session, after six of its 64 steps.
# Each must end with its exit code and its last step saved, and --resume must end at the bytes of the run that was never stopped.
set -euo pipefail
cd "$(dirname "$0")"
export SIMCLR_WINE=${SIMCLR_WINE:-$HOME/.cache/simclr-wine} DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
here=$PWD out=$PWD/obj/stops program=$PWD/obj/bin/SimClr.Cli/release_win-x64/SimClr.Cli.exe
dotnet build ../../src/SimClr.Cli -c Release -v quiet -p:RunAnalyzers=false --artifacts-path obj -r win-x64 --self-contained -p:PackAsTool=false
./setup.sh
trap '"$here/setup.sh" off' EXIT
rm -rf "$out"
mkdir -p "$out"
cp stop.c "$SIMCLR_WINE/root/shim"
chroot "$SIMCLR_WINE/root" x86_64-w64-mingw32-gcc -O1 -s -municode /shim/stop.c -o /shim/stop.exe
cp "$SIMCLR_WINE/root/shim/stop.exe" "$out"
cd "$out"

small=(--data builtin --limit 256 --image-size 16 --width 0.0625 --batch-size 16 --epochs 4 --save-every 100 --seed 7 --threads 1)
steps_of() { wc -l <"$1/metrics.jsonl"; }
weights() { echo "$1/checkpoints/$(ls "$1/checkpoints" | tail -n 1)/model.safetensors"; }
fail() { echo "$*"; exit 1; }

"$here/wine.sh" "$program" pretrain --output never "${small[@]}" >never.log 2>&1 </dev/null
for stop in c:130 break:130 close:129 shutdown:143; do
  event=${stop%:*} status=0
  "$here/wine.sh" stop.exe "$event" "$event\\metrics.jsonl" 6 "Z:${program//\//\\}" pretrain --output "$event" "${small[@]}" >"$event.log" 2>&1 </dev/null || status=$?
  [ "$status" = "${stop#*:}" ] || fail "$event: exit code $status, not ${stop#*:}; $out/$event.log"
  steps=$(steps_of "$event") saved=$(ls "$event/checkpoints" | tail -n 1)
  [ "$steps" -lt 64 ] || fail "$event: it was not stopped"
  [ "$saved" = "$(printf 'step-%06d' "$steps")" ] || fail "$event: $steps steps, but the last checkpoint is $saved"
  "$here/wine.sh" "$program" pretrain --output "$event" --resume --threads 1 >>"$event.log" 2>&1 </dev/null
  cmp "$(weights never)" "$(weights "$event")" || fail "$event: resumed, it ends at other weights"
  echo "$event: exit code $status after $steps steps, all saved; resumed to the same bytes"
done
