"""Writes foreign_encoders.json: the first features of networks of other programs, and the names and shapes of their tensors.
Needs torch and torchvision (Debian: python3-torch, python3-torchvision) and a checkout of DINOv2, whose own model file is run:

    git clone https://github.com/facebookresearch/dinov2 /tmp/dinov2
    python3 foreign_encoders.py /tmp/dinov2

The weights come from a formula that the test repeats, so that the file holds none. With k the sum of the characters of a tensor's name and
u = ((31·i² + 7919·i + 104729·k) mod 2003) / 2003 at index i: a vector called weight, gamma or layer_scale has 0.5 + u, another tensor with at
most one side above 1, a bias or a token 0.6·(u − 0.5), and a matrix (u − 0.5)·√(12 / inputs). Images have the second form, with k = 0."""
import json, math, os, re, sys
import numpy as np, torch, torch.nn.functional as F, torchvision
from torchvision.models.convnext import ConvNeXt, CNBlockConfig
from torchvision.models.vision_transformer import VisionTransformer, interpolate_embeddings

def pattern(shape, k):
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    return ((31 * i * i + 7919 * i + 104729 * k) % 2003 / 2003).reshape(shape)

def values(name, shape):
    u = pattern(shape, sum(map(ord, name)))
    if name.split(".")[-1] in ("weight", "gamma", "layer_scale") and sum(s > 1 for s in shape) == 1: return 0.5 + u
    if name.endswith("bias") or "token" in name or "pos" in name: return 0.6 * (u - 0.5)
    return (u - 0.5) * math.sqrt(12 / np.prod(shape[1:]))

def fill(net):
    state = {n: torch.tensor(values(n, tuple(t.shape)), dtype=torch.float32) for n, t in net.state_dict().items()}
    net.load_state_dict(state, strict=True)
    return net.eval(), state

def images(side): return torch.tensor(pattern((2, 3, side, side), 0), dtype=torch.float32)

def is_repeated(name):  # a block that has the names and shapes of the first
    block = re.match(r"(?:blocks|encoder\.layers\.encoder_layer)[._](?:\d+\.)?(\d+)\.", name)
    return block and block[1] != "0"

def case(kind, state, results):
    return {"kind": kind, "tensors": {n: list(t.shape) for n, t in state.items() if not is_repeated(n)},
            "features": {str(side): rounded(h[:, :24]) for side, h in results.items()}}

def rounded(rows): return [[float(f"{v:.6g}") for v in row] for row in rows.tolist()]

def torchvision_vit():
    make = lambda side: VisionTransformer(image_size=side, patch_size=8, num_layers=12, num_heads=3, hidden_dim=192, mlp_dim=768, num_classes=7)
    net, state = fill(make(32))
    larger = make(48).eval()
    larger.load_state_dict(interpolate_embeddings(48, 8, dict(state)), strict=True)
    logits = net(images(32))
    net.heads = larger.heads = torch.nn.Identity()
    return case("torchvision-vit", state, {32: net(images(32)), 48: larger(images(48))}) | {"logits": rounded(logits)}

def torchvision_convnext():
    depths, c = [3, 3, 9, 3], [12 << i for i in range(4)]
    net, state = fill(ConvNeXt([CNBlockConfig(c[i], c[i + 1] if i < 3 else None, depths[i]) for i in range(4)], num_classes=5))
    logits = net(images(64))
    net.classifier[2] = torch.nn.Identity()
    return case("torchvision-convnext", state, {64: net(images(64))}) | {"logits": rounded(logits)}

def dinov2(kind, sides, **settings):
    from dinov2.models.vision_transformer import DinoVisionTransformer
    net, state = fill(DinoVisionTransformer(img_size=70, patch_size=14, embed_dim=192, depth=12, num_heads=3, init_values=1.0, **settings))
    return case(kind, state, {side: net(images(side)) for side in sides})

if not hasattr(F, "scaled_dot_product_attention"):  # of PyTorch 2
    F.scaled_dot_product_attention = lambda q, k, v, **_: (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1) @ v
sys.path.insert(0, sys.argv[1])
with torch.no_grad():
    cases = [torchvision_vit(), torchvision_convnext(), dinov2("dinov2", [70, 56, 98], block_chunks=0),
             dinov2("dinov2-registers", [70, 56], block_chunks=4, num_register_tokens=4, interpolate_antialias=True, interpolate_offset=0.0)]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "foreign_encoders.json"), "w") as file:
    json.dump({"torch": torch.__version__, "torchvision": torchvision.__version__, "cases": cases}, file, separators=(",", ":"))
