-- The committed seeds of Parquet, each below 10 kB: duckdb < make_parquet.sql (DuckDB 1.5), in this folder.
-- Two JPEGs by turns: dictionaries and repeated values, so that two row groups of DuckDB's least size stay small.
CREATE TABLE two AS SELECT row_number() OVER (ORDER BY filename) - 1 AS number, content AS bytes FROM read_blob('*.jpg');
CREATE MACRO rows_of(n) AS TABLE SELECT i, bytes FROM range(n) t(i) JOIN two ON number = i % 2 ORDER BY i;
COPY (SELECT {'bytes': CASE WHEN i % 3 = 1 THEN NULL ELSE bytes END, 'path': CASE WHEN i % 4 = 1 THEN NULL ELSE 'a/' || i || '.jpg' END} AS image,
    CASE WHEN i % 5 = 2 THEN NULL ELSE i % 3 END AS label FROM rows_of(8)) TO 'snappy.parquet' (FORMAT parquet, KV_METADATA {huggingface:
    '{"info": {"features": {"image": {"mode": null, "_type": "Image"}, "label": {"names": ["cat", "dog", "owl"], "_type": "ClassLabel"}}}}'});
COPY (SELECT bytes AS image, (ARRAY['dog', 'cat'])[i % 2 + 1] AS label FROM rows_of(4200))
    TO 'zstd.parquet' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048);
COPY (SELECT bytes AS img, (i % 3 - 1)::TINYINT AS label FROM rows_of(5)) TO 'gzip.parquet' (FORMAT parquet, COMPRESSION gzip);
COPY (SELECT bytes AS image, 'name ' || i AS label FROM rows_of(5))
    TO 'v2.parquet' (FORMAT parquet, COMPRESSION uncompressed, PARQUET_VERSION V2);
COPY (SELECT {'right': {'bytes': bytes, 'path': 'r' || i}} AS eyes, [i] AS list, i / 2.0 AS score FROM rows_of(4))
    TO 'nested.parquet' (FORMAT parquet, COMPRESSION lz4_raw);
