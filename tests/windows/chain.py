"""chain.py images FOLDER | page ADDRESS | compare FOLDER: the images of chain.sh, a page as soon as it is served, and the table."""
import array, json, math, os, re, struct, sys, time, urllib.request, zlib


def png(width, height, pixel):
    def chunk(kind, data): return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    rows = b''.join(b'\0' + bytes(v for x in range(width) for v in pixel(x, y)) for y in range(height))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0))
            + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def images(folder):
    """Four classes of stripes in two parts; the names have a blank and a letter beyond ASCII."""
    for part, count in (('train', 24), ('test', 8)):
        for label in range(4):
            at = os.path.join(folder, part, f'class{label} é')
            os.makedirs(at)
            for i in range(count):
                def pixel(x, y, seed=i * 7 + len(part)):
                    wave = math.sin((x * math.cos(label) + y * math.sin(label)) * (0.5 + 0.02 * (seed % 5)) + seed)
                    return [int(127 + 90 * wave * math.cos(seed + c) + (x * 37 + y * 91 + seed * 53) % 30) % 256 for c in range(3)]
                with open(os.path.join(at, f'{i:03}.png'), 'wb') as file: file.write(png(40 + label, 36 + i % 5, pixel))


def page(address):
    for attempt in range(300):
        try: return sys.stdout.write(urllib.request.urlopen(address, timeout=10).read().decode())
        except OSError: time.sleep(0.2)
    sys.exit(f'{address} does not answer')


def read(path):
    with open(path, 'rb') as file: return file.read()


def npy(path):
    data = read(path)
    return array.array('f', data[10 + struct.unpack('<H', data[8:10])[0]:])


def tensors(path):
    data = read(path)
    size, values = struct.unpack('<Q', data[:8])[0], array.array('f')
    for name, entry in sorted(json.loads(data[8:8 + size]).items()):
        if name != '__metadata__' and entry['dtype'] == 'F32':
            begin, end = entry['data_offsets']
            values.frombytes(data[8 + size + begin:8 + size + end])
    return values


def newest(run):
    """The weights of a run's last step."""
    folder = os.path.join(run, 'checkpoints')
    return tensors(os.path.join(folder, sorted(os.listdir(folder))[-1], 'model.safetensors'))


TIMES = {'time', 'seconds', 'created', 'took', 'version', 'duration', 'images_per_second', 'started', 'saved', 'modified', 'bytes'}


def numbers(value):
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in TIMES: yield from numbers(item)
    elif isinstance(value, list):
        for item in value: yield from numbers(item)
    elif isinstance(value, (int, float)) and not isinstance(value, bool): yield float(value)


def report(path): return list(numbers(json.loads(read(path).decode('utf-8-sig'))))


def printed(path): return list(numbers(json.loads(re.search(r'^[{\[].*^[}\]]', read(path).decode(), re.S | re.M)[0])))


def files(folder):
    return {os.path.relpath(os.path.join(at, name), folder): read(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names}


def losses(run): return [json.loads(line)['loss'] for line in read(os.path.join(run, 'metrics.jsonl')).splitlines()]


def columns(path):
    cells = (cell for line in read(path).decode().split('\n')[1:] for cell in line.split(','))
    return [float(cell) for cell in cells if re.fullmatch(r'-?\d+(\.\d+)?(e-?\d+)?', cell, re.I)]


# What is compared: the row of the table, the file, and how it is read; None compares names and bytes of a folder.
ROWS = [
    ('demo', 'loss of each step', 'demo', losses),
    ('views', 'picture is there', 'views.png', lambda path: [len(read(path)) > 10000]),
    ('pretrain', 'loss of each step', 'mine', losses),
    ('pretrain', 'weights', 'mine', newest),
    ('pretrain, killed, --resume', 'weights', 'killed', newest),
    ('pretrain --precision bf16', 'weights', 'bf16', newest),
    ('pack', 'tars, indices, lists', 'shards', None),
    ('pretrain on shards', 'weights', 'sharded', newest),
    ('evaluate all', 'knn.json', 'mine/evaluations/knn.json', report),
    ('evaluate all', 'linear.json', 'mine/evaluations/linear.json', report),
    ('evaluate all', 'augmented.json', 'mine/evaluations/augmented.json', report),
    ('finetune', 'finetune.json', 'five/finetune.json', report),
    ('distill', 'distill.json', 'student/distill.json', report),
    ('export', 'ONNX file', 'encoder.onnx', lambda path: [len(read(path))]),
    ('embed', 'h.npy', 'h.npy', npy),
    ('embed', 'h.csv', 'h.csv', columns),
    ('search', 'JSON', 'search.log', printed),
    ('cluster', 'clusters.csv', 'groups/clusters.csv', columns),
    ('report', 'report.html is there', 'mine/report.html', lambda path: [len(read(path)) > 10000]),
    ('watch', 'page is there', 'watch.html', lambda path: [len(read(path)) > 10000]),
    ('begun on the other system, --resume', 'weights', 'crossed', newest),
]


def compare(folder):
    print('| command | compared | greatest difference | greatest value |\n|---|---|---|---|')
    for command, what, name, how in ROWS:
        paths = [os.path.join(folder, system, name) for system in ('linux', 'windows')]
        try:
            if how is None:
                one, other = map(files, paths)
                row = ('none: the same names and bytes' if one == other else 'other bytes'), ''
            else:
                one, other = map(how, paths)
                if len(one) != len(other): row = f'{len(one)} numbers and {len(other)}', ''
                else: row = f'{max(abs(a - b) for a, b in zip(one, other)):.2g}', f'{max(map(abs, one)):.3g}'
        except (OSError, ValueError, KeyError, TypeError, IndexError) as problem: row = f'not compared: {problem}', ''
        print(f'| {command} | {what} | {row[0]} | {row[1]} |')
    for system in ('linux', 'windows'):
        straight, resumed = (newest(os.path.join(folder, system, run)) for run in ('mine', 'killed'))
        print(f'{system}: killed and resumed {"equals" if straight == resumed else "differs from"} never stopped')


{'images': images, 'page': page, 'compare': compare}[sys.argv[1]](sys.argv[2])
