#include "vib/data/format/safetensors.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/core/little_endian.h"
#include "vib/data/format/mapped_file.h"

namespace vib {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kLengthBytes = 8;
constexpr std::uint64_t kLargestHeader = 100'000'000;  // the format's own limit

/// One tensor as the header describes it.
struct Entry {
  std::string name;
  torch::ScalarType dtype;
  std::vector<std::int64_t> shape;
  std::int64_t begin;
  std::int64_t end;
};

const std::map<std::string, torch::ScalarType>& scalar_types() {
  static const std::map<std::string, torch::ScalarType> types = {
      {"BOOL", torch::kBool},
      {"U8", torch::kUInt8},
      {"I8", torch::kInt8},
      {"U16", torch::kUInt16},
      {"I16", torch::kInt16},
      {"U32", torch::kUInt32},
      {"I32", torch::kInt32},
      {"U64", torch::kUInt64},
      {"I64", torch::kInt64},
      {"F16", torch::kFloat16},
      {"BF16", torch::kBFloat16},
      {"F32", torch::kFloat32},
      {"F64", torch::kFloat64},
      {"F8_E5M2", torch::kFloat8_e5m2},
      {"F8_E4M3", torch::kFloat8_e4m3fn},
  };
  return types;
}

torch::ScalarType scalar_type(const std::string& name) {
  const auto found = scalar_types().find(name);
  if (found == scalar_types().end()) throw std::runtime_error(fmt::format("unknown type {}", name));
  return found->second;
}

const std::string& name_of_type(torch::ScalarType type) {
  const auto found = std::ranges::find(scalar_types(), type, [](const auto& entry) { return entry.second; });
  TORCH_CHECK(found != scalar_types().end(), "safetensors has no type for ", type);
  return found->first;
}

/// A size or offset: JSON's other numbers would be converted silently.
std::int64_t natural(const Json& value) {
  if (value.is_structured()) throw std::runtime_error("expected a natural number");  // printed, it may be nested deep
  if (!value.is_number_unsigned()) throw std::runtime_error(fmt::format("expected a natural number: {}", value.dump()));
  const auto number = value.get<std::uint64_t>();
  if (number > INT64_MAX) throw std::runtime_error(fmt::format("{} is absurdly large", number));
  return static_cast<std::int64_t>(number);
}

Entry parse_entry(const std::string& name, const Json& json) {
  Entry entry{
      .name = name, .dtype = scalar_type(json.at("dtype").get<std::string>()), .shape = {}, .begin = 0, .end = 0};
  const auto& shape = json.at("shape");
  const auto& offsets = json.at("data_offsets");
  if (!shape.is_array() || !offsets.is_array() || offsets.size() != 2) {
    throw std::runtime_error("expected lists: a shape and two data_offsets");
  }
  for (const auto& size : shape) entry.shape.push_back(natural(size));
  entry.begin = natural(offsets[0]);
  entry.end = natural(offsets[1]);
  const auto needed = byte_count(entry.shape, static_cast<std::int64_t>(torch::elementSize(entry.dtype)));
  if (entry.begin > entry.end || !needed || *needed != entry.end - entry.begin) {
    throw std::runtime_error(fmt::format("its shape and type do not fill data_offsets {}", offsets.dump()));
  }
  return entry;
}

/// In the order of the data, which they must fill without gap or overlap.
std::vector<Entry> parse_header(const std::string& text, std::int64_t data_bytes) {
  const auto json = Json::parse(text);
  if (!json.is_object()) throw std::runtime_error("the header is no JSON object");
  std::vector<Entry> entries;
  for (const auto& [name, value] : json.items()) {
    if (name == "__metadata__") continue;
    try {
      entries.push_back(parse_entry(name, value));
    } catch (const std::exception& error) {
      throw std::runtime_error(fmt::format("\"{}\": {}", name, error.what()));
    }
  }
  std::ranges::stable_sort(entries, {}, [](const Entry& entry) { return std::pair(entry.begin, entry.end); });
  std::int64_t end = 0;
  for (const auto& entry : entries) {
    if (entry.begin != end) {
      throw std::runtime_error(
          fmt::format("\"{}\" begins at byte {} of the data, expected {}", entry.name, entry.begin, end));
    }
    end = entry.end;
  }
  if (end != data_bytes) {
    throw std::runtime_error(fmt::format("the tensors take {} bytes, {} follow the header", end, data_bytes));
  }
  return entries;
}

TensorMap parse(const torch::Tensor& file) {
  std::uint64_t length = 0;
  if (file.numel() < kLengthBytes) throw std::runtime_error(fmt::format("only {} bytes", file.numel()));
  std::memcpy(&length, file.const_data_ptr(), sizeof(length));
  if (length > kLargestHeader || static_cast<std::int64_t>(length) > file.numel() - kLengthBytes) {
    throw std::runtime_error(fmt::format("a header of {} bytes is declared", length));
  }
  const auto begin = kLengthBytes + static_cast<std::int64_t>(length);
  const std::string header(static_cast<const char*>(file.const_data_ptr()) + kLengthBytes, length);
  TensorMap tensors;
  for (const auto& entry : parse_header(header, file.numel() - begin)) {
    tensors.insert(entry.name, tensor_at(file, begin + entry.begin, entry.shape, entry.dtype));
  }
  return tensors;
}

/// By size of an element, then by name, as the format's own library does it: no type's numbers are split by an odd
/// offset.
std::vector<std::pair<std::string, torch::Tensor>> in_file_order(const TensorMap& tensors) {
  std::vector<std::pair<std::string, torch::Tensor>> order;
  for (const auto& item : tensors) order.emplace_back(item.key(), item.value().to(torch::kCPU).contiguous());
  std::ranges::sort(order, {}, [](const auto& item) {
    return std::pair(-static_cast<std::int64_t>(item.second.element_size()), item.first);
  });
  return order;
}

}  // namespace

TensorMap read_safetensors(const std::filesystem::path& path) {
  const auto file = map_file(path);
  try {
    return parse(file);
  } catch (const std::exception& error) {
    throw DataError(fmt::format("{}: not a whole safetensors file: {}; write it again", path.string(), error.what()));
  }
}

void write_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                       const std::map<std::string, std::string>& metadata) {
  const auto order = in_file_order(tensors);
  Json header = Json::object();  // sorted by name
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t end = 0;
  for (const auto& [name, tensor] : order) {
    const auto begin = std::exchange(end, end + tensor.nbytes());
    header[name] = {
        {"dtype", name_of_type(tensor.scalar_type())}, {"shape", tensor.sizes().vec()}, {"data_offsets", {begin, end}}};
  }
  auto text = header.dump();
  text.resize((text.size() + kLengthBytes - 1) / kLengthBytes * kLengthBytes, ' ');  // the data begin aligned
  std::string length;
  append_little_endian(length, std::uint64_t{text.size()});
  write_file_atomically(path, [&](const ByteSink& write) {
    write(length);
    write(text);
    for (const auto& [name, tensor] : order)
      write({static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()});
  });
}

}  // namespace vib
