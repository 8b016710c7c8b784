# What Pillow makes of images: python3 decode.py < LIST > PIXELS (needs Pillow). For each path of the list, one a line: width, height,
# channels and bytes of a value (1: uint8, 2: uint16, 4: int32, -4: float32), four bytes each, and the values, all little-endian. 0 four
# times where Pillow does not read it. Turned upright; colours as R, G, B of 8 bits on white, gray of more bits as it is.
import resource
import struct
import sys
import warnings

from PIL import Image, ImageOps

warnings.simplefilter("ignore")
Image.MAX_IMAGE_PIXELS = None
resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))  # a file that asks for more is refused


def values(path):
    with Image.open(path) as image:
        image.seek(0)
        image.load()  # turns a TIFF upright, and leaves its orientation there
        image = image if image.format == "TIFF" else ImageOps.exif_transpose(image)
        if image.mode.startswith("I;16"):
            return image, 1, 2, struct.pack(f"<{image.width * image.height}H", *image.getdata())
        if image.mode in ("I", "F"):
            size, letter = (4, "i") if image.mode == "I" else (-4, "f")
            if "transparency" in image.info:  # a PNG of 16 bits of gray: one value is transparent
                image = image.point(lambda v: v * 1)
                clear = image.info["transparency"]
                image.putdata([65535 if v == clear else v for v in image.getdata()])
            return image, 1, size, struct.pack(f"<{image.width * image.height}{letter}", *image.getdata())
        if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, (255, 255, 255, 255)), image)
        return image, 3, 1, image.convert("RGB").tobytes()


for line in sys.stdin:
    try:
        image, channels, size, pixels = values(line.rstrip("\n"))
        sys.stdout.buffer.write(struct.pack("<iiii", *image.size, channels, size) + pixels)
    except Exception as error:
        print(f"{line.rstrip()}: {error}", file=sys.stderr)
        sys.stdout.buffer.write(struct.pack("<iiii", 0, 0, 0, 0))
