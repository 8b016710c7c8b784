"""The training step of benchmarks/gpu-first.sh in PyTorch, as people write it for speed: the same network, precision and layout; the same views every time.

    python3 gpu.py NAME DEVICE PRECISION BATCH SECONDS      NAME: step-resnet18-32 or step-resnet50-224; PRECISION: fp32, tf32 or bf16
    python3 gpu.py --version

Needs torch alone. Prints {"name", "value", "unit", "batch", "precision", "device"}.
"""
import json
import platform
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    """He et al. 2015, Fig. 5; the stride on the 3×3 convolution."""

    def __init__(self, inputs, channels, stride, bottleneck):
        super().__init__()
        outputs = channels * (4 if bottleneck else 1)
        shapes = [(inputs, channels, 1, 1), (channels, channels, 3, stride), (channels, outputs, 1, 1)] if bottleneck else [(inputs, channels, 3, stride), (channels, outputs, 3, 1)]
        self.convs = nn.ModuleList(nn.Conv2d(i, o, k, s, k // 2, bias=False) for i, o, k, s in shapes)
        self.norms = nn.ModuleList(nn.BatchNorm2d(o) for _, o, _, _ in shapes)
        self.shortcut = nn.Identity() if stride == 1 and inputs == outputs else nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = x
        for i, (conv, norm) in enumerate(zip(self.convs, self.norms)):
            y = norm(conv(y))
            y = F.relu(y, inplace=True) if i < len(self.convs) - 1 else y
        return F.relu(y + self.shortcut(x), inplace=True)


def network(bottleneck, blocks, size):
    stem = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True)]
    if size > 64:
        stem = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    layers, inputs = [], 64
    for stage, count in enumerate(blocks):
        channels = 64 << stage
        for i in range(count):
            layers.append(Block(inputs, channels, 2 if stage and not i else 1, bottleneck))
            inputs = channels * (4 if bottleneck else 1)
    head = [nn.Linear(inputs, inputs, bias=False), nn.BatchNorm1d(inputs), nn.ReLU(inplace=True), nn.Linear(inputs, 128, bias=False), nn.BatchNorm1d(128)]
    return nn.Sequential(*stem, *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), *head)


def nt_xent(z, temperature=0.5):
    """z (2N, d): rows i and i + N are a pair. The mean over the 2N anchors."""
    u = F.normalize(z)
    s = u @ u.t() / temperature
    s.fill_diagonal_(float("-inf"))
    return F.cross_entropy(s, (torch.arange(len(z), device=z.device) + len(z) // 2) % len(z))


NETWORKS = {"step-resnet18-32": (False, [2, 2, 2, 2], 32), "step-resnet50-224": (True, [3, 4, 6, 3], 224)}


def main(name, device, precision, batch, seconds):
    torch.manual_seed(0)
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = precision != "fp32"
    bottleneck, blocks, size = NETWORKS[name]
    model = network(bottleneck, blocks, size).to(device).to(memory_format=torch.channels_last)
    fused = {"fused": True} if device.startswith("cuda") else {}
    optimizer = torch.optim.SGD(model.parameters(), 0.06, momentum=0.9, weight_decay=5e-4, **fused)
    x = torch.rand(2 * batch, 3, size, size, device=device).contiguous(memory_format=torch.channels_last)

    def run():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.split(":")[0], torch.bfloat16, enabled=precision == "bf16"):
            z = model(x)
        nt_xent(z.float()).backward()
        optimizer.step()

    def timed(runs):
        began = time.perf_counter()
        for _ in range(runs):
            run()
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        return time.perf_counter() - began

    one = min(timed(1), timed(1))
    group, times = max(1, min(1000, int(seconds / 10 / one))), []
    while len(times) < 5 or sum(times) * group < seconds:
        times.append(timed(group) / group)
    print(json.dumps({"name": name, "value": batch / statistics.median(times), "unit": "images/s", "batch": batch, "precision": precision, "device": device}))


if __name__ == "__main__":
    if sys.argv[1:] == ["--version"]:
        cuda = f", CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}" if torch.cuda.is_available() else ""
        print(f"Python {platform.python_version()}, PyTorch {torch.__version__}{cuda}")
    else:
        main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))
