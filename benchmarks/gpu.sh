#!/usr/bin/env bash
# What a GPU does with simclr, beside PyTorch on the same card: at most MINUTES a call, and the next call goes on where it ended.
#
#   benchmarks/gpu.sh OUT        until it says that it is done; then OUT/table.md and OUT/results.json are there
#
# exits 0 when all is done, 75 when there is more to do, and with what failed otherwise. What it reads from the environment:
#
#   SIMCLR=simclr            the program; a command with arguments may be given
#   PYTHON=python3           one with torch, for the rival; and for the table
#   DATA=cifar10             the images, as --data takes them
#   DEVICE=cuda  PRECISION=bf16
#   MINUTES=8                of a call
#   EPOCHS=100  LONG_EPOCHS=500  EVERY=25  TARGET=90     the two runs, the epochs between looks at the long one, and its kNN in percent
#   SECONDS_EACH=5  BATCH=  LIMIT=  THREADS=             of a measurement; smaller ones, to see that the script works
#   RUN=                     more of pretrain's options
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?benchmarks/gpu.sh OUT}
read -ra simclr <<<"${SIMCLR:-simclr}"
read -ra more <<<"${RUN:-}"
python=${PYTHON:-python3} data=${DATA:-cifar10} device=${DEVICE:-cuda} precision=${PRECISION:-bf16} minutes=${MINUTES:-8}
epochs=${EPOCHS:-100} long=${LONG_EPOCHS:-500} every=${EVERY:-25} target=${TARGET:-90} each=${SECONDS_EACH:-5}
batch=(${BATCH:+--batch-size "$BATCH"}) limit=(${LIMIT:+--limit "$LIMIT"}) threads=(${THREADS:+--threads "$THREADS"})
mkdir -p "$out"
began=$SECONDS
left() { echo $((minutes * 60 - (SECONDS - began))); }
again() { echo "not done: run it again, it goes on"; exit 75; }

limited() { timeout "$(left)" "$@"; }

# piece NAME SECONDS COMMAND...: runs COMMAND unless OUT/NAME is there, if that many seconds are left; its output becomes OUT/NAME
piece() {
  local name=$1 needs=$2
  shift 2
  [ -s "$out/$name" ] && return
  [ "$(left)" -ge "$needs" ] || again
  echo "== $name"
  "$@" >"$out/$name.part"
  mv "$out/$name.part" "$out/$name"
}

# train NAME EPOCHS SAVE_EVERY KEEP: a run in OUT/NAME, in as many calls as it takes
train() {
  local name=$1 status=0
  [ -e "$out/$name.done" ] && return
  [ "$(left)" -ge 60 ] || again
  echo "== $name, $2 epochs"
  timeout --signal=TERM --kill-after=60 $(($(left) - 30)) "${simclr[@]}" pretrain --data "$data" --recipe cifar10-resnet18-100 --epochs "$2" --device "$device" \
    --precision "$precision" --output "$out/$name" --resume --save-every "$3" --keep "$4" "${batch[@]}" "${limit[@]}" "${threads[@]}" "${more[@]}" || status=$?
  case $status in 0) touch "$out/$name.done" ;; 124 | 143) again ;; *) exit "$status" ;; esac
}

evaluate() { limited "${simclr[@]}" evaluate "$1" --weights "$2" --data "$data" --device "$device" --json --quiet "${threads[@]}"; }

measure() { limited "${simclr[@]}" bench-device "$@" --device "$device" --seconds "$each" "${threads[@]}"; }

rival() {
  local size=$2
  limited "$python" "$here/rivals/gpu.py" "$1" "$device" "$3" "${BATCH:-$size}" "$each"
}

card() {
  { nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null || echo "$device"; } | head -n 1
  "${simclr[@]}" --version
  "$python" "$here/rivals/gpu.py" --version
  git -C "$here" rev-parse HEAD 2>/dev/null || echo "no commit"
  date -u +%F
}

piece card.txt 30 card
for p in fp32 tf32 bf16; do piece "peak-$p.json" 60 measure peak --precision "$p" ${BATCH:+--batch-size 256}; done
for v in views-32 views-32-blur views-96 views-224; do piece "$v.json" 90 measure "$v" "${batch[@]}"; done
for n in resnet18-32:512 resnet50-224:256; do
  piece "step-${n%:*}.json" 120 measure "step-${n%:*}" --precision "$precision" "${batch[@]}"
  piece "rival-${n%:*}.json" 120 rival "step-${n%:*}" "${n#*:}" "$precision"
  piece "train-${n%:*}.json" 150 measure "train-${n%:*}" --precision "$precision" "${batch[@]}"
done

steps=$((${LIMIT:-50000} / ${BATCH:-512}))
train short "$epochs" $((steps * epochs)) 3
piece short-knn.json 60 evaluate knn "$out/short"
piece short-linear.json 120 evaluate linear "$out/short"

train long "$long" $((steps * every)) 1000
for folder in "$out"/long/checkpoints/step-*; do
  step=$((10#${folder##*-}))
  piece "long-knn-$step.json" 60 evaluate knn "$folder/model.safetensors"
done

"$python" "$here/gpu_table.py" "$out" "$target"
echo "done: $out/table.md, $out/results.json"
