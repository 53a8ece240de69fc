#include "vib/data/format/read_tensor.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"
#include "vib/core/tensor_file.h"
#include "vib/data/format/npy.h"
#include "vib/data/format/safetensors.h"

namespace vib {
namespace {

constexpr std::array<std::string_view, 5> kEndings = {".npy", ".npz", ".pt", ".pth", ".safetensors"};
constexpr std::size_t kMostNamesShown = 20;

/// PATH or PATH:NAME in its parts.
struct Source {
  std::filesystem::path path;
  std::string ending;  ///< one of kEndings
  std::string name;    ///< empty when none is given
};

std::string ending_of(std::string path) {
  std::ranges::transform(path, path.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const auto ending : kEndings) {
    if (path.ends_with(ending)) return std::string(ending);
  }
  return {};
}

/// A path may hold colons of its own: the first that follows an ending counts. Nothing where there is no such ending.
std::optional<Source> split(const std::string& source) {
  for (auto colon = source.find(':'); colon != std::string::npos; colon = source.find(':', colon + 1)) {
    const auto path = source.substr(0, colon);
    if (const auto ending = ending_of(path); !ending.empty()) return Source{path, ending, source.substr(colon + 1)};
  }
  if (const auto ending = ending_of(source); !ending.empty()) return Source{source, ending, {}};
  return std::nullopt;
}

std::string choose(const Source& source, const std::vector<std::string>& names) {
  if (source.name.empty() && names.size() == 1) return names.front();
  if (std::ranges::find(names, source.name) != names.end()) return source.name;
  const auto path = source.path.string();
  if (names.empty()) throw DataError(fmt::format("{}: the file holds no tensor", path));
  const auto shown = std::min(names.size(), kMostNamesShown);
  const auto list =
      fmt::format("\"{}\"{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), "\", \""),
                  shown < names.size() ? fmt::format(" and {} more", names.size() - shown) : "");
  if (source.name.empty()) {
    throw DataError(fmt::format("{}: holds {} tensors: say which, as {}:NAME, of {}", path, names.size(), path, list));
  }
  throw DataError(fmt::format("{}: has no tensor \"{}\"; it holds {}", path, source.name, list));
}

torch::Tensor from_map(const Source& source, const TensorMap& tensors) {
  return tensors[choose(source, tensors.keys())];
}

TensorMap load_pt(const std::filesystem::path& path) {
  try {
    return load_tensors(path);
  } catch (const StateError& error) {
    throw DataError(fmt::format("{}; a tensor x goes into a file by torch.save({{\"x\": x}}, path)", error.what()));
  }
}

}  // namespace

std::filesystem::path tensor_file(const std::string& source) {
  const auto found = split(source);
  return found ? found->path : std::filesystem::path(source);
}

bool names_tensor(const std::string& source) { return split(source).has_value(); }

torch::Tensor read_tensor(const std::string& text) {
  const auto found = split(text);
  if (!found) {
    throw DataError(
        fmt::format("{}: expected a tensor: FILE.npy, or FILE.npz:NAME, FILE.pt:NAME, FILE.safetensors:NAME "
                    "(a file that ends otherwise is not read)",
                    text));
  }
  const auto& source = *found;
  if (source.ending == ".npz") return read_npz(source.path, choose(source, npz_names(source.path)));
  if (source.ending == ".safetensors") return from_map(source, read_safetensors(source.path));
  if (source.ending != ".npy") return from_map(source, load_pt(source.path));
  if (!source.name.empty()) {
    throw DataError(fmt::format("{}: a .npy file holds one array without a name: leave \":{}\" off",
                                source.path.string(), source.name));
  }
  return read_npy(source.path);
}

}  // namespace vib
