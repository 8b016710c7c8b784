# Images as people have them, one in every way that one can be odd: python3 odd_images.py DIR (needs Pillow)
import io
import os
import struct
import sys
import zlib

from PIL import Image

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
state = 1


def random():  # xorshift: the same everywhere
    global state
    state ^= state << 13 & 0xffffffff
    state ^= state >> 17
    state ^= state << 5 & 0xffffffff
    return state & 0xffffffff


def smooth(width, height):  # a picture that JPEG keeps
    return Image.frombytes("RGB", (width, height), bytes(
        v for y in range(height) for x in range(width) for v in ((5 * x + 2 * y) % 256, (255 - 3 * y) % 256, (x * y // 7) % 256)))


def noise(width, height, channels=3):
    return bytes(random() >> 9 & 255 for _ in range(width * height * channels))


def to(name):
    return os.path.join(folder, name)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(name, width, height, bits, colours, lines, *chunks, interlace=0):
    head = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, interlace)
    with open(to(name), "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(chunk(*c) for c in chunks) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))


picture = smooth(61, 43)
alpha = picture.convert("RGBA")
alpha.putalpha(Image.frombytes("L", (61, 43), noise(61, 43, 1)))
photos = {"RGB": picture, "L": picture.convert("L"), "1": picture.convert("1"), "P": picture.quantize(50), "RGBA": alpha, "LA": alpha.convert("LA"), "PA": alpha.quantize(50)}

for mode, image in photos.items():
    image.save(to(f"mode-{mode}.png"))
    if mode != "PA":
        image.convert("RGBA" if mode in ("RGBA", "LA") else "RGB").save(to(f"mode-{mode}.webp"), lossless=True)
    if mode in ("RGB", "L", "P", "1"):
        image.save(to(f"mode-{mode}.bmp"))
        image.save(to(f"mode-{mode}.gif"))
picture.save(to("lossy.webp"), quality=70)
alpha.save(to("lossy-alpha.webp"), quality=70)

for width, height in ((61, 43), (16, 16), (17, 1), (1, 1), (8, 9)):
    for name, sampling in (("444", 0), ("422", 1), ("420", 2)):
        for progressive in (False, True):
            smooth(width, height).save(to(f"jpeg-{width}x{height}-{name}{'-progressive' if progressive else ''}.jpg"), quality=85, subsampling=sampling, progressive=progressive)
picture.convert("L").save(to("jpeg-gray.jpg"), quality=85)
picture.convert("CMYK").save(to("jpeg-cmyk.jpg"), quality=90)
picture.save(to("jpeg-optimized.jpg"), quality=30, optimize=True)
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    smooth(48, 32).save(to(f"orientation-{orientation}.jpg"), quality=85, exif=exif, subsampling=0)
    smooth(48, 32).save(to(f"orientation-{orientation}.png"), exif=exif)
    smooth(48, 32).save(to(f"orientation-{orientation}.webp"), lossless=True, exif=exif)

# PNG by hand, as Pillow writes few of its kinds.
for bits in (1, 2, 4, 8, 16):
    row = (13 * bits + 7) // 8
    png(f"gray-{bits}.png", 13, 9, bits, 0, b"".join(b"\0" + noise(row, 1, 1) for _ in range(9)))
for bits in (1, 2, 4, 8):
    row = (13 * bits + 7) // 8
    palette = noise(2 ** bits, 1)
    png(f"palette-{bits}.png", 13, 9, bits, 3, b"".join(b"\0" + noise(row, 1, 1) for _ in range(9)), (b"PLTE", palette))
    png(f"palette-{bits}-trns.png", 13, 9, bits, 3, b"".join(b"\0" + noise(row, 1, 1) for _ in range(9)), (b"PLTE", palette), (b"tRNS", noise(2 ** bits, 1, 1)))
png("rgb-16.png", 13, 9, 16, 2, b"".join(b"\0" + noise(78, 1, 1) for _ in range(9)))
png("rgba-16.png", 13, 9, 16, 6, b"".join(b"\0" + noise(104, 1, 1) for _ in range(9)))
png("gamma.png", 13, 9, 8, 2, b"".join(b"\0" + noise(39, 1, 1) for _ in range(9)), (b"gAMA", struct.pack(">I", 45455)))
png("gamma-1.png", 13, 9, 8, 2, b"".join(b"\0" + noise(39, 1, 1) for _ in range(9)), (b"gAMA", struct.pack(">I", 100000)))
for kind in range(5):  # every filter, on every line
    png(f"filter-{kind}.png", 13, 9, 8, 2, b"".join(bytes([kind]) + noise(39, 1, 1) for _ in range(9)))
passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
for width, height in ((13, 11), (1, 1), (5, 5)):
    lines = b"".join(b"\0" + noise(len(range(x, width, dx)), 1) for x, y, dx, dy in passes if x < width for _ in range(y, height, dy))
    png(f"interlaced-{width}x{height}.png", width, height, 8, 2, lines, interlace=1)

# Animations: the first frame.
frames = [smooth(31, 23), smooth(31, 23).transpose(Image.Transpose.ROTATE_180), Image.new("RGB", (31, 23), (200, 0, 0))]
frames[0].save(to("animated.webp"), save_all=True, append_images=frames[1:], lossless=True)
frames[0].save(to("animated.png"), save_all=True, append_images=frames[1:])
frames[0].quantize(64).save(to("animated.gif"), save_all=True, append_images=[f.quantize(64) for f in frames[1:]])

for width, height in ((1, 1), (3, 4000), (4000, 3), (1, 300), (300, 1), (2, 2)):
    Image.frombytes("RGB", (width, height), noise(width, height)).save(to(f"size-{width}x{height}.png"))
    Image.frombytes("RGB", (width, height), noise(width, height)).save(to(f"size-{width}x{height}.bmp"))
    smooth(width, height).save(to(f"size-{width}x{height}.jpg"), quality=95, subsampling=0)
for side in (16, 32, 48):
    smooth(side, side).convert("RGBA").save(to(f"icon-{side}.ico"), sizes=[(side, side)])
