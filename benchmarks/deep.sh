#!/bin/bash
# What the lower bits are worth: the same recipe on 16-bit images of a narrow band, and on their higher 8 bits (docs/results.md).
# benchmarks/deep.sh CIFAR_FOLDER OUTPUT; SIMCLR names the program, by default simclr.
set -euo pipefail
simclr=${SIMCLR:-simclr} output=$2
python3 "$(dirname "$0")/deep.py" "$1" "$output"
train() { # NAME DATA OPTION...
    local name=$1 data=$2
    shift 2
    $simclr pretrain --data "$output/$data" --output "$output/$name" --recipe cifar10-cpu --width 0.25 --epochs 4 --threads 1 --quiet "$@"
    $simclr evaluate knn --weights "$output/$name" --data "$output/$data" --threads 1 --json --quiet > "$output/$name.json"
}
for seed in 0 1; do
    train "16-bits-$seed" sixteen --seed $seed
    train "8-bits-$seed" eight --seed $seed
    train "8-bits-own-range-$seed" eight --seed $seed --value-range 7,12
done
