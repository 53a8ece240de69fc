#include "apps/vib/data_info.h"

#include <cstdio>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"
#include "vib/core/terminal.h"
#include "vib/data/sets/digits.h"
#include "vib/data/sets/imdb.h"
#include "vib/data/sets/mnist.h"
#include "vib/report/drawn_examples.h"
#include "vib/report/plot/format.h"
#include "vib/report/table.h"

namespace vib::app {
namespace {

Shades shades_of_stdout() { return takes_true_colour(stdout) && speaks_utf8() ? Shades::kColour : Shades::kAscii; }

std::string class_name(const CatalogEntry& entry, std::size_t label) {
  return label < entry.class_names.size() ? entry.class_names[label] : fmt::format("{}", label);
}

std::vector<std::int64_t> class_counts(const Dataset& data) {
  const auto counts = torch::bincount(data.targets, {}, data.classes).contiguous();
  const auto* first = counts.const_data_ptr<std::int64_t>();
  return {first, first + counts.numel()};
}

Json describe_split(const Dataset& data) {
  return {{"examples", data.size()},
          {"shape", data.inputs.sizes().slice(1).vec()},
          {"type", "uint8"},
          {"min", data.inputs.min().item<std::int64_t>()},
          {"max", data.inputs.max().item<std::int64_t>()},
          {"class_counts", class_counts(data)}};
}

std::string class_table(const CatalogEntry& entry, const Dataset& train, const Dataset& test) {
  TextTable table{{"class", "train", "%", "test", "%"}, {}};
  const auto in_train = class_counts(train), in_test = class_counts(test);
  const auto share = [](std::int64_t count, const Dataset& data) {
    return fmt::format("{:.2f}", 100.0 * static_cast<double>(count) / static_cast<double>(data.size()));
  };
  for (std::size_t c = 0; c < in_train.size(); ++c)
    table.rows.push_back({class_name(entry, c), grouped(static_cast<double>(in_train[c])), share(in_train[c], train),
                          grouped(static_cast<double>(in_test[c])), share(in_test[c], test)});
  return to_text(table);
}

/// The first training example of each class.
std::string draw_classes(const CatalogEntry& entry, const Dataset& train) {
  std::vector<torch::Tensor> images;
  std::vector<std::string> captions;
  for (std::int64_t c = 0; c < train.classes; ++c) {
    const auto of_class = (train.targets == c).nonzero();
    if (of_class.size(0) == 0) continue;
    images.push_back(train.inputs[of_class[0].item<std::int64_t>()]);
    captions.push_back(class_name(entry, static_cast<std::size_t>(c)));
  }
  return draw_images(torch::stack(images), captions, shades_of_stdout(), terminal_width(stdout));
}

DataInfo describe_images(const CatalogEntry& entry, const DataSplits& splits) {
  DataInfo info;
  info.numbers = {{"classes", splits.train.classes},
                  {"splits", {{"train", describe_split(splits.train)}, {"test", describe_split(splits.test)}}}};
  const auto line = [&](const char* split) {
    const auto& numbers = info.numbers["splits"][split];
    return fmt::format("{:<8}{} images of {} (channels x height x width), uint8, {} to {}\n", split,
                       grouped(numbers["examples"].get<double>()),
                       fmt::join(numbers["shape"].get<std::vector<std::int64_t>>(), " x "), numbers["min"].get<int>(),
                       numbers["max"].get<int>());
  };
  info.text = fmt::format("{}{}\n{}\n{}", line("train"), line("test"), class_table(entry, splits.train, splits.test),
                          draw_classes(entry, splits.train));
  return info;
}

/// Splits, classes, words, and the beginning of the first training review of each class as a model reads it.
DataInfo describe_reviews(const CatalogEntry& entry, const std::filesystem::path& root) {
  constexpr std::int64_t kLength = 400;
  const auto [splits, vocabulary] = load_imdb(ImdbOptions(root).validation(0).side(Side::kBack).length(kLength));
  DataInfo info;
  info.numbers = {{"classes", splits.train.classes},
                  {"vocabulary", vocabulary.size()},
                  {"splits",
                   {{"train", {{"examples", splits.train.size()}, {"class_counts", class_counts(splits.train)}}},
                    {"test", {{"examples", splits.test.size()}, {"class_counts", class_counts(splits.test)}}}}}};
  const auto cut = splits.train.inputs.select(1, kLength - 1).ne(Vocabulary::kPadding).to(torch::kFloat64).mean();
  std::vector<std::string> texts, names;
  for (std::int64_t c = 0; c < splits.train.classes; ++c) {
    const auto first = splits.train.targets.eq(c).nonzero()[0][0].item<std::int64_t>();
    texts.push_back(vocabulary.decode(splits.train.inputs[first]));
    names.push_back(class_name(entry, c));
  }
  info.text =
      fmt::format("train   {} reviews, {:.1f} % of {} words or more\ntest    {} reviews\n\n{}\n{}",
                  grouped(static_cast<double>(splits.train.size())), 100 * cut.item<double>(), kLength,
                  grouped(static_cast<double>(splits.test.size())), class_table(entry, splits.train, splits.test),
                  draw_texts(texts, names, terminal_width(stdout)));
  return info;
}

/// Of data whose inside the program does not read: its files.
DataInfo describe_files(const CatalogEntry& entry, const std::filesystem::path& root) {
  DataInfo info;
  info.numbers["files"] = Json::array();
  for (const auto& file : entry.files) {
    const auto path = find_file(file, root);
    const auto bytes = std::filesystem::is_directory(path) ? 0 : std::filesystem::file_size(path);
    info.numbers["files"].push_back({{"path", path.string()}, {"bytes", bytes}});
    info.text += fmt::format("{}: {} bytes\n", path.string(), grouped(static_cast<double>(bytes)));
  }
  return info;
}

DataInfo read_data(const CatalogEntry& entry, const std::filesystem::path& root) {
  if (entry.name == "digits") return describe_images(entry, make_digits(DigitsOptions{.validation = 0}));
  if (!is_complete(entry, root))
    throw DataError(
        fmt::format("{}: {} is not here; vib data get {} downloads it", root.string(), entry.name, entry.name));
  if (entry.name == "mnist" || entry.name == "fashion_mnist")
    return describe_images(entry, load_mnist(MnistOptions(root).validation(0)));
  if (entry.name == "imdb") return describe_reviews(entry, root);
  return describe_files(entry, root);
}

}  // namespace

DataInfo describe_data(const CatalogEntry& entry, const std::filesystem::path& root) {
  auto info = read_data(entry, root);
  Json numbers = {{"name", entry.name}, {"about", entry.about}, {"licence", entry.licence}, {"home", entry.home}};
  auto where = std::string("made by the program");
  if (!entry.made_here()) numbers["root"] = where = root.string();
  numbers.update(info.numbers);
  info.numbers = std::move(numbers);
  info.text = fmt::format("{}: {}\nlicence {}{}\nwhere   {}\n\n{}", entry.name, entry.about, entry.licence,
                          entry.home.empty() ? "" : "; " + entry.home, where, info.text);
  return info;
}

}  // namespace vib::app
