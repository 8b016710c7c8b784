"""Writes CIFAR-10 as images of 16 bits that use a narrow band of their range, and the same images cut to 8 bits.

python3 benchmarks/deep.py CIFAR_FOLDER OUTPUT [TRAIN TEST]

A value v of 0 to 255 becomes 2000 + 4 v, plus Gaussian noise of standard deviation 8 (2 of 255): 10 bits of signal in a container of 16,
as a sensor with an offset writes them. OUTPUT/sixteen holds these values, OUTPUT/eight their higher 8 bits: 5 levels are left.
"""
import os
import sys

import numpy


def images_of(files, count, noise):
    raw = numpy.concatenate([numpy.fromfile(file, numpy.uint8) for file in files]).reshape(-1, 3073)[:count]
    values = raw[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1).astype(numpy.float32)
    deep = numpy.rint(2000 + 4 * values + noise.normal(0, 8, values.shape)).astype(numpy.uint16)
    return raw[:, 0], numpy.ascontiguousarray(deep)


def main(folder, output, train="10000", test="2000"):
    noise = numpy.random.default_rng(0)
    batches = [os.path.join(folder, f"data_batch_{i}.bin") for i in range(1, 6)]
    for part, files, count in (("train", batches, int(train)), ("test", [os.path.join(folder, "test_batch.bin")], int(test))):
        labels, deep = images_of(files, count, noise)
        for name, images in (("sixteen", deep), ("eight", (deep >> 8).astype(numpy.uint8))):
            os.makedirs(os.path.join(output, name), exist_ok=True)
            numpy.save(os.path.join(output, name, f"{part}.npy"), images)
            numpy.save(os.path.join(output, name, f"{part}-labels.npy"), labels)


main(*sys.argv[1:])
