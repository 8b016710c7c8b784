#!/usr/bin/env python3
"""Compares features of other programs' networks with those that simclr computes from the same weights.

    python3 tests/foreign/compare.py timm|transformers [NAME[:SIZE] ...]

Weights are random: each parameter and each statistic of a batch norm gets noise, so that none is without effect. simclr either
gives the same h within 1e-4 (of the largest, where that is above 1), or refuses the file by name. Needs PyTorch, the other program,
and a build of ours (-c Release). Exits with 0 if no network differs and at least one is the same.
"""
import pathlib, subprocess, sys, tempfile
import numpy, torch
from PIL import Image

PROGRAM = pathlib.Path(__file__).parents[2] / "src/SimClr.Cli/bin/Release/net10.0/SimClr.Cli.dll"


class Timm:
    usual = """resnet18 resnet34 resnet50 resnet101 resnet26 resnet50d resnet50_gn resnetv2_50 resnext50_32x4d wide_resnet50_2
    seresnet18 vit_tiny_patch16_224 vit_tiny_patch16_224:160 vit_small_patch16_224 vit_small_patch32_224 vit_small_patch14_dinov2:224
    vit_small_patch14_reg4_dinov2:224 deit_tiny_patch16_224 deit_tiny_distilled_patch16_224 deit3_small_patch16_224 flexivit_small
    vit_base_patch16_gap_224 vit_base_patch32_clip_224 vit_small_patch16_dinov3 beit_base_patch16_224 convnext_tiny convnext_small
    convnext_atto convnext_tiny_hnf convnextv2_tiny"""

    @staticmethod
    def has(timm, name): return timm.is_model(name)

    def __init__(self, timm, name, size):
        self.model = timm.create_model(name, num_classes=5, **({"dynamic_img_size": True} if size else {})).eval()
        cut = self.model.default_cfg
        self.size, self.mean, self.std = size or cut["input_size"][-1], cut["mean"], cut["std"]
        # its names do not say how images are prepared
        self.options = ["--image-size", str(self.size), "--normalize", ",".join(f"{value:g}" for value in [*self.mean, *self.std])]

    def features(self, x): return self.model.forward_head(self.model.forward_features(x), pre_logits=True)


class Transformers:
    # vit-base keeps the epsilon 1e-12 of ViT in transformers, which no file says; the networks were trained with 1e-6
    tiny = dict(hidden_size=192, num_attention_heads=3, intermediate_size=768, layer_norm_eps=1e-6)
    small = dict(hidden_size=384, num_attention_heads=6, layer_norm_eps=1e-6)
    half, imagenet = [0.5] * 3, [0.485, 0.456, 0.406]
    # name: class, changes of its configuration, usual size, mean
    networks = {
        "vit-tiny": ("ViTModel", tiny, 224, half),
        "vit-small-patch32-classifier": ("ViTForImageClassification", small | dict(intermediate_size=1536, patch_size=32), 224, half),
        "vit-base": ("ViTModel", {}, 224, half),
        "vit-tiny-without-bias": ("ViTModel", tiny | dict(qkv_bias=False), 224, half),
        "vit-mae-tiny": ("ViTMAEModel", tiny | dict(mask_ratio=0), 224, half),
        "vit-msn-tiny": ("ViTMSNModel", tiny, 224, half),
        "deit-tiny-distilled": ("DeiTModel", tiny, 224, half),
        "beit-tiny": ("BeitModel", tiny, 224, half),
        "dinov2-small": ("Dinov2Model", small | dict(image_size=518, patch_size=14), 224, imagenet),
        "dinov2-base-classifier": ("Dinov2ForImageClassification", dict(image_size=518, patch_size=14), 224, imagenet),
        "dinov2-small-swiglu": ("Dinov2Model", small | dict(image_size=518, patch_size=14, use_swiglu_ffn=True), 224, imagenet),
        "dinov2-small-registers": ("Dinov2WithRegistersModel", small | dict(image_size=518, patch_size=14), 224, imagenet),
        "swin-tiny": ("SwinModel", {}, 224, imagenet),
        "resnet18": ("ResNetModel", dict(depths=[2, 2, 2, 2], hidden_sizes=[64, 128, 256, 512], layer_type="basic"), 224, imagenet),
        "resnet26": ("ResNetModel", dict(depths=[2, 2, 2, 2]), 224, imagenet),
        "resnet50": ("ResNetModel", {}, 224, imagenet),
        "resnet50-classifier": ("ResNetForImageClassification", {}, 224, imagenet),
        "convnext-tiny": ("ConvNextModel", {}, 224, imagenet),
        "convnext-small-classifier": ("ConvNextForImageClassification", dict(depths=[3, 3, 27, 3]), 224, imagenet),
        "convnextv2-tiny": ("ConvNextV2Model", {}, 224, imagenet),
    }
    usual = " ".join(networks) + " vit-tiny:160 vit-tiny:384 dinov2-small:518 dinov2-small:98 convnext-tiny:160 resnet18:64"

    @classmethod
    def has(cls, transformers, name): return name in cls.networks and hasattr(transformers, cls.networks[name][0])

    def __init__(self, transformers, name, size):
        kind, changes, usual, self.mean = self.networks[name]
        self.std = [0.229, 0.224, 0.225] if self.mean == self.imagenet else self.half
        network = getattr(transformers, kind)
        self.model = network(network.config_class(num_labels=5, **changes)).eval()
        # without a size or a normalisation named, simclr has to know both; MAE and MSN have ViT's names
        self.size, self.options = size or usual, ["--image-size", str(size)] if size else []

    def features(self, x):
        base = self.model.base_model
        way = {"interpolate_pos_encoding": True} if self.options and "ViT" in type(base).__name__ else {}
        found = base(x, **way)
        return found.pooler_output.flatten(1) if found.last_hidden_state.dim() == 4 else found.last_hidden_state[:, 0]


def fill(model):
    torch.manual_seed(1)
    with torch.no_grad():
        for key, p in model.named_parameters():
            gamma = key.endswith(("gamma", "lambda1", "layer_scale_parameter"))  # LayerScale begins near 0, where it hides a branch
            p.copy_(torch.rand_like(p) + 0.5) if gamma else p.add_(torch.randn_like(p) * (0.02 if p.ndim > 1 else 0.1))
        for key, b in model.named_buffers():
            if key.endswith("running_mean"): b.copy_(torch.randn_like(b) * 0.1)
            if key.endswith("running_var"): b.copy_(torch.rand_like(b) + 0.5)


def compare(network, name, folder):
    fill(network.model)
    size, mean, std = network.size, torch.tensor(network.mean), torch.tensor(network.std)
    images, weights, output = folder / f"images{size}", folder / f"{name}.pth", folder / f"{name}-{size}.npy"
    images.mkdir(exist_ok=True)
    pixels = numpy.random.RandomState(0).randint(0, 256, (3, size // 8, size // 8, 3)).astype(numpy.uint8)
    squares = [Image.fromarray(p).resize((size, size), Image.BICUBIC) for p in pixels]
    for i, square in enumerate(squares): square.save(images / f"{i}.png")
    x = torch.stack([(torch.from_numpy(numpy.array(s)) / 255 - mean) / std for s in squares]).permute(0, 3, 1, 2)
    with torch.no_grad(): h = network.features(x).numpy()
    torch.save(network.model.state_dict(), weights)
    done = subprocess.run(["dotnet", PROGRAM, "embed", "--weights", weights, "--data", images, "--output", output, *network.options],
                          capture_output=True, text=True)
    weights.unlink()
    if done.returncode == 1: return "refused", done.stderr.strip().splitlines()[-1].split(f"{name}.pth", 1)[-1].lstrip(": ")
    if done.returncode: return "NOT the same", done.stderr
    ours = numpy.load(output)
    difference = abs(ours - h).max() if ours.shape == h.shape else numpy.inf
    return "the same" if difference < 1e-4 * max(1, abs(h).max()) else "NOT the same", f"{difference:.1e} of {abs(h).max():.1f}"


def main(program, *names):
    kind, library, found = PROGRAMS[program], __import__(program), []
    with tempfile.TemporaryDirectory() as temporary:
        for argument in names or kind.usual.split():
            name, _, size = argument.partition(":")
            verdict, text = "unknown here", f"not in {program} {library.__version__}"
            if kind.has(library, name):
                torch.manual_seed(0)
                verdict, text = compare(kind(library, name, int(size) if size else None), name, pathlib.Path(temporary))
            print(f"{argument:32} {verdict}: {text}", flush=True)
            found.append(verdict)
    counts = ", ".join(f"{found.count(verdict)} {verdict}" for verdict in dict.fromkeys(found))
    print(f"{program} {library.__version__}, PyTorch {torch.__version__}: {counts}")
    return "NOT the same" in found or "the same" not in found


PROGRAMS = {"timm": Timm, "transformers": Transformers}
if not PROGRAMS.keys() & set(sys.argv[1:2]): sys.exit(__doc__)
sys.exit(main(*sys.argv[1:]))
