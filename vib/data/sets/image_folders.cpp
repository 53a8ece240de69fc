#include "vib/data/sets/image_folders.h"

#include <algorithm>
#include <system_error>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"
#include "vib/core/utf8.h"
#include "vib/data/format/image.h"

namespace vib {
namespace {

std::vector<std::string> class_folders(const std::filesystem::path& folder) {
  std::error_code failed;
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
    if (const auto name = entry.path().filename().string(); entry.is_directory() && !name.starts_with('.')) {
      if (!is_utf8(name))
        throw DataError(
            fmt::format("{}: the folder's name, a class, is not UTF-8; rename the folder (for many: convmv -f latin1 "
                        "-t utf8)",
                        valid_utf8(entry.path().string())));
      names.push_back(name);
    }
  if (failed) throw DataError(fmt::format("{}: expected a folder: {}", folder.string(), failed.message()));
  if (names.empty())
    throw DataError(fmt::format("{}: expected a folder for each class with its images in it", folder.string()));
  std::ranges::sort(names);
  return names;
}

/// Files and the classes that they are of.
struct LabelledFiles {
  std::vector<std::filesystem::path> files;
  std::vector<std::int64_t> labels;
};

LabelledFiles find_images(const std::filesystem::path& folder, const std::vector<std::string>& classes) {
  LabelledFiles found;
  for (const auto& name : class_folders(folder)) {
    const auto label = std::ranges::find(classes, name) - classes.begin();
    if (label == static_cast<std::ptrdiff_t>(classes.size()))
      throw DataError(fmt::format("{}: the training part has no class \"{}\"; it has \"{}\"", (folder / name).string(),
                                  name, fmt::join(classes, "\", \"")));
    const auto files = image_files(folder / name);
    if (files.empty()) throw DataError(fmt::format("{}: holds no PNG or JPEG image", (folder / name).string()));
    found.files.insert(found.files.end(), files.begin(), files.end());
    found.labels.insert(found.labels.end(), files.size(), label);
  }
  return found;
}

Dataset read_images_of(const LabelledFiles& found, const ImageFolderOptions& options, std::int64_t classes) {
  Dataset data;
  data.inputs = read_image_files(found.files, options.channels(), options.size()[0], options.size()[1]);
  data.targets = torch::tensor(found.labels, torch::kInt64);
  data.classes = classes;
  data.low = options.low();
  data.high = options.high();
  return data;
}

}  // namespace

torch::Tensor read_image_files(const std::vector<std::filesystem::path>& files, std::int64_t channels,
                               std::int64_t height, std::int64_t width) {
  const auto count = static_cast<std::int64_t>(files.size());
  auto images = torch::empty({count, channels, height, width}, torch::kUInt8);
  at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i)
      images[i].copy_(read_image(files[static_cast<std::size_t>(i)], channels, height, width));
  });
  return images;
}

Dataset read_image_folder(const std::filesystem::path& folder, const std::vector<std::string>& classes,
                          const ImageFolderOptions& options) {
  return read_images_of(find_images(folder, classes), options, static_cast<std::int64_t>(classes.size()));
}

ImageFolders load_image_folders(const ImageFolderOptions& given) {
  auto options = given;
  ImageFolders result;
  result.classes = class_folders(options.train());
  const auto classes = static_cast<std::int64_t>(result.classes.size());
  const auto found = find_images(options.train(), result.classes);
  if (options.size().empty()) {
    const auto first = read_image(found.files.front());
    options.size({first.size(1), first.size(2)});
  }
  const auto all = read_images_of(found, options, classes);
  const bool has_test = !options.test().empty();
  const auto test = has_test ? HoldOut(0) : HoldOut(options.test_share());
  const auto rows =
      split_rows(all.size(), test, options.split(), {.classes = all.targets, .groups = {}}, options.train().string());
  result.splits = {.train = all.select(rows.train),
                   .validation = all.select(rows.validation),
                   .test = has_test ? read_images_of(find_images(options.test(), result.classes), options, classes)
                                    : all.select(rows.test)};
  result.splits.train.name = "images/train";
  result.splits.validation.name = "images/validation";
  result.splits.test.name = "images/test";
  return result;
}

}  // namespace vib
