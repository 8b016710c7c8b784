#!/usr/bin/env bash
# Runs one chain of commands on Linux and under Wine, on the same images, and prints a table of the differences (chain.py).
set -euo pipefail
cd "$(dirname "$0")"
export SIMCLR_WINE=${SIMCLR_WINE:-$HOME/.cache/simclr-wine} DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
here=$PWD out=$PWD/obj/chain
linux=$(realpath ../../src/SimClr.Cli)/bin/Release/net10.0/SimClr.Cli.dll windows=$here/obj/bin/SimClr.Cli/release_win-x64/SimClr.Cli.exe
build=(dotnet build ../../src/SimClr.Cli -c Release -v quiet -p:RunAnalyzers=false)
"${build[@]}"
"${build[@]}" --artifacts-path obj -r win-x64 --self-contained -p:PackAsTool=false
./setup.sh
trap '"$here/setup.sh" off' EXIT
rm -rf "$out"
python3 chain.py images "$out/data"

simclr() { if [ "$system" = linux ]; then exec dotnet "$linux" "$@"; else exec "$here/wine.sh" "$windows" "$@"; fi; }

# step NAME COMMAND: its output goes to NAME.log, its exit code and seconds to steps.
step() {
  local name=$1 begin=$SECONDS status=0; shift
  (simclr "$@") >"$name.log" 2>&1 </dev/null || status=$?
  echo "$system $name: exit code $status, $((SECONDS - begin)) s" | tee -a ../steps
}

steps_of() { if [ -e "$1/metrics.jsonl" ]; then wc -l <"$1/metrics.jsonl"; else echo 0; fi; }

# Kills a run after ten of its steps.
killed() {
  (simclr "$@") >killed.log 2>&1 </dev/null & local run=$!
  while [ "$(steps_of killed)" -lt 10 ] && kill -0 $run 2>/dev/null; do sleep 0.1; done
  kill -KILL $run 2>/dev/null || true; wait $run 2>/dev/null || true
  echo "$system killed: after $(steps_of killed) steps" | tee -a ../steps
}

watched() {
  (simclr watch mine --port "$1") >watch.log 2>&1 </dev/null & local server=$! status=0
  python3 ../../../chain.py page "http://127.0.0.1:$1/" >watch.html || status=$?
  kill -KILL $server 2>/dev/null || true; wait $server 2>/dev/null || true
  echo "$system watch: exit code $status" | tee -a ../steps
}

chain() {
  system=$1; local slash=$2
  mkdir -p "$out/$system"; cd "$out/$system"
  # A low rate: at high ones the rounding of two systems grows fivefold in a step, until the runs are two others.
  local data="..${slash}data" small="--image-size 32 --batch-size 32 --width 0.25 --seed 7 --threads 2 --lr 0.01"
  step demo demo --output demo --epochs 1 --limit 128 --width 0.0625 --threads 2
  step doctor doctor --data "$data" --image-size 32 --batch-size 32 --width 0.25
  step views views --data "$data" --image-size 32 --out views.png --seed 1
  # shellcheck disable=SC2086 # several words
  {
    step pretrain pretrain --data "$data" --output mine --epochs 6 $small
    killed pretrain --data "$data" --output killed --epochs 6 --save-every 4 $small
    cp -r killed begun
    step resume pretrain --output killed --resume --threads 2
    step bf16 pretrain --data "$data" --output bf16 --epochs 1 --precision bf16 $small
    step pack pack --data "$data" --output shards
    step shards pretrain --data shards --output sharded --epochs 1 $small
  }
  step evaluate evaluate all --weights mine --data "$data" --epochs 10
  step finetune finetune --weights mine --data "$data" --labels 5 --output five --epochs 2
  step distill distill --teacher five --data "$data" --width 0.125 --output student --epochs 2
  step export export --weights mine --output encoder.onnx --preprocess
  step embed embed --weights mine --data "$data" --output h.npy
  step csv embed --weights mine --data "$data" --output h.csv
  step parquet embed --weights mine --data "$data" --output h.parquet
  step search search --weights mine --data "$data" --query "$data${slash}test${slash}class0 é${slash}001.png" --output similar.png --json
  step cluster cluster --weights mine --data "$data" --clusters 4 --output groups --json
  step report report mine
  step runs runs . --json
  watched $([ "$system" = linux ] && echo 18931 || echo 18932)
  cd "$here"
}

chain linux /
chain windows \\

# A run that began on one system goes on on the other.
for system in linux windows; do
  cd "$out/$system"
  cp -r ../"$([ $system = linux ] && echo windows || echo linux)"/begun crossed
  step crossed pretrain --output crossed --resume --threads 2 --data ../data
  cd "$here"
done
python3 chain.py compare "$out"
