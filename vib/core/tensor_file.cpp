#include "vib/core/tensor_file.h"

#include <algorithm>
#include <exception>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include <ATen/EmptyTensor.h>
#include <caffe2/serialize/inline_container.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/jit/serialization/pickler.h>
#include <torch/csrc/jit/serialization/unpickler.h>

#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/core/zip_reader.h"

namespace vib {
namespace {

using namespace std::string_view_literals;

constexpr const char* kPickleRecord = "data.pkl";
constexpr const char* kTensorRecords = "data/";
constexpr const char* kNotTensors =
    "not a plain dict of names to tensors (in Python: torch.save(module.state_dict(), path))";

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
  while (reader.next()) {
    // Every part lies in one folder, whose name is arbitrary. None is compressed, so none is larger than the file.
    records[reader.name().substr(reader.name().find('/') + 1)] = reader.read(file.size());
  }
  return records;
}

const torch::Tensor& at(const Records& records, const std::string& name) {
  const auto found = records.find(name);
  if (found == records.end()) damaged(fmt::format("the part {} is missing", name));
  return found->second;
}

/// A pointer to the record's bytes that keeps them alive.
at::DataPtr share(const torch::Tensor& record) {
  return {record.mutable_data_ptr(), new torch::Tensor(record),
          [](void* owner) { delete static_cast<torch::Tensor*>(owner); }, torch::kCPU};
}

// How the pickle of a module's state_dict() begins: protocol 2, and an empty OrderedDict. LibTorch's unpickler makes
// nothing of it, but knows the class by name, which each tensor refers to (as memo 0). So the same is put as a plain
// dict (memo 1) with one entry {0: the class}.
constexpr std::string_view kOrderedDict =
    "\x80\x02"
    "ccollections\nOrderedDict\nq\0)Rq\1"sv;
constexpr std::string_view kDictWithClass =
    "\x80\x02"
    "}q\1K\0ccollections\nOrderedDict\nq\0s"sv;
// How its end begins, behind an empty dict that is memo 255 at most (q) or beyond (r): the versions of the modules, as
// an attribute of the OrderedDict.
constexpr std::string_view kMetadata = "X\x09\0\0\0_metadata"sv;

std::size_t begin_of_metadata(std::string_view pickle) {
  const auto key = pickle.rfind(kMetadata);
  for (const auto& [put, size] : {std::pair{'q', std::size_t{2}}, {'r', std::size_t{5}}})
    if (key != pickle.npos && key > size && pickle[key - size] == put && pickle[key - size - 1] == '}')
      return key - size - 1;
  return pickle.npos;
}

/// The pickle of a state_dict() as that of a dict; kDictWithClass says how it differs from a plain one.
std::string without_ordered_dict(std::string_view pickle) {
  const auto end = begin_of_metadata(pickle);
  std::string dict(kDictWithClass);
  dict += pickle.substr(0, end).substr(kOrderedDict.size());
  if (end != pickle.npos) dict += '.';
  return dict;
}

/// Removes kDictWithClass's entry, unless another took its place.
void remove_class(const c10::impl::GenericDict& dict) {
  const auto entry = dict.find(std::int64_t{0});
  if (entry != dict.end() && entry->value().isInt()) dict.erase(entry);
}

std::string_view bytes_of(const torch::Tensor& record) {
  return {reinterpret_cast<const char*>(record.const_data_ptr<std::uint8_t>()), record.nbytes()};
}

c10::IValue unpickle(const Records& records) {
  const auto written = bytes_of(at(records, kPickleRecord));
  const bool is_state_dict = written.starts_with(kOrderedDict);
  const auto pickle = is_state_dict ? without_ordered_dict(written) : std::string(written);
  std::size_t position = 0;
  const auto read = [&](char* to, std::size_t count) {
    count = pickle.copy(to, count, position);
    position += count;
    return count;
  };
  const auto storage = [&](const std::string& name) { return share(at(records, kTensorRecords + name)); };
  auto value = torch::jit::Unpickler(read, /*type_resolver=*/nullptr, /*obj_loader=*/nullptr, storage, torch::kCPU)
                   .parse_ivalue();
  if (is_state_dict && value.isGenericDict()) remove_class(value.toGenericDict());
  return value;
}

/// The pickle says where in its record a tensor lies; nothing before this has compared that with the record's size.
bool lies_within_record(const torch::Tensor& tensor, const Records& records) {
  const auto negative = [](std::int64_t value) { return value < 0; };
  if (tensor.storage_offset() < 0 || std::ranges::any_of(tensor.sizes(), negative) ||
      std::ranges::any_of(tensor.strides(), negative)) {
    return false;
  }
  const auto needed = at::detail::computeStorageNbytes(tensor.sizes(), tensor.strides(), tensor.itemsize(),
                                                       static_cast<std::size_t>(tensor.storage_offset()));
  return needed == 0 || std::ranges::any_of(records, [&](const auto& record) {
           return record.second.const_data_ptr() == tensor.storage().data() && needed <= record.second.nbytes();
         });
}

TensorMap parse(const std::string& file) {
  const auto records = read_records(file);
  const auto value = unpickle(records);
  if (!value.isGenericDict()) damaged(kNotTensors);
  TensorMap tensors;
  for (const auto& item : value.toGenericDict()) {
    if (!item.key().isString()) damaged("a key of the dict is not a string");
    const auto& name = item.key().toStringRef();
    if (!item.value().isTensor()) damaged(fmt::format("the value of \"{}\" is not a tensor", name));
    const auto tensor = item.value().toTensor();
    if (!lies_within_record(tensor, records)) damaged(fmt::format("\"{}\" lies outside its part of the file", name));
    tensors.insert(name, tensor.detach().clone(at::MemoryFormat::Contiguous));
  }
  return tensors;
}

std::string describe(const torch::Tensor& tensor) {
  return fmt::format("{}[{}]", c10::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), ", "));
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
  } catch (const c10::Error&) {
    // With the checksums right, what LibTorch's unpickler stumbles over is something else that Python saved.
    throw StateError(fmt::format("{}: cannot be read as tensors: {}", path.string(), kNotTensors));
  } catch (const std::exception& error) {
    throw StateError(fmt::format("{}: cannot be read as tensors: {}", path.string(), error.what()));
  }
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
