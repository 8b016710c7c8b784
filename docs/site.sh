#!/usr/bin/env bash
# Builds the site: these pages and the API reference of the three libraries, into docs/obj/site. A warning is an error; a broken link is a warning.
# Build the program first: dotnet build src/SimClr.Cli -c Release
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
pages=docs/obj/pages # docfx takes what lies below its own file, so everything that a page links to is copied there
rm -rf docs/obj
mkdir -p "$pages"
find . \( -name .git -o -name bin -o -name obj -o -name runs -o -name TestResults \) -prune -o -type f -size -2048k -exec cp --parents -t "$pages" {} +
cp -r docs/site/. "$pages"
sed -i -E 's/`([^`]*\\\|[^`]*)`/<code>\1<\/code>/g; s/\\\|/\&#124;/g' "$pages/docs/cli.md" # docfx shows the backslash of `A\|B` in a table

dotnet tool restore >/dev/null
dotnet docfx "$pages/docfx.json" --warningsAsErrors --logLevel warning
find docs/obj/site -name "*.map" -delete # for whoever debugs the template
echo "docs/obj/site/index.html"
