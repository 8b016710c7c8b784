"""Writes encoders.json: features of torchvision's VisionTransformer and ConvNeXt, and of a vision transformer with registers, LayerScale and
mean pooling that is computed here in float64 from the papers' formulas. Needs torch and torchvision (Debian: python3-torchvision).

The weights come from a formula that the test repeats, so that the file holds none: tensor k of the sorted names of SimClr has
0.05·sin(0.37·i + k) at index i; vectors of weights and LayerScale have 1 + 0.2·sin(…); images have 0.5 + 0.5·sin(0.11·i)."""
import json, math, os, sys
import numpy as np, torch, torchvision
from torchvision.models.convnext import ConvNeXt, CNBlockConfig
from torchvision.models.vision_transformer import VisionTransformer

def values(k, name, shape):
    x = np.sin(0.37 * np.arange(int(np.prod(shape)), dtype=np.float64) + k)
    scale = name.endswith(("gamma", "layer_scale")) or name.endswith("weight") and len(shape) == 1
    return (1 + 0.2 * x if scale else 0.05 * x).reshape(shape)

def weights(shapes):
    return {name: values(k, name, shapes[name]) for k, name in enumerate(sorted(shapes))}

def images(n, c, s):
    return (0.5 + 0.5 * np.sin(0.11 * np.arange(n * c * s * s, dtype=np.float64))).reshape(n, c, s, s)

def vit_shapes(d, depth, tokens, patch, registers=0, scale=False, mean=False):
    shapes = {} if mean else {"cls_token": (1, 1, d)}
    if registers: shapes["reg_token"] = (1, registers, d)
    shapes |= {"pos_embed": (1, tokens + (not mean), d), "patch_embed.proj.weight": (d, 3, patch, patch), "patch_embed.proj.bias": (d,)}
    for i in range(depth):
        b = f"blocks.{i}."
        shapes |= {b + "norm1.weight": (d,), b + "norm1.bias": (d,), b + "attn.qkv.weight": (3 * d, d), b + "attn.qkv.bias": (3 * d,),
                   b + "attn.proj.weight": (d, d), b + "attn.proj.bias": (d,), b + "norm2.weight": (d,), b + "norm2.bias": (d,),
                   b + "mlp.fc1.weight": (4 * d, d), b + "mlp.fc1.bias": (4 * d,), b + "mlp.fc2.weight": (d, 4 * d), b + "mlp.fc2.bias": (d,)}
        if scale: shapes |= {b + "ls1.gamma": (d,), b + "ls2.gamma": (d,)}
    norm = "fc_norm" if mean else "norm"
    return shapes | {norm + ".weight": (d,), norm + ".bias": (d,)}

def vit_to_torchvision(name):
    for ours, theirs in [("cls_token", "class_token"), ("pos_embed", "encoder.pos_embedding"), ("patch_embed.proj", "conv_proj"),
                         ("blocks.", "encoder.layers.encoder_layer_"), ("norm1", "ln_1"), ("norm2", "ln_2"), ("attn.qkv.", "self_attention.in_proj_"),
                         ("attn.proj", "self_attention.out_proj"), ("mlp.fc1", "mlp.0"), ("mlp.fc2", "mlp.3")]:
        name = name.replace(ours, theirs)
    return "encoder.ln" + name[4:] if name.startswith("norm.") else name

def torchvision_vit():
    net = VisionTransformer(image_size=32, patch_size=8, num_layers=2, num_heads=3, hidden_dim=192, mlp_dim=768).eval()
    net.heads = torch.nn.Identity()
    own = weights(vit_shapes(192, 2, 16, 8))
    net.load_state_dict({vit_to_torchvision(n): torch.tensor(v, dtype=torch.float32) for n, v in own.items()}, strict=True)
    return net(torch.tensor(images(2, 3, 32), dtype=torch.float32))

def norm(x, w, b):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-6) * w + b

def formula_vit():
    d, heads, depth, patch, registers, side = 192, 3, 2, 8, 2, 32
    w = weights(vit_shapes(d, depth, (side // patch) ** 2, patch, registers, scale=True, mean=True))
    x = images(2, 3, side)
    rows = []
    for y in range(0, side, patch):
        for z in range(0, side, patch):
            rows.append(np.einsum("ncyx,dcyx->nd", x[:, :, y:y + patch, z:z + patch], w["patch_embed.proj.weight"]) + w["patch_embed.proj.bias"])
    t = np.stack(rows, 1) + w["pos_embed"]
    t = np.concatenate([np.repeat(w["reg_token"], len(x), 0), t], 1)
    erf = np.vectorize(math.erf)
    for i in range(depth):
        p = lambda n: w[f"blocks.{i}.{n}"]
        qkv = norm(t, p("norm1.weight"), p("norm1.bias")) @ p("attn.qkv.weight").T + p("attn.qkv.bias")
        out = np.zeros_like(t)
        for h in range(heads):
            q, k, v = (qkv[..., j * d + 64 * h:j * d + 64 * h + 64] for j in range(3))
            a = np.exp(q @ k.transpose(0, 2, 1) / 8)
            out[..., 64 * h:64 * h + 64] = a / a.sum(-1, keepdims=True) @ v
        t = t + p("ls1.gamma") * (out @ p("attn.proj.weight").T + p("attn.proj.bias"))
        m = norm(t, p("norm2.weight"), p("norm2.bias")) @ p("mlp.fc1.weight").T + p("mlp.fc1.bias")
        m = m / 2 * (1 + erf(m / math.sqrt(2)))
        t = t + p("ls2.gamma") * (m @ p("mlp.fc2.weight").T + p("mlp.fc2.bias"))
    return norm(t[:, registers:].mean(1), w["fc_norm.weight"], w["fc_norm.bias"])

def torchvision_convnext():
    depths, c = [1, 1, 2, 1], [96 // 8 << i for i in range(4)]
    net = ConvNeXt([CNBlockConfig(c[i], c[i + 1] if i < 3 else None, depths[i]) for i in range(4)], layer_scale=1.0).eval()
    net.classifier[2] = torch.nn.Identity()
    own = weights({n: tuple(t.shape) for n, t in net.state_dict().items()})
    net.load_state_dict({n: torch.tensor(v, dtype=torch.float32) for n, v in own.items()}, strict=True)
    return net(torch.tensor(images(2, 3, 64), dtype=torch.float32))

def case(kind, h):
    return {"kind": kind, "h": [[float(f"{v:.8g}") for v in row] for row in np.asarray(h.detach() if hasattr(h, "detach") else h)]}

json.dump({"torch": torch.__version__, "torchvision": torchvision.__version__,
           "cases": [case("vit", torchvision_vit()), case("vit-registers", formula_vit()), case("convnext", torchvision_convnext())]},
          open(os.path.join(os.path.dirname(sys.argv[0]), "encoders.json"), "w"))
