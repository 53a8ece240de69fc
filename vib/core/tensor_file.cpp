#include "vib/core/tensor_file.h"

#include <algorithm>
#include <exception>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include <caffe2/serialize/inline_container.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/jit/serialization/pickler.h>

#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/core/pickle.h"
#include "vib/core/utf8.h"
#include "vib/core/zip_reader.h"

namespace vib {
namespace {

constexpr const char* kPickleRecord = "data.pkl";
constexpr const char* kTensorRecords = "data/";
/// Of the bytes that tensors may take in memory: tensors may share their numbers, and be expanded, but a small file
/// shall not fill the memory.
constexpr double kMostCopies = 16, kAlwaysAllowed = 64 << 20;

/// The parts of a tensor file by their names inside it, each a byte tensor `[n]`.
using Records = std::map<std::string, torch::Tensor>;

[[noreturn]] void damaged(const std::string& reason) { throw StateError(reason); }

/// On the CPU, contiguous, and alone in its storage, because whole storages are written.
torch::Tensor compact(const torch::Tensor& tensor) {
  auto result = tensor.detach().to(torch::kCPU).contiguous();
  return result.storage().nbytes() == result.nbytes() ? result : result.clone();
}

std::string pickle(const c10::impl::GenericDict& dict, std::vector<torch::Tensor>& storages) {
  std::string bytes;
  torch::jit::Pickler pickler([&](const char* data, std::size_t size) { bytes.append(data, size); },
                              /*tensor_table=*/nullptr, /*type_renamer=*/nullptr, /*memoized_class_types=*/nullptr,
                              /*get_tensor_id=*/nullptr, /*tag_aggregates=*/false);
  pickler.protocol();
  pickler.pushIValue(dict);
  pickler.stop();
  storages = pickler.tensorData();
  return bytes;
}

ZipReader open_archive(const std::string& file) {
  try {
    return ZipReader(file);
  } catch (const std::runtime_error& error) {
    damaged(fmt::format("not a whole tensor file ({})", error.what()));
  }
}

/// LibTorch's own reader ignores the checksums of the zip format.
Records read_records(const std::string& file) {
  ZipReader reader = open_archive(file);
  Records records;
  std::uint64_t left = file.size();
  while (reader.next()) {
    // Every part lies in one folder, whose name is arbitrary. None is compressed, so all together fit into the file.
    const auto name = reader.name().substr(reader.name().find('/') + 1);
    if (reader.size() > left)
      damaged(
          fmt::format("the part {} claims {} bytes where {} of the file's {} are left: it is compressed or damaged; "
                      "save it again by torch.save, which compresses nothing",
                      in_quotes(name), reader.size(), left, file.size()));
    const auto [record, added] = records.emplace(name, reader.read(left));
    if (!added) damaged(fmt::format("the part {} is there twice", in_quotes(name)));
    left -= record->second.nbytes();
  }
  return records;
}

const torch::Tensor& at(const Records& records, const std::string& name) {
  const auto found = records.find(name);
  if (found == records.end()) damaged(fmt::format("the part {} is missing", in_quotes(name)));
  return found->second;
}

std::string_view bytes_of(const torch::Tensor& record) {
  return {reinterpret_cast<const char*>(record.const_data_ptr<std::uint8_t>()), record.nbytes()};
}

/// Python writes the numbers in its processor's order, and says which that is.
void check_byte_order(const Records& records) {
  const auto found = records.find("byteorder");
  if (found != records.end() && bytes_of(found->second) != "little")
    damaged("its numbers lie highest byte first; save it on a processor that is little-endian, as most are");
}

/// Counts in double: exact up to any size of a file, and beyond it too large all the same, never overflown.
double bytes_of(const PickledTensor& tensor) {
  auto bytes = static_cast<double>(torch::elementSize(tensor.dtype));
  for (const auto size : tensor.sizes) bytes *= static_cast<double>(size);
  return bytes;
}

bool is_empty(const PickledTensor& tensor) { return std::ranges::count(tensor.sizes, 0) > 0; }

/// Whether it lies within `record`, of which nothing has been compared with the pickle before.
bool lies_within(const PickledTensor& tensor, const torch::Tensor& record) {
  constexpr double kLargestShape = 0x1p62;  // LibTorch multiplies sizes, also those of a tensor without elements
  const auto negative = [](std::int64_t value) { return value < 0; };
  if (tensor.offset < 0 || std::ranges::any_of(tensor.sizes, negative) || std::ranges::any_of(tensor.strides, negative))
    return false;
  auto end = static_cast<double>(tensor.offset) + 1;
  auto shape = static_cast<double>(torch::elementSize(tensor.dtype));
  for (std::size_t i = 0; i < tensor.sizes.size(); ++i) {
    const auto size = static_cast<double>(std::max<std::int64_t>(tensor.sizes[i], 1));
    end += (size - 1) * static_cast<double>(tensor.strides[i]);
    shape *= size;
  }
  if (shape > kLargestShape) return false;
  return is_empty(tensor) ||
         end * static_cast<double>(torch::elementSize(tensor.dtype)) <= static_cast<double>(record.nbytes());
}

torch::Tensor copy_of(const PickledTensor& tensor, const torch::Tensor& record) {
  if (is_empty(tensor)) return torch::empty(tensor.sizes, tensor.dtype);
  auto* begin =
      record.data_ptr<std::uint8_t>() + tensor.offset * static_cast<std::int64_t>(torch::elementSize(tensor.dtype));
  // A byte of a bool may be any in the file, but only 0 or 1 in memory.
  if (tensor.dtype == torch::kBool)
    return torch::from_blob(begin, tensor.sizes, tensor.strides, torch::kUInt8).ne(0).contiguous();
  auto copy = torch::from_blob(begin, tensor.sizes, tensor.strides, tensor.dtype).clone(at::MemoryFormat::Contiguous);
  if (tensor.conjugated) copy = copy.conj_physical();
  return tensor.negated ? copy.neg() : copy;
}

TensorMap parse(const std::string& file) {
  const auto records = read_records(file);
  check_byte_order(records);
  const double most = kMostCopies * static_cast<double>(file.size()) + kAlwaysAllowed;
  double bytes = 0;
  TensorMap tensors;
  for (const auto& tensor : read_pickle(bytes_of(at(records, kPickleRecord)))) {
    const auto& record = at(records, fmt::format("{}{}", kTensorRecords, tensor.part));
    if (!lies_within(tensor, record))
      damaged(fmt::format("{} lies outside its part of the file", in_quotes(tensor.name)));
    bytes += bytes_of(tensor);
    if (bytes > most)
      damaged(fmt::format(
          "{} [{}] would bring its tensors to {:.0f} bytes in memory, out of {} in the file: a few numbers that "
          "are repeated (strides {}). Save a copy, tensor.contiguous(), if that is meant",
          in_quotes(tensor.name), fmt::join(tensor.sizes, ", "), bytes, file.size(), fmt::join(tensor.strides, ", ")));
    tensors.insert(std::string(tensor.name), copy_of(tensor, record));
  }
  return tensors;
}

}  // namespace

void save_tensors(const std::filesystem::path& path, const TensorMap& tensors) {
  c10::impl::GenericDict dict(c10::StringType::get(), c10::TensorType::get());
  for (const auto& item : tensors) dict.insert(item.key(), compact(item.value()));
  std::vector<torch::Tensor> storages;
  const std::string pickled = pickle(dict, storages);

  write_file_atomically(path, [&](const ByteSink& sink) {
    // The archive's writer is C code, which no exception may cross, and a failure that it is told of ends the program:
    // its destructor, which writes the end of the file, throws. So it goes on, and what it writes is dropped.
    std::exception_ptr failure;
    const auto take = [&](const void* data, std::size_t size) {
      try {
        if (!failure) sink({static_cast<const char*>(data), size});
      } catch (...) {
        failure = std::current_exception();
      }
      return size;
    };
    caffe2::serialize::PyTorchStreamWriter writer(take);
    writer.writeRecord(kPickleRecord, pickled.data(), pickled.size());
    for (std::size_t i = 0; i < storages.size(); ++i)
      writer.writeRecord(kTensorRecords + std::to_string(i), storages[i].const_data_ptr(), storages[i].nbytes());
    writer.writeEndOfFile();
    if (failure) std::rethrow_exception(failure);
  });
}

TensorMap load_tensors(const std::filesystem::path& path) {
  const std::string file = read_file(path);
  try {
    return parse(file);
  } catch (const c10::Error& error) {  // no memory
    throw StateError(fmt::format("{}: cannot be read as tensors: {}", path.string(), error.what_without_backtrace()));
  } catch (const std::exception& error) {
    throw StateError(fmt::format("{}: cannot be read as tensors: {}", path.string(), error.what()));
  }
}

std::string describe(const torch::Tensor& tensor) {
  return fmt::format("{}[{}]", c10::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), ", "));
}

void check_same_layout(const TensorMap& expected, const TensorMap& actual, std::string_view what) {
  std::vector<std::string> problems;
  for (const auto& item : expected) {
    const auto* found = actual.find(item.key());
    if (found == nullptr) {
      problems.push_back(fmt::format("\"{}\" is missing", item.key()));
    } else if (found->sizes() != item.value().sizes() || found->scalar_type() != item.value().scalar_type()) {
      problems.push_back(
          fmt::format("\"{}\" is {}, expected {}", item.key(), describe(*found), describe(item.value())));
    }
  }
  for (const auto& item : actual) {
    if (!expected.contains(item.key())) problems.push_back(fmt::format("\"{}\" is unexpected", item.key()));
  }
  if (!problems.empty()) throw StateError(fmt::format("{}: {}", what, fmt::join(problems, "; ")));
}

}  // namespace vib
