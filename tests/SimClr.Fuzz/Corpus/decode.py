# What Pillow makes of images: python3 decode.py < LIST > PIXELS (needs Pillow). For each path of the list, one a line: width and
# height, four bytes each, little-endian, and the pixels R, G, B; 0 and 0 where Pillow does not read it. Turned upright, on white.
import struct
import sys
import warnings

from PIL import Image, ImageOps

warnings.simplefilter("ignore")
Image.MAX_IMAGE_PIXELS = None


def rgb(path):
    with Image.open(path) as image:
        image.seek(0)
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I"):  # 16 bits of gray, which convert clips: the high byte
            image = image.convert("I").point(lambda v: v / 257 + 0.5).convert("L")
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, (255, 255, 255, 255)), image)
        return image.convert("RGB")


for line in sys.stdin:
    try:
        image = rgb(line.rstrip("\n"))
        sys.stdout.buffer.write(struct.pack("<ii", *image.size) + image.tobytes())
    except Exception as error:
        print(f"{line.rstrip()}: {error}", file=sys.stderr)
        sys.stdout.buffer.write(struct.pack("<ii", 0, 0))
