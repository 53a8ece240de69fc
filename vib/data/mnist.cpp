#include "vib/data/mnist.h"

#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"
#include "vib/data/idx.h"

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
      "train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz; they can be had from "
      "https://ossci-datasets.s3.amazonaws.com/mnist/ (a mirror of http://yann.lecun.com/exdb/mnist/)",
      root.string(), fmt::join(names, ", ")));
}

torch::Tensor read_images(const std::filesystem::path& path) {
  auto images = read_idx(path);
  if (images.dim() != 3 || images.size(1) != kSide || images.size(2) != kSide) {
    throw DataError(fmt::format("{}: expected images of {} x {} (N x {} x {}), found {}", path.string(), kSide, kSide,
                                kSide, kSide, fmt::join(images.sizes(), " x ")));
  }
  return images.unsqueeze(1);
}

torch::Tensor read_labels(const std::filesystem::path& path, std::int64_t images) {
  const auto labels = read_idx(path);
  if (labels.dim() != 1 || labels.size(0) != images) {
    throw DataError(fmt::format("{}: expected {} labels, one for each image, found {}", path.string(), images,
                                fmt::join(labels.sizes(), " x ")));
  }
  if (images == 0) throw DataError(fmt::format("{}: expected examples, found none", path.string()));
  if (const auto largest = labels.max().item<std::int64_t>(); largest >= kDigits) {
    throw DataError(fmt::format("{}: expected labels 0 to {}, found {}", path.string(), kDigits - 1, largest));
  }
  return labels.to(torch::kInt64);
}

Dataset read_split(const MnistOptions& options, const std::string& stem, const std::string& split) {
  Dataset data;
  data.inputs = read_images(find_file(options.root(), stem + "-images", 3));
  data.targets = read_labels(find_file(options.root(), stem + "-labels", 1), data.inputs.size(0));
  data.classes = kDigits;
  data.low = options.low();
  data.high = options.high();
  data.name = "mnist/" + split;
  return data;
}

}  // namespace

DataSplits load_mnist(const MnistOptions& options) {
  return hold_out(read_split(options, "train", "train"), read_split(options, "t10k", "test"), options.validation(),
                  options.seed());
}

}  // namespace vib
