#!/bin/bash
#SBATCH --job-name=simclr
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=8
#SBATCH --gpus-per-node=8
#SBATCH --cpus-per-task=12
#SBATCH --time=24:00:00
#SBATCH --signal=TERM@120
#SBATCH --requeue
# One rank for every GPU. Two minutes before the time is up all ranks stop after the same step and rank 0 saves; the job
# that comes next, with as many ranks or others, goes on from there. --kill-on-bad-exit ends the job when a rank dies.
set -euo pipefail
: "${DATA:?the folder of the shards}" "${RUN:?the run folder, on a disk that the first node sees}"

srun --mpi=pmix --kill-on-bad-exit=1 simclr selftest --ranks --device cuda
srun --mpi=pmix --kill-on-bad-exit=1 simclr pretrain --data "$DATA" --output "$RUN" --resume \
  --recipe imagenet-paper --batch-size 4096 --device cuda
