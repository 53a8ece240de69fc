#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "apps/vib/catalog_file.h"
#include "apps/vib/commands.h"
#include "apps/vib/data_info.h"
#include "apps/vib/download_progress.h"
#include "apps/vib/file_info.h"
#include "apps/vib/interrupt.h"
#include "apps/vib/say.h"
#include "vib/core/csv.h"
#include "vib/core/error.h"
#include "vib/data/download/download.h"
#include "vib/experiment/load_data.h"
#include "vib/report/data_table.h"
#include "vib/report/plot/format.h"

namespace vib::app {
namespace {

struct DataArguments {
  std::string name;
  std::string root;
  std::string targets;
  std::string separator;
  int timeout = 30;
  Output output;
};

std::filesystem::path root_of(const std::string& name, const std::string& given) {
  return given.empty() ? data_folder(name) : std::filesystem::path(given);
}

std::string whereabouts(const CatalogEntry& entry) {
  if (entry.made_here()) return "made on the fly";
  const auto root = root_of(entry.name, "");
  return is_complete(entry, root) ? root.string() : "not here: vib data get " + entry.name;
}

Json describe_entry(const CatalogEntry& entry) {
  const auto root = root_of(entry.name, "");
  Json json = {{"name", entry.name},    {"about", entry.about},           {"licence", entry.licence},
               {"home", entry.home},    {"made_here", entry.made_here()}, {"here", is_complete(entry, root)},
               {"files", Json::array()}};
  if (!entry.made_here()) json["root"] = root.string();
  for (const auto& file : entry.files)
    json["files"].push_back({{"name", file.name},
                             {"bytes", file.bytes},
                             {"sha256", file.sha256},
                             {"here", !find_file(file, root).empty()},
                             {"addresses", addresses(entry, file)}});
  return json;
}

int list_data(const Output& output) {
  const auto entries = known_data();
  if (output.json) {
    Json all = Json::array();
    for (const auto& entry : entries) all.push_back(describe_entry(entry));
    fmt::print("{}\n", json_text(all, 2));
    return kDone;
  }
  std::size_t name = 0, about = 0;
  for (const auto& entry : entries) {
    name = std::max(name, entry.name.size());
    about = std::max(about, entry.about.size());
  }
  for (const auto& entry : entries)
    fmt::print("{:<{}}  {:<{}}  {}\n", entry.name, name, entry.about, about, whereabouts(entry));
  return kDone;
}

int show_file(const DataArguments& args) {
  if (!args.root.empty()) throw ConfigError(fmt::format("--root: {} is a file, not the name of a data set", args.name));
  const auto separator = separator_of(args.separator.empty() ? "," : args.separator);
  if (!separator) throw ConfigError(fmt::format("--separator: expected {}, found \"{}\"", kSeparators, args.separator));
  const auto summary = with_keys(summarize_file({args.name, args.targets, *separator}));
  fmt::print("{}", args.output.json ? json_text(to_json(summary), 2) + "\n" : data_table(summary));
  return kDone;
}

int show_data(const DataArguments& args) {
  if (names_file(args.name)) return show_file(args);
  if (!args.targets.empty() || !args.separator.empty())
    throw ConfigError(
        fmt::format("--targets and --separator: belong to a file, and {} is the name of a data set", args.name));
  const auto entry = find_data(args.name);
  const auto info = describe_data(entry, root_of(entry.name, args.root));
  fmt::print("{}", args.output.json ? json_text(info.numbers, 2) + "\n" : info.text);
  return kDone;
}

DownloadStatus get_file(const CatalogEntry& entry, const CatalogFile& file, const std::filesystem::path& root,
                        const DataArguments& args) {
  DownloadProgress progress(file.name, args.output.quiet);
  DownloadOptions options(root / file.name, addresses(entry, file), file.sha256);
  options.bytes(file.bytes).timeout(args.timeout);
  options.on_progress([&](std::uint64_t bytes, std::uint64_t total) { progress.update(bytes, total); });
  options.on_wait([&] {
    if (!args.output.quiet) say("{}: another process is downloading there: waiting\n", root.string());
  });
  try {
    return download(options);
  } catch (const DataError& e) {
    throw DataError(
        fmt::format("{}\nor set VIB_MIRROR to an address that has it as {}/{}", e.what(), entry.name, file.name));
  }
}

int get_data(const DataArguments& args) {
  const auto entry = find_data(args.name);
  const auto root = root_of(entry.name, args.root);
  set_last_words("interrupted; the same command goes on with what is there");
  Json files = Json::array();
  for (const auto& file : entry.files) {
    const auto status = get_file(entry, file, root, args);
    const auto path = (root / file.name).string();
    const char* what = status == DownloadStatus::kDownloaded ? "downloaded" : "already there";
    files.push_back({{"path", path}, {"status", what}});
    if (!args.output.json) fmt::print("{}: {}\n", path, what);
  }
  if (args.output.json)
    fmt::print("{}\n", json_text({{"name", entry.name}, {"files", files}}, 2));
  else if (entry.made_here())
    fmt::print("{} is made by the program: there is nothing to get\n", entry.name);
  return kDone;
}

void add_list(CLI::App& data, Run& run) {
  const auto output = std::make_shared<Output>();
  auto* command = data.add_subcommand("list", "the known data sets, and where each is");
  add_output_flags(*command, *output);
  command->callback([output, &run] { run = [output] { return list_data(*output); }; });
}

CLI::App* add_named(CLI::App& data, Run& run, const char* verb, const char* help, int (*action)(const DataArguments&)) {
  const auto args = std::make_shared<DataArguments>();
  auto* command = data.add_subcommand(verb, help);
  const bool info = action == show_data;
  command->add_option("name", args->name, info ? "as in vib data list, or a file of your own" : "as in vib data list")
      ->type_name(info ? "NAME|FILE" : "NAME")
      ->required();
  if (info) {
    command->add_option("--targets", args->targets, "of FILE: a column of the table, or a file of tensors")
        ->type_name("COLUMN|FILE");
    command->add_option("--separator", args->separator, "between the fields of a table (default: a comma; .tsv: a tab)")
        ->type_name("CHARACTER");
  }
  command->add_option("--root", args->root, "its folder (default: $VIB_DATA_DIR/NAME, else data/NAME)")
      ->type_name("DIR");
  if (action == get_data)
    command->add_option("--timeout", args->timeout, "seconds without data after which an address is given up")
        ->check(CLI::Range(1, 3600))
        ->capture_default_str();
  add_output_flags(*command, args->output);
  command->callback([args, action, &run] { run = [args, action] { return action(*args); }; });
  return command;
}

}  // namespace

void add_data(CLI::App& app, Run& run) {
  auto* data = app.add_subcommand("data", "data sets: list, look at one, download one");
  data->require_subcommand(1);
  add_list(*data, run);
  add_named(*data, run, "info", "its splits, shapes, classes and values, and examples; or what is understood of a file",
            show_data);
  add_named(*data, run, "get", "download it, checked", get_data)
      ->footer(
          "Files that are there and right stay; a download that was broken off goes on. Environment: VIB_MIRROR, an\n"
          "address asked first, which has the files as NAME/FILE; VIB_CATALOG, a JSON file of more data sets;\n"
          "https_proxy and no_proxy.");
}

}  // namespace vib::app
