#include "vib/data/sets/mnist.h"

#include <array>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"
#include "vib/data/sets/idx_data.h"

namespace vib {
namespace {

constexpr std::int64_t kSide = 28;
constexpr std::int64_t kDigits = 10;

/// The names a file goes by: as distributed, and as some archive programs unpack it.
std::array<std::string, 4> spellings(const std::string& stem, int rank) {
  const auto dash = fmt::format("{}-idx{}-ubyte", stem, rank);
  const auto dot = fmt::format("{}.idx{}-ubyte", stem, rank);
  return {dash, dash + ".gz", dot, dot + ".gz"};
}

std::filesystem::path find_file(const std::filesystem::path& root, const std::string& stem, int rank) {
  const auto names = spellings(stem, rank);
  for (const auto& name : names) {
    if (std::filesystem::exists(root / name)) return root / name;
  }
  throw DataError(fmt::format(
      "{}: found none of {}. data.root must be the folder that holds MNIST's four files: train-images-idx3-ubyte.gz, "
      "train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz; "
      "`vib data get mnist` downloads them from https://ossci-datasets.s3.amazonaws.com/mnist/ or another mirror",
      root.string(), fmt::join(names, ", ")));
}

Dataset read_split(const MnistOptions& options, const std::string& stem, const std::string& split) {
  const auto images = find_file(options.root(), stem + "-images", 3);
  const auto labels = find_file(options.root(), stem + "-labels", 1);
  auto data = read_idx_pair(images, labels);
  if (data.inputs.sizes().slice(1) != torch::IntArrayRef{1, kSide, kSide}) {
    throw DataError(fmt::format("{}: expected images of {} x {}, found {} x {} x {}", images.string(), kSide, kSide,
                                data.inputs.size(0), data.inputs.size(2), data.inputs.size(3)));
  }
  if (const auto largest = data.targets.max().item<std::int64_t>(); largest >= kDigits) {
    throw DataError(fmt::format("{}: expected labels 0 to {}, found {}", labels.string(), kDigits - 1, largest));
  }
  data.classes = kDigits;
  data.low = options.low();
  data.high = options.high();
  data.name = "mnist/" + split;
  return data;
}

}  // namespace

std::vector<std::filesystem::path> mnist_file_paths(const std::filesystem::path& root) {
  return {find_file(root, "train-images", 3), find_file(root, "train-labels", 1), find_file(root, "t10k-images", 3),
          find_file(root, "t10k-labels", 1)};
}

DataSplits load_mnist(const MnistOptions& options) {
  return hold_out(read_split(options, "train", "train"), read_split(options, "t10k", "test"), options.validation(),
                  options.seed());
}

}  // namespace vib
