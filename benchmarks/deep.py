"""Writes CIFAR-10 as images of 16 bits that use a narrow band of their range, and the same images cut to 8 bits.

python3 benchmarks/deep.py CIFAR_FOLDER OUTPUT [TRAIN TEST]

A value v of 0 to 255 becomes 2000 + 4 v, plus Gaussian noise of standard deviation 8 (2 of 255): 10 bits of signal in a container of 16,
as a sensor with an offset writes them. OUTPUT/sixteen holds these values, OUTPUT/eight their higher 8 bits: 5 levels are left.
"""
import array
import os
import random
import sys

VALUES = 3 * 32 * 32


def open_npy(path, dtype, shape):
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    file = open(path, "wb")
    file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
    return file


def write(part, files, count, output, chance, noise):
    raw = b"".join(open(file, "rb").read() for file in files)[:count * (VALUES + 1)]
    count = len(raw) // (VALUES + 1)
    folders = {name: os.path.join(output, name) for name in ("sixteen", "eight")}
    for folder in folders.values():
        os.makedirs(folder, exist_ok=True)
        with open_npy(os.path.join(folder, f"{part}-labels.npy"), "|u1", f"({count},)") as labels:
            labels.write(raw[::VALUES + 1])
    shape = f"({count}, 32, 32, 3)"
    with open_npy(os.path.join(folders["sixteen"], f"{part}.npy"), "<u2", shape) as sixteen, \
            open_npy(os.path.join(folders["eight"], f"{part}.npy"), "|u1", shape) as eight:
        for start in range(1, len(raw), VALUES + 1):
            planes = raw[start:start + VALUES]
            pixels = [value for pixel in zip(planes[:1024], planes[1024:2048], planes[2048:]) for value in pixel]
            deep = [2000 + 4 * value + more for value, more in zip(pixels, chance.choices(noise, k=VALUES))]
            values = array.array("H", deep)
            if sys.byteorder == "big":
                values.byteswap()
            sixteen.write(values.tobytes())
            eight.write(bytes(value >> 8 for value in deep))


def main(folder, output, train="10000", test="2000"):
    chance = random.Random(0)
    noise = [round(chance.gauss(0, 8)) for _ in range(1 << 16)]
    batches = [os.path.join(folder, f"data_batch_{i}.bin") for i in range(1, 6)]
    write("train", batches, int(train), output, chance, noise)
    write("test", [os.path.join(folder, "test_batch.bin")], int(test), output, chance, noise)


main(*sys.argv[1:])
