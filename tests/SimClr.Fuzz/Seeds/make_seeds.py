# The committed seeds of formats that nothing here writes, each below 10 kB: python3 make_seeds.py (needs Pillow)
import os
import struct
import zlib

from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))
colours = Image.new("RGB", (24, 17))
colours.putdata([(9 * x % 256, 13 * y % 256, x * y % 256) for y in range(17) for x in range(24)])


def to(name):
    return os.path.join(here, name)


colours.save(to("progressive.jpg"), quality=80, progressive=True, subsampling="4:2:0", restart_marker_blocks=1)
colours.convert("L").save(to("gray.jpg"), quality=80)
colours.quantize(16).save(to("palette.png"), transparency=3, gamma=0.45)
Image.frombytes("I;16", (7, 5), bytes(range(70))).save(to("gray16.png"))
colours.save(to("lossless.webp"), lossless=True)
colours.save(to("animated.webp"), save_all=True, append_images=[colours.rotate(180), colours.rotate(90)], duration=100)
colours.quantize(8).save(to("animated.gif"), save_all=True, append_images=[colours.rotate(180).quantize(8)], duration=100, transparency=2)
colours.quantize(16).save(to("palette.bmp"))
colours.resize((48, 48)).save(to("icons.ico"), sizes=[(16, 16), (32, 32)], bitmap_format="bmp")

# Adam7: seven small images, one after the other (the PNG specification, 8.2).
passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
lines = b"".join(
    b"\0" + bytes(v for x in range(x0, 13, dx) for v in colours.getpixel((x, y)))
    for x0, y0, dx, dy in passes for y in range(y0, 11, dy) if x0 < 13)
chunk = lambda name, data: struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
with open(to("interlaced.png"), "wb") as file:
    file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 13, 11, 8, 2, 0, 0, 1)) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))
