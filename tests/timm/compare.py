#!/usr/bin/env python3
"""Compares features of timm's networks with those that simclr computes from the same weights.

    python3 tests/timm/compare.py [NAME[:SIZE] ...]

Weights are random: each parameter and each statistic of a batch norm gets noise, so that none is without effect. simclr either
gives the same h within 1e-4, or refuses the file by name. Needs timm and PyTorch, and a build of the program (-c Release).
"""
import pathlib, subprocess, sys, tempfile
import numpy, timm, torch
from PIL import Image

PROGRAM = pathlib.Path(__file__).parents[2] / "src/SimClr.Cli/bin/Release/net10.0/SimClr.Cli.dll"
USUAL = """resnet18 resnet34 resnet50 resnet101 resnet26 resnet50d resnet50_gn resnetv2_50 resnext50_32x4d wide_resnet50_2
seresnet18 vit_tiny_patch16_224 vit_tiny_patch16_224:160 vit_small_patch16_224 vit_small_patch32_224 vit_small_patch14_dinov2:224
vit_small_patch14_reg4_dinov2:224 deit_tiny_patch16_224 deit_tiny_distilled_patch16_224 deit3_small_patch16_224 flexivit_small
vit_base_patch16_gap_224 vit_base_patch32_clip_224 vit_small_patch16_dinov3 beit_base_patch16_224 convnext_tiny convnext_small
convnext_atto convnext_tiny_hnf convnextv2_tiny""".split()


def network(name, size):
    model = timm.create_model(name, num_classes=5, **({"dynamic_img_size": True} if size else {})).eval()
    torch.manual_seed(1)
    with torch.no_grad():
        for key, p in model.named_parameters():
            gamma = key.endswith("gamma")  # LayerScale begins near 0, where it hides a branch
            p.copy_(torch.rand_like(p) + 0.5) if gamma else p.add_(torch.randn_like(p) * (0.02 if p.ndim > 1 else 0.1))
        for key, b in model.named_buffers():
            if key.endswith("running_mean"): b.copy_(torch.randn_like(b) * 0.1)
            if key.endswith("running_var"): b.copy_(torch.rand_like(b) + 0.5)
    return model


def compare(name, size, folder):
    model, cut = network(name, size), timm.create_model(name, num_classes=5).default_cfg
    size, mean, std = size or cut["input_size"][-1], torch.tensor(cut["mean"]), torch.tensor(cut["std"])
    images, weights, output = folder / f"images{size}", folder / f"{name}.pth", folder / f"{name}-{size}.npy"
    images.mkdir(exist_ok=True)
    pixels = numpy.random.RandomState(0).randint(0, 256, (3, size // 8, size // 8, 3)).astype(numpy.uint8)
    squares = [Image.fromarray(p).resize((size, size), Image.BICUBIC) for p in pixels]
    for i, square in enumerate(squares): square.save(images / f"{i}.png")
    x = torch.stack([(torch.from_numpy(numpy.array(s)) / 255 - mean) / std for s in squares]).permute(0, 3, 1, 2)
    with torch.no_grad(): h = model.forward_head(model.forward_features(x), pre_logits=True).numpy()
    torch.save(model.state_dict(), weights)
    normalize = ",".join(f"{value:g}" for value in [*cut["mean"], *cut["std"]])
    done = subprocess.run(["dotnet", PROGRAM, "embed", "--weights", weights, "--data", images, "--output", output,
                           "--image-size", str(size), "--normalize", normalize], capture_output=True, text=True)
    weights.unlink()
    if done.returncode == 1: return "refused: " + done.stderr.strip().splitlines()[-1].split(f"{name}.pth", 1)[-1].lstrip(": "), True
    if done.returncode: return done.stderr, False
    ours = numpy.load(output)
    difference = abs(ours - h).max() if ours.shape == h.shape else numpy.inf
    return f"{difference:.1e} of {abs(h).max():.1f}", difference < 1e-4


good = True
with tempfile.TemporaryDirectory() as temporary:
    for argument in sys.argv[1:] or USUAL:
        name, _, size = argument.partition(":")
        text, same = compare(name, int(size) if size else None, pathlib.Path(temporary))
        print(f"{argument:32} {text}", flush=True)
        good &= same
print(f"timm {timm.__version__}, PyTorch {torch.__version__}: {'all the same, or refused' if good else 'NOT the same'}")
sys.exit(not good)
