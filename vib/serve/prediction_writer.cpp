#include "vib/serve/prediction_writer.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/csv.h"
#include "vib/core/error.h"
#include "vib/core/json.h"
#include "vib/core/little_endian.h"
#include "vib/core/utf8.h"

namespace vib {
namespace {

using Columns = std::vector<PredictedColumn>;
using Kind = PredictedColumn::Kind;

std::string written(const PredictedColumn& column, std::size_t row) {
  const double x = column.numbers[row];
  if (std::isnan(x)) return "";
  return column.kind == Kind::kWhole ? fmt::format("{:.0f}", x) : fmt::format("{:.{}g}", x, column.digits);
}

class CsvWriter : public PredictionWriter {
 public:
  explicit CsvWriter(ByteSink sink) : sink_(std::move(sink)) {}

  void write(const Columns& columns) override {
    std::string text;
    std::vector<std::string> fields;
    if (!std::exchange(begun_, true)) {
      for (const auto& column : columns) fields.push_back(column.name);
      text += csv_line(fields);
    }
    for (std::size_t row = 0; row < columns.front().size(); ++row) {
      fields.clear();
      for (const auto& column : columns)
        fields.push_back(column.kind == Kind::kWord ? column.words[row] : written(column, row));
      text += csv_line(fields);
    }
    sink_(text);
  }

 private:
  ByteSink sink_;
  bool begun_ = false;
};

class JsonlWriter : public PredictionWriter {
 public:
  explicit JsonlWriter(ByteSink sink) : sink_(std::move(sink)) {}

  void write(const Columns& columns) override {
    std::string text;
    for (std::size_t row = 0; row < columns.front().size(); ++row) {
      std::vector<std::string> members;
      for (const auto& column : columns) {
        const bool word = column.kind == Kind::kWord;
        auto value = word ? column.words[row] : written(column, row);
        if (value.empty())
          value = "null";
        else if (word)
          value = json_text(value);
        members.push_back(fmt::format("{}:{}", json_text(column.name), value));
      }
      text += fmt::format("{{{}}}\n", fmt::join(members, ","));
    }
    sink_(text);
  }

 private:
  ByteSink sink_;
};

// --- NPZ: a zip archive of .npy files --------------------------------------------------------------------------------

std::string npy(const std::string& type, std::size_t rows, const std::string& bytes) {
  auto header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({},), }}", type, rows);
  constexpr std::size_t kBefore = 10, kAlignment = 64;  // what stands before the header; where the numbers begin
  header.append(kAlignment - (kBefore + header.size() + 1) % kAlignment, ' ');
  header += '\n';
  std::string file("\x93NUMPY\x01\0", 8);
  append_little_endian(file, static_cast<std::uint16_t>(header.size()));
  return file + header + bytes;
}

template <typename Number>
std::string bytes_of_all(const std::vector<Number>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

std::u32string utf32_of(std::string_view text) {
  std::u32string characters;
  while (!text.empty()) {
    const auto [code, length, _] = first_character(text);
    characters += code;
    text.remove_prefix(length);
  }
  return characters;
}

std::string npy_of(const PredictedColumn& column) {
  const auto rows = column.size();
  if (column.kind == Kind::kNumber) return npy("<f8", rows, bytes_of_all(column.numbers));
  if (column.kind == Kind::kWhole) {
    std::vector<std::int64_t> whole;
    for (const double x : column.numbers) whole.push_back(std::isnan(x) ? -1 : static_cast<std::int64_t>(x));
    return npy("<i8", rows, bytes_of_all(whole));
  }
  std::size_t width = 1;
  std::vector<std::u32string> words;
  for (const auto& word : column.words) {
    words.push_back(utf32_of(word));
    width = std::max(width, words.back().size());
  }
  std::vector<char32_t> characters;
  for (auto& word : words) {
    word.resize(width);
    characters.insert(characters.end(), word.begin(), word.end());
  }
  return npy(fmt::format("<U{}", width), rows, bytes_of_all(characters));
}

struct ArchiveClose {
  void operator()(archive* writer) const { archive_write_free(writer); }
};

class NpzWriter : public PredictionWriter {
 public:
  explicit NpzWriter(ByteSink sink) : sink_(std::move(sink)) {}

  void write(const Columns& columns) override {
    if (all_.empty()) {
      all_ = columns;
      return;
    }
    for (std::size_t i = 0; i < all_.size(); ++i) {
      all_[i].numbers.insert(all_[i].numbers.end(), columns[i].numbers.begin(), columns[i].numbers.end());
      all_[i].words.insert(all_[i].words.end(), columns[i].words.begin(), columns[i].words.end());
    }
  }

  void finish() override {
    const std::unique_ptr<archive, ArchiveClose> zip(archive_write_new());
    archive_write_set_format_zip(zip.get());
    archive_write_set_format_option(zip.get(), "zip", "compression", "store");
    check(zip.get(), archive_write_open(zip.get(), this, nullptr, &NpzWriter::take, nullptr));
    for (const auto& column : all_) {
      const auto bytes = npy_of(column);
      auto* entry = archive_entry_new();
      archive_entry_set_pathname_utf8(entry, (column.name + ".npy").c_str());
      archive_entry_set_filetype(entry, AE_IFREG);
      archive_entry_set_perm(entry, 0644);
      archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
      const int code = archive_write_header(zip.get(), entry);
      archive_entry_free(entry);
      check(zip.get(), code);
      if (archive_write_data(zip.get(), bytes.data(), bytes.size()) < 0) check(zip.get(), ARCHIVE_FATAL);
    }
    check(zip.get(), archive_write_close(zip.get()));
    sink_(bytes_);
  }

 private:
  static void check(archive* zip, int code) {
    if (code < ARCHIVE_WARN)
      throw StateError(fmt::format("cannot write the .npz archive: {}", archive_error_string(zip)));
  }
  static la_ssize_t take(archive*, void* self, const void* bytes, std::size_t size) {
    static_cast<NpzWriter*>(self)->bytes_.append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
  }

  ByteSink sink_;
  Columns all_;
  std::string bytes_;
};

}  // namespace

std::unique_ptr<PredictionWriter> make_prediction_writer(const std::string& format, ByteSink sink) {
  if (format == "csv") return std::make_unique<CsvWriter>(std::move(sink));
  if (format == "jsonl") return std::make_unique<JsonlWriter>(std::move(sink));
  if (format == "npz") return std::make_unique<NpzWriter>(std::move(sink));
  throw ConfigError(fmt::format("--format: {}: no such format; allowed: csv, jsonl or npz", format));
}

}  // namespace vib
