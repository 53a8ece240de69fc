#include "vib/data/format/npy.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"
#include "vib/core/zip_reader.h"
#include "vib/data/format/mapped_file.h"

namespace vib {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::string_view kSuffix = ".npy";
/// Deflate cannot shrink anything further than this.
constexpr std::uint64_t kLargestCompression = 1032;

/// The header: what Python writes as {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
struct Header {
  std::string type;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// Reads that dict. Throws std::runtime_error with the reason alone.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : rest_(text) {}

  Header parse() {
    Header header;
    int found = 0;
    for (expect('{'); !take('}'); ++found) {
      const auto key = string();
      expect(':');
      if (key == "descr") {
        header.type = type();
      } else if (key == "fortran_order") {
        header.fortran_order = boolean();
      } else if (key == "shape") {
        header.shape = shape();
      } else {
        throw std::runtime_error(fmt::format("its header has an unknown key '{}'", key));
      }
      if (!take(',') && peek() != '}') unreadable();
    }
    if (found != 3 || header.type.empty()) unreadable();
    return header;
  }

 private:
  [[noreturn]] static void unreadable() { throw std::runtime_error("its header cannot be read; save it again"); }

  char peek() {
    while (rest_.starts_with(' ') || rest_.starts_with('\n')) rest_.remove_prefix(1);
    return rest_.empty() ? '\0' : rest_.front();
  }
  bool take(char wanted) {
    if (peek() != wanted || rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) {
    if (!take(wanted)) unreadable();
  }
  bool take_word(std::string_view word) {
    peek();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  std::string string() {
    const char quote = peek();
    const auto end = quote == '\'' || quote == '"' ? rest_.find(quote, 1) : std::string_view::npos;
    if (end == std::string_view::npos) unreadable();
    const std::string result(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return result;
  }

  std::string type() {
    if (peek() == '[' || peek() == '(') {
      throw std::runtime_error(
          "holds a structured array (several fields an element); save each field by itself: "
          "numpy.save(path, array['field'])");
    }
    return string();
  }

  bool boolean() {
    if (take_word("True")) return true;
    if (!take_word("False")) unreadable();
    return false;
  }

  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> sizes;
    for (expect('('); !take(')');) {
      sizes.push_back(size());
      if (!take(',') && peek() != ')') unreadable();
    }
    return sizes;
  }

  std::int64_t size() {
    std::int64_t value = 0;
    int digits = 0;
    for (peek(); !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; rest_.remove_prefix(1), ++digits) {
      if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, rest_.front() - '0', &value)) {
        throw std::runtime_error("the shape in its header is absurdly large: the file is damaged");
      }
    }
    if (digits == 0) unreadable();
    return value;
  }

  std::string_view rest_;
};

torch::ScalarType scalar_type(const std::string& type) {
  static const std::map<std::string, torch::ScalarType> known = {
      {"b1", torch::kBool},   {"u1", torch::kUInt8},   {"u2", torch::kUInt16},  {"u4", torch::kUInt32},
      {"u8", torch::kUInt64}, {"i1", torch::kInt8},    {"i2", torch::kInt16},   {"i4", torch::kInt32},
      {"i8", torch::kInt64},  {"f2", torch::kFloat16}, {"f4", torch::kFloat32}, {"f8", torch::kFloat64},
  };
  if (type.find('O') != std::string::npos) {
    throw std::runtime_error(
        "holds Python objects, which are not read because unpickling can run any code; make it "
        "an array of numbers: numpy.save(path, array.astype(numpy.float32))");
  }
  const bool has_order = std::string_view("<>|=").find(type.front()) != std::string_view::npos;
  const auto found = known.find(type.substr(has_order ? 1 : 0));
  if (found == known.end()) {
    throw std::runtime_error(
        fmt::format("holds elements of type '{}'; allowed are bool, integers of 8 to 64 bits and "
                    "floats of 16 to 64 bits: numpy.save(path, array.astype(numpy.float32))",
                    type));
  }
  return found->second;
}

std::string_view text_of(const torch::Tensor& bytes) {
  return {reinterpret_cast<const char*>(bytes.const_data_ptr<std::uint8_t>()), bytes.nbytes()};
}

/// Where the header's text lies: after the magic number, the version and its length in 2 or 4 bytes.
std::pair<std::size_t, std::size_t> header_range(std::string_view file) {
  if (!file.starts_with(kMagic)) {
    if (file.starts_with('\x80')) throw std::runtime_error("is a pickle, not an array; use numpy.save(path, array)");
    throw std::runtime_error("is not what numpy.save writes (no \\x93NUMPY at its beginning)");
  }
  const auto byte = [&](std::size_t i) {
    if (i >= file.size()) throw std::runtime_error("truncated in its header");
    return static_cast<std::size_t>(static_cast<unsigned char>(file[i]));
  };
  const auto version = byte(6);
  if (version < 1 || version > 3) {
    throw std::runtime_error(fmt::format("is of version {}.{}; versions 1 to 3 are read", version, byte(7)));
  }
  const std::size_t width = version == 1 ? 2 : 4;
  std::size_t length = 0;
  for (std::size_t i = 0; i < width; ++i) length |= byte(8 + i) << 8 * i;
  if (length > file.size() - 8 - width) throw std::runtime_error("truncated in its header");
  return {8 + width, length};
}

torch::Tensor swap_bytes(const torch::Tensor& bytes, std::int64_t item_size) {
  return bytes.view({-1, item_size}).flip(1).view(-1);
}

torch::Tensor parse(const torch::Tensor& bytes) {
  const auto text = text_of(bytes);
  const auto [begin, length] = header_range(text);
  auto [type, fortran_order, shape] = HeaderParser(text.substr(begin, length)).parse();
  const auto dtype = scalar_type(type);
  const auto item_size = static_cast<std::int64_t>(torch::elementSize(dtype));
  const auto offset = static_cast<std::int64_t>(begin + length);
  const auto found = bytes.numel() - offset;
  const auto needed = byte_count(shape, item_size);
  if (!needed) throw std::runtime_error(absurd_shape(shape));
  if (*needed > found) {
    throw std::runtime_error(fmt::format("truncated: its header declares {} elements of {} bytes, {} bytes follow",
                                         fmt::join(shape, " x "), item_size, found));
  }
  if (*needed < found) {
    throw std::runtime_error(
        fmt::format("expected {} bytes after its header ({} elements of {} bytes), found {}; save "
                    "one array in a file, several with numpy.savez",
                    *needed, fmt::join(shape, " x "), item_size, found));
  }

  if (fortran_order) std::ranges::reverse(shape);
  auto tensor = type.front() == '>' && item_size > 1
                    ? tensor_at(swap_bytes(bytes.slice(0, offset), item_size), 0, shape, dtype)
                    : tensor_at(bytes, offset, shape, dtype);
  if (!fortran_order) return tensor;
  std::vector<std::int64_t> reversed;
  for (auto dim = tensor.dim(); dim > 0; --dim) reversed.push_back(dim - 1);
  return tensor.permute(reversed).contiguous();
}

/// Calls `read`, and puts `name` in front of what it complains of.
template <typename Read>
auto named(const std::string& name, const Read& read) {
  try {
    return read();
  } catch (const DataError&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw DataError(fmt::format("{}: {}", name, error.what()));
  }
}

}  // namespace

torch::Tensor read_npy(const std::filesystem::path& path) {
  return named(path.string(), [&] { return parse(map_file(path)); });
}

std::vector<std::string> npz_names(const std::filesystem::path& path) {
  return named(path.string(), [&] {
    const auto file = map_file(path);
    std::vector<std::string> names;
    for (ZipReader reader(text_of(file)); reader.next();) {
      const auto& name = reader.name();
      if (name.ends_with(kSuffix)) names.push_back(name.substr(0, name.size() - kSuffix.size()));
    }
    return names;
  });
}

torch::Tensor read_npz(const std::filesystem::path& path, const std::string& name) {
  return named(path.string() + ":" + name, [&] {
    const auto file = map_file(path);
    for (ZipReader reader(text_of(file)); reader.next();) {
      if (reader.name() == name + std::string(kSuffix)) return parse(reader.read(file.nbytes() * kLargestCompression));
    }
    throw std::runtime_error("the file has no array of this name");
  });
}

}  // namespace vib
