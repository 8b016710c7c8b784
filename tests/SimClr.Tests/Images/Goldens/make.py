# The committed TIFFs of compressions that TinyTiff does not write: python3 make.py (Debian: python3-pil, libtiff-tools, libavif-bin)
import os
import subprocess

from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))


def to(name):
    return os.path.join(here, name)


# The value at (x, y) and channel c is (3x + 2y + 40c) mod 256; of one bit, whether x·y mod 5 is above 2; a float has a quarter of it.
rgb = Image.new("RGB", (40, 24))
rgb.putdata([tuple((3 * x + 2 * y + 40 * c) % 256 for c in range(3)) for y in range(24) for x in range(40)])
gray = rgb.getchannel(0)
bits = Image.new("1", (40, 24))
bits.putdata([255 * (x * y % 5 > 2) for y in range(24) for x in range(40)])
floats = Image.new("F", (40, 24))
floats.putdata([(3 * x + 2 * y) / 4 for y in range(24) for x in range(40)])

smooth = Image.new("RGB", (40, 24))
smooth.putdata([(3 * x + 2 * y, 3 * x + 2 * y + 40, 3 * x + 2 * y + 80) for y in range(24) for x in range(40)])
smooth.save(to("jpeg.tif"), compression="jpeg", quality=98)
gray.save(to("jpeg-gray.tif"), compression="jpeg", quality=100)
for name in ("group3", "group4", "tiff_ccitt"):
    bits.save(to(f"{name}.tif"), compression=name)
rgb.save(to("lzw.tif"), compression="tiff_lzw", tiffinfo={317: 2})
rgb.save(to("deflate.tif"), compression="tiff_adobe_deflate", tiffinfo={317: 2})
floats.save(to("floats.tif"), compression="tiff_adobe_deflate", tiffinfo={317: 3})
smooth.save(to("source.tif"))
subprocess.run(["tiffcp", "-c", "jpeg:98", to("source.tif"), to("jpeg-ycbcr.tif")], check=True)
os.remove(to("source.tif"))
rgb.save(to("source.png"))
subprocess.run(["avifenc", "-l", to("source.png"), to("lossless.avif")], check=True)
os.remove(to("source.png"))
