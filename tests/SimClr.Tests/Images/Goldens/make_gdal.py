# The committed TIFFs that GDAL writes and others do not: python3 make_gdal.py (Debian: python3-gdal, python3-numpy)
import os

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
here = os.path.dirname(os.path.abspath(__file__))
y, x, c = np.mgrid[0:24, 0:40, 0:3]


def save(name, values, kind, options, no_data=None):
    memory = gdal.GetDriverByName("MEM").Create("", 40, 24, 3, kind)
    for band in range(3):
        memory.GetRasterBand(band + 1).WriteArray(values[..., band])
        if no_data is not None:
            memory.GetRasterBand(band + 1).SetNoDataValue(no_data)
    gdal.GetDriverByName("GTiff").CreateCopy(os.path.join(here, name), memory, options=options)


# The value at (x, y) and channel c is 3x + 2y + 40c. A block that has one value throughout, "no data" or 0, is not stored.
values = 3 * x + 2 * y + 40 * c
tiles = np.where((x >= 16) & (x < 32) & (y < 16), 7, values)
save("sparse-tiles.tif", tiles.astype(np.uint16), gdal.GDT_UInt16,
     ["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16", "SPARSE_OK=YES", "COMPRESS=LZW", "PREDICTOR=2"], 7)
strips = np.where((y >= 8) & (y < 16) & (c > 0), 0, values)
save("sparse-strips.tif", strips.astype(np.float32), gdal.GDT_Float32,
     ["BLOCKYSIZE=8", "SPARSE_OK=YES", "INTERLEAVE=BAND", "COMPRESS=DEFLATE", "PREDICTOR=3"])
save("no-data.tif", np.where(x > 30, -9999, values).astype(np.int16), gdal.GDT_Int16, ["COMPRESS=LZW"], -9999)
save("differences64.tif", values / 4, gdal.GDT_Float64, ["COMPRESS=DEFLATE", "PREDICTOR=2", "ENDIANNESS=BIG"])
