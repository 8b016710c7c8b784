#!/usr/bin/env bash
# What a GPU does with simclr, beside PyTorch on the same card: the most telling figures first, in at most MINUTES a call. Every figure is
# written when it is there, so a cut loses nothing, and the next call goes on where the last one ended.
#
#   benchmarks/gpu-first.sh OUT             OUT/table.md and OUT/results.json hold what is there so far
#   benchmarks/gpu-first.sh split DIR       cuts CIFAR-10's archive (DATA=cifar-10-binary.tar[.gz|.xz]) into pieces of 58 MB, to carry one by one
#   benchmarks/gpu-first.sh join DIR        unpacks the pieces in DIR there, once all of them are there: then DATA=DIR
#
# It needs the program (docs/clusters.md: A machine without .NET), a Python with torch, and no network. It exits 0 when all is done, 75
# when there is more to do, and with the number of a piece that failed otherwise; the pieces after a failure are done first.
# What it reads from the environment:
#
#   SIMCLR=simclr            the program; a command with arguments may be given
#   SIMCLR_LIBTORCH=         the libtorch of a program without one; for a GPU the default is PYTHON's own
#   PYTHON=python3           one with torch, for the rival and the table
#   DATA=builtin             the images, as --data takes them: CIFAR-10, or the built-in ones where it is not at hand
#   DEVICE=cuda  PRECISION=bf16
#   MINUTES=12               of a call
#   EPOCHS=100               at most, of the run at the end: it takes as many as fit into this call
#   LONG_EPOCHS=0            another run of so many epochs, in as many calls as it takes, with its kNN every EVERY=25 epochs until TARGET=90 percent
#   SECONDS_EACH=5  BATCH=  LIMIT=  THREADS=             of a measurement; smaller ones, to see that the script works
#   RUN=                     more of pretrain's options
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
die() { echo "gpu-first.sh: $1" >&2; exit 2; }
usage="usage: benchmarks/gpu-first.sh OUT | split DIR | join DIR"
case ${1:-} in
  '' | -*) die "$usage" ;;
  split)
    into=${2:?$usage}
    [ -f "${DATA:-}" ] || die "DATA=${DATA:-} is not CIFAR-10's archive"
    mkdir -p "$into" && split -b 58m -d "$DATA" "$into/cifar10.part-" && sha256sum "$DATA" | cut -d ' ' -f 1 >"$into/cifar10.sha256" && exec ls -l "$into" ;;
  join)
    into=${2:?$usage}
    [ "$(cat "$into"/cifar10.part-* | sha256sum | cut -d ' ' -f 1)" = "$(cat "$into/cifar10.sha256")" ] || die "$into: pieces are missing or damaged"
    cat "$into"/cifar10.part-* >"$into/cifar10.archive" && tar xf "$into/cifar10.archive" -C "$into" && rm "$into/cifar10.archive"
    exit ;;
esac
out=$1
read -ra simclr <<<"${SIMCLR:-simclr}"
read -ra more <<<"${RUN:-}"
python=${PYTHON:-python3} data=${DATA:-builtin} device=${DEVICE:-cuda} precision=${PRECISION:-bf16} minutes=${MINUTES:-12}
epochs=${EPOCHS:-100} long=${LONG_EPOCHS:-0} every=${EVERY:-25} target=${TARGET:-90} each=${SECONDS_EACH:-5}
batch=(${BATCH:+--batch-size "$BATCH"}) limit=(${LIMIT:+--limit "$LIMIT"}) threads=(${THREADS:+--threads "$THREADS"})
if [ "$device" != cpu ] && [ -z "${SIMCLR_LIBTORCH:-}" ]; then
  SIMCLR_LIBTORCH=$("$python" -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))') || die "$python has no torch"
  export SIMCLR_LIBTORCH
fi
mkdir -p "$out"
began=$SECONDS failed=0
left() { echo $((minutes * 60 - (SECONDS - began))); }
table() { "$python" "$here/gpu_table.py" "$out" "$target" >/dev/null || echo "the table failed" >&2; }
again() { table; echo "not done: run it again, it goes on"; exit 75; }

# piece NAME SECONDS COMMAND...: runs COMMAND unless OUT/NAME is there, if that many seconds are left; its output becomes OUT/NAME.
# What it says beside goes to OUT/NAME.log. A piece that fails is told and tried again by the next call.
piece() {
  local name=$1 needs=$2 status=0
  shift 2
  [ -s "$out/$name" ] && return
  [ "$(left)" -ge "$needs" ] || again
  echo "== $name, $(left) s left"
  "$@" >"$out/$name.part" 2>"$out/$name.log" || status=$?
  if [ "$status" = 0 ]; then mv "$out/$name.part" "$out/$name"; else
    failed=$((failed + 1))
    echo "$name failed with $status:"
    tail -n 3 "$out/$name.part" "$out/$name.log"
  fi
  table
}

# train NAME EPOCHS SAVE_EVERY KEEP SECONDS: a run in OUT/NAME, in as many calls as it takes; it stops, saved, so many seconds before the end
train() {
  local name=$1 status=0
  [ -e "$out/$name.done" ] && return
  [ "$(left)" -ge $(($5 + 30)) ] || again
  echo "== $name, $2 epochs, $(left) s left"
  timeout --signal=TERM --kill-after=60 $(($(left) - $5)) "${simclr[@]}" pretrain --data "$data" --recipe cifar10-resnet18-100 --epochs "$2" --device "$device" \
    --precision "$precision" --output "$out/$name" --resume --save-every "$3" --keep "$4" "${batch[@]}" "${limit[@]}" "${threads[@]}" "${more[@]}" \
    >>"$out/$name.log" 2>&1 || status=$?
  case $status in
    0) touch "$out/$name.done" ;;
    124 | 143) again ;;
    *) failed=$((failed + 1)) && echo "$name failed with $status:" && tail -n 3 "$out/$name.log" && return 1 ;;
  esac
}

limited() { timeout "$(left)" "$@"; }
selftest() { limited "${simclr[@]}" selftest --device "$device" --json || [ $? = 1 ]; } # 1: it differs, and the figures say where
evaluate() { limited "${simclr[@]}" evaluate "$1" --weights "$2" --data "$data" --device "$device" --json --quiet "${threads[@]}"; }
measure() { limited "${simclr[@]}" bench-device "$@" --device "$device" --seconds "$each" "${threads[@]}"; }
rival() { limited "$python" "$here/rivals/gpu.py" "$1" "$device" "$3" "${BATCH:-$2}" "$each"; }
card() {
  { nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null || echo "$device"; } | head -n 1
  "${simclr[@]}" --version
  "$python" "$here/rivals/gpu.py" --version
  git -C "$here" rev-parse HEAD 2>/dev/null || echo "${COMMIT:-no commit}"
  date -u +%F
}

# The median of the steps' rate beside PyTorch's.
slower() { "$python" -c 'import json, sys; a, b = (json.load(open(f))["value"] for f in sys.argv[1:]); sys.exit(a >= b)' "$out/$1" "$out/$2" 2>/dev/null; }

# (1) Does the device compute what the CPU computes?
piece card.txt 30 card
piece selftest.json 60 selftest

# (2) Training steps beside PyTorch; where the time goes, if PyTorch is faster.
for n in resnet18-32:512 resnet50-224:256; do
  piece "step-${n%:*}.json" 60 measure "step-${n%:*}" --precision "$precision" "${batch[@]}"
  piece "rival-${n%:*}.json" 60 rival "step-${n%:*}" "${n#*:}" "$precision"
  piece "train-${n%:*}.json" 60 measure "train-${n%:*}" --precision "$precision" "${batch[@]}"
  if slower "step-${n%:*}.json" "rival-${n%:*}.json"; then piece "profile-${n%:*}.json" 60 measure "profile-${n%:*}" --precision "$precision" "${batch[@]}"; fi
done

# (3) Views; the card's arithmetic.
for v in views-32 views-32-blur views-96 views-224; do piece "$v.json" 45 measure "$v" "${batch[@]}"; done
for p in bf16 tf32 fp32; do piece "peak-$p.json" 30 measure peak --precision "$p" ${BATCH:+--batch-size 256}; done

# (4) An epoch with everything. (5) As many as fit, with kNN and linear evaluation at the end.
steps=$((${LIMIT:-50000} / ${BATCH:-512}))
[ "$data" != builtin ] || steps=$((${LIMIT:-4800} / ${BATCH:-512}))
if train epoch 3 $((steps * 3)) 1 5; then
  if [ ! -e "$out/epochs" ]; then
    table
    seconds=$("$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["pieces"]["an epoch, everything included"]["value"])' "$out/results.json")
    # A tenth for what comes between epochs; a minute for the evaluations.
    "$python" -c 'import sys; left, each, most = map(float, sys.argv[1:]); print(int(max(1, min(most, (left - 75) / 1.1 / each))))' "$(left)" "$seconds" "$epochs" >"$out/epochs"
  fi
  if train short "$(cat "$out/epochs")" $((steps * 10)) 3 60; then
    piece short-knn.json 10 evaluate knn "$out/short"
    piece short-linear.json 20 evaluate linear "$out/short"
  fi
fi

if [ "$long" -gt 0 ] && train long "$long" $((steps * every)) 1000 30; then
  for folder in "$out"/long/checkpoints/step-*; do
    step=$((10#${folder##*-}))
    piece "long-knn-$step.json" 60 evaluate knn "$folder/model.safetensors"
  done
fi

table
cat "$out/table.md"
[ "$failed" = 0 ] && echo "done: $out/table.md, $out/results.json"
exit "$failed"
