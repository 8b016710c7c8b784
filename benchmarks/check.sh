#!/usr/bin/env bash
# Fails where a training step has become slower or larger than it was: three ratios, each of two figures that are measured here and now, so that they mean
# the same on every machine. A ratio may miss its mark by the spread of its figures, by a fifth at most (docs/speed.md). Needs a release build; takes a minute.
#   benchmarks/check.sh [PROGRAM]     default: dotnet src/SimClr.Cli/bin/Release/net10.0/SimClr.Cli.dll
set -euo pipefail
program=("$@"); [ $# -gt 0 ] || program=(dotnet "$(dirname "$0")/../src/SimClr.Cli/bin/Release/net10.0/SimClr.Cli.dll")
unset SIMCLR_TENSOR_MEMORY OMP_WAIT_POLICY
step=step-resnet18x0.25-32
figures=$("${program[@]}" bench $step $step-whole-to-bare $step-torchsharp --json --quiet)
# Of one benchmark, one of its numbers.
figure() { awk -v name="\"$1\"," -v key="\"$2\":" '$1 == "\"name\":" { here = $2 == name } here && $1 == key { sub(",", "", $2); print $2 }' <<<"$figures"; }

failed=0
# what, ratio, mark, spread; a ratio that should be small is given as its inverse.
check() {
  awk -v what="$1" -v ratio="$2" -v mark="$3" -v spread="$4" 'BEGIN {
    ok = ratio * (1 + (spread < 0.2 ? spread : 0.2)) >= mark
    printf "%-46s %5.2f  mark %4.2f  spread %4.2f  %s\n", what, ratio, mark, spread, ok ? "ok" : "TOO LOW"
    exit !ok }' || failed=1
}
of() { awk "BEGIN { print $1 }"; }
spread=$(of "$(figure $step spread) + $(figure $step-torchsharp spread)")
check "the whole step to the bare one" "$(figure $step-whole-to-bare value)" 0.90 "$(figure $step-whole-to-bare spread)"
check "views a second to plain TorchSharp's" "$(of "$(figure $step value) / $(figure $step-torchsharp value)")" 2.00 "$spread"
check "plain TorchSharp's memory to this one's" "$(of "$(figure $step-torchsharp memoryMB) / $(figure $step memoryMB)")" 1.20 0.05
exit $failed
