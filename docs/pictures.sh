#!/usr/bin/env bash
# Makes the README's pictures: the report of a run on the built-in images, as a headless Chromium draws it.
#   bash docs/pictures.sh         trains by the recipe `demo` first: a few minutes
#   bash docs/pictures.sh RUN     shows a run on built-in images that is there already
set -euo pipefail
cd "$(dirname "$0")/.."
largest=200000 # bytes: a README loads quickly
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build src/SimClr.Cli -c Release -v quiet
simclr() { dotnet src/SimClr.Cli/bin/Release/net10.0/SimClr.Cli.dll "$@"; }
run=${1:-$work/demo}
if [ $# -eq 0 ]; then simclr pretrain --data builtin --recipe demo --output "$run"; fi
simclr report "$run" --output "$work/report.html"

# name, place in the page, width, height, scale. In a frame, because Chromium does not draw a page that is scrolled at its start.
shot() {
  echo "<body style='margin: 0'><iframe src='report.html$2' style='border: 0; width: 100vw; height: 100vh; display: block'></iframe>" >"$work/frame.html"
  chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --virtual-time-budget=5000 --user-data-dir="$work/profile" \
    --window-size="$3,$4" --force-device-scale-factor="${5:-1}" --screenshot="docs/pictures/$1.png" "file://$work/frame.html"
  test "$(stat -c %s "docs/pictures/$1.png")" -le $largest || { echo "docs/pictures/$1.png is larger than $largest bytes" >&2; exit 1; }
}
mkdir -p docs/pictures
shot report "" 1200 835
shot neighbours "#neighbours" 640 548 1.4
shot map "#map" 900 740
