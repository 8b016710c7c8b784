"""What `simclr bench` measures, done with PyTorch and torchvision as people write it; run by `simclr bench --rival PYTHON`.

    python3 rivals.py FOLDER THREADS SECONDS REPETITIONS NAME...    FOLDER: WIDTHxHEIGHT.raw (uint8 RGB images), jpegs.txt (paths)
    python3 rivals.py --version    prints the versions on one line, and all names on the next

Prints a list of {"name", "value", "unit", "memoryMB"}. Views are made by one thread.
"""
import json
import platform
import statistics
import sys
import time

import numpy as np
import torch
import torchvision
from PIL import Image
from torch import nn
from torch.nn import functional as F
from torchvision import transforms as T

EMBEDDED, BATCH, CHUNK = 512, 256, 128


def policy(size, blur):
    s = 0.5 if size <= 32 else 1.0
    return T.Compose(
        [T.RandomResizedCrop(size), T.RandomHorizontalFlip(), T.RandomApply([T.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s)], 0.8), T.RandomGrayscale(0.2)]
        + ([T.RandomApply([T.GaussianBlur(max(3, size // 10 | 1), (0.1, 2.0))], blur)] if blur else [])
        + [T.ToTensor()]
    )


def images(folder, width, height):
    pixels = np.fromfile(f"{folder}/{width}x{height}.raw", np.uint8).reshape(-1, height, width, 3)
    return [Image.fromarray(p) for p in pixels]


def views(width, height, size, blur):
    def prepare(folder):
        transform, sources = policy(size, blur), images(folder, width, height)[:CHUNK]
        return 2 * len(sources), "views/s", lambda: torch.stack([transform(image) for image in sources for _ in range(2)])

    return prepare


def jpeg(folder):
    transform, paths = policy(224, 0.5), open(f"{folder}/jpegs.txt").read().splitlines()

    def run():
        for path in paths:
            image = Image.open(path).convert("RGB")
            transform(image), transform(image)

    return len(paths), "images/s", run


def nt_xent(z, temperature=0.5):
    """z (2N, d): rows i and i + N are a pair. The mean over the 2N anchors."""
    u = F.normalize(z)
    s = u @ u.t() / temperature
    s = s.masked_fill(torch.eye(len(z), dtype=torch.bool), float("-inf"))
    return F.cross_entropy(s, (torch.arange(len(z)) + len(z) // 2) % len(z))


def loss(folder):
    z = torch.randn(4096, 128, requires_grad=True)

    def run():
        z.grad = None
        nt_xent(z).backward()

    return None, "ms", run


def resnet():
    net = torchvision.models.resnet18()
    net.conv1, net.maxpool, net.fc = nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.Identity(), nn.Identity()
    return net


def vit(size, patch, width):
    def build():
        net = torchvision.models.VisionTransformer(size, patch, num_layers=12, num_heads=width // 64, hidden_dim=width, mlp_dim=4 * width)
        net.heads = nn.Identity()
        return net

    return build


def convnext():
    net = torchvision.models.convnext_tiny()
    net.features[0][0], net.classifier[2] = nn.Conv2d(3, 96, 2, 2), nn.Identity()
    return net


def step(encoder, features, size, views, adam=False):
    def prepare(folder):
        d = features
        head = nn.Sequential(nn.Linear(d, d, bias=False), nn.BatchNorm1d(d), nn.ReLU(), nn.Linear(d, 128, bias=False), nn.BatchNorm1d(128))
        model = nn.Sequential(encoder(), head)
        optimizer = torch.optim.AdamW(model.parameters()) if adam else torch.optim.SGD(model.parameters(), 0.06, momentum=0.9, weight_decay=5e-4)
        x = torch.rand(views, 3, size, size)

        def run():
            optimizer.zero_grad(set_to_none=True)
            nt_xent(model(x)).backward()
            optimizer.step()

        return views, "views/s", run

    return prepare


def embed(encoder, width, height, size, count):
    def prepare(folder):
        transform = T.ToTensor() if width == size else T.Compose([T.Resize(size * 8 // 7), T.CenterCrop(size), T.ToTensor()])
        model, sources = encoder().eval(), images(folder, width, height)[:count]

        def run():
            with torch.no_grad():
                for start in range(0, len(sources), BATCH):
                    model(torch.stack([transform(image) for image in sources[start : start + BATCH]]))

        return len(sources), "images/s", run

    return prepare


# A measurement and the benchmarks that it stands beside. Without a loader to wait for, the step flatters the rival a little.
RIVALS = [
    (["views-32"], 1, views(32, 32, 32, 0)),
    (["views-32-blur"], 1, views(32, 32, 32, 0.5)),
    (["views-96"], 1, views(96, 96, 96, 0.5)),
    (["views-224"], 1, views(500, 375, 224, 0.5)),
    (["jpeg-224"], 1, jpeg),
    (["loss-4096", "loss-4096-dense"], 0, loss),
    (["step-resnet18-32", "step-resnet18-32-bare"], 0, step(resnet, 512, 32, 512)),
    (["step-vit-tiny-32"], 0, step(vit(32, 4, 192), 192, 32, 128, adam=True)),
    (["step-convnext-tiny-64"], 0, step(convnext, 768, 64, 64, adam=True)),
    (["embed-resnet18-32"], 0, embed(resnet, 32, 32, 32, EMBEDDED)),
    (["embed-vit-small-224"], 0, embed(vit(224, 16, 384), 500, 375, 224, 32)),
]


def resident(field):
    return next(int(line.split()[1]) / 1e3 * 1.024 for line in open("/proc/self/status") if line.startswith(field))


def measure(work, seconds, repetitions):
    """The median time, after a run to warm up, and the most memory that this process had resident."""
    work()
    times, began = [], time.perf_counter()
    while len(times) < repetitions or time.perf_counter() - began < seconds:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times), resident("VmHWM")


def main(folder, threads, seconds, repetitions, names):
    results = []
    for beside, own_threads, prepare in RIVALS:
        asked = [name for name in beside if name in names]
        if not asked:
            continue
        torch.set_num_threads(own_threads or threads)
        torch.manual_seed(0)
        units, unit, work = prepare(folder)
        elapsed, memory = measure(work, seconds, repetitions)
        value = 1000 * elapsed if units is None else units / elapsed
        results += [{"name": name, "value": value, "unit": unit, "memoryMB": memory} for name in asked]
    print(json.dumps(results))


if __name__ == "__main__":
    if sys.argv[1:] == ["--version"]:
        print(f"Python {platform.python_version()}, PyTorch {torch.__version__}, torchvision {torchvision.__version__}, Pillow {Image.__version__}")
        print(*[name for beside, *_ in RIVALS for name in beside])
    else:
        main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
