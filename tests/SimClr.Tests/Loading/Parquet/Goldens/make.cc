// Writes the files of this folder with Apache Arrow, as pyarrow does: g++ -std=c++20 make.cc -lparquet -larrow && ./a.out
// Rows 0 to 19, in groups of 8. Row i: 20 i bytes, byte k is (i + k k) mod 251; path "a/i.png"; label i mod 3.
// Nothing where i mod 6 is 4 (image), i mod 5 is 3 (its path), i mod 7 is 2 (label).
#include <arrow/api.h>
#include <arrow/io/api.h>
#include <parquet/arrow/writer.h>

using namespace arrow;
using Properties = parquet::WriterProperties::Builder;

static void Check(const Status& status) {
  if (!status.ok()) status.Abort();
}

static void Write(const std::string& file, const std::shared_ptr<DataType>& bytes, const std::shared_ptr<DataType>& text,
                  Properties* properties) {
  auto image = struct_({field("bytes", bytes), field("path", text)});
  auto metadata = key_value_metadata({{"huggingface", R"({"info": {"features": {"image": {"_type": "Image"},
      "label": {"names": ["cat", "dog", "owl"], "_type": "ClassLabel"}}}})"}});
  auto columns = schema({field("image", image), field("label", int64())}, metadata);
  auto rows = RecordBatchBuilder::Make(columns, default_memory_pool()).ValueOrDie();
  auto* images = rows->GetFieldAs<StructBuilder>(0);
  for (int i = 0; i < 20; i++) {
    if (i % 6 == 4) {
      Check(images->AppendNull());
    } else {
      std::string content;
      for (int k = 0; k < 20 * i; k++) content.push_back(static_cast<char>((i + k * k) % 251));
      Check(images->Append());
      auto append = [&](int child, const std::string& value) {
        auto* builder = images->field_builder(child);
        if (auto* small = dynamic_cast<BinaryBuilder*>(builder)) Check(small->Append(value));
        else Check(dynamic_cast<LargeBinaryBuilder*>(builder)->Append(value));
      };
      append(0, content);
      if (i % 5 == 3) Check(images->field_builder(1)->AppendNull());
      else append(1, "a/" + std::to_string(i) + ".png");
    }
    auto* labels = rows->GetFieldAs<Int64Builder>(1);
    Check(i % 7 == 2 ? labels->AppendNull() : labels->Append(i % 3));
  }
  auto table = Table::FromRecordBatches({rows->Flush().ValueOrDie()}).ValueOrDie();
  auto stream = io::FileOutputStream::Open(file).ValueOrDie();
  auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
  Check(parquet::arrow::WriteTable(*table, default_memory_pool(), stream, 8, properties->build(), arrow_properties));
  Check(stream->Close());
}

int main() {
  Properties pyarrow, datasets, version2, delta, hadoop;
  pyarrow.compression(Compression::SNAPPY);
  datasets.compression(Compression::BROTLI)->enable_content_defined_chunking();
  datasets.content_defined_chunking_options({256, 1024, 0});
  version2.compression(Compression::ZSTD)->data_page_version(parquet::ParquetDataPageVersion::V2)->enable_page_checksum();
  version2.data_pagesize(200)->write_batch_size(1)->dictionary_pagesize_limit(1000);
  delta.compression(Compression::UNCOMPRESSED)->disable_dictionary()->encoding("label", parquet::Encoding::DELTA_BINARY_PACKED);
  delta.encoding("image.bytes", parquet::Encoding::DELTA_LENGTH_BYTE_ARRAY);
  delta.encoding("image.path", parquet::Encoding::DELTA_BYTE_ARRAY);
  hadoop.compression(Compression::LZ4_HADOOP);
  Write("pyarrow.parquet", binary(), utf8(), &pyarrow);
  Write("datasets.parquet", large_binary(), large_utf8(), &datasets);
  Write("version2.parquet", binary(), utf8(), &version2);
  Write("delta.parquet", binary(), utf8(), &delta);
  Write("hadoop-lz4.parquet", binary(), utf8(), &hadoop);
}
