#!/usr/bin/env bash
# run.sh [quick|all|ARGUMENTS]: builds the tests for win-x64 and runs the short ones under Wine, which setup.sh makes.
# quick: the classes in quick.txt, which CI runs. all: every short test. ARGUMENTS are those of xunit: -class '*NpyDatasetTests'.
set -euo pipefail
cd "$(dirname "$0")"
export SIMCLR_WINE=${SIMCLR_WINE:-$HOME/.cache/simclr-wine} DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
here=$PWD projects=(SimClr.Tests SimClr.Cli.Tests)

for project in "${projects[@]}"; do # below the repository, where the tests find its files
  dotnet build "../$project" -c Release -r win-x64 --self-contained --artifacts-path obj -v quiet -p:RunAnalyzers=false
done
./setup.sh
trap '"$here/setup.sh" off' EXIT

case ${1:-quick} in
  quick) mapfile -t arguments < <(grep -v '^#' quick.txt | sed 's/^/-class\n/') ;;
  all) arguments=() ;;
  *) arguments=("$@") ;;
esac

passed=0 failed=0 skipped=0
for project in "${projects[@]}"; do
  log=$here/obj/$project.log
  cd "$here/obj/bin/$project/release_win-x64"
  "$here/wine.sh" "$project.exe" -trait- Duration=Long -noColor -noLogo "${arguments[@]}" </dev/null 2>&1 | tr -d '\r' | tee "$log" || true
  total=$(grep -a ' Total: ' "$log" | tail -n 1)
  count() { local n; n=$(sed -nE "s/.*$1: ([0-9]+).*/\1/p" <<<"$total"); echo "${n:-0}"; }
  # A run without a last line has crashed: that is a failure too.
  if [ -z "$total" ]; then failed=$((failed + 1)); fi
  failed=$((failed + $(count Failed) + $(count Errors))) skipped=$((skipped + $(count Skipped)))
  passed=$((passed + $(count Total) - $(count Failed) - $(count Skipped) - $(count "Not Run")))
done
echo "under Wine: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
