#include "vib/serve/predict.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/vib/commands.h"
#include "apps/vib/say.h"
#include "apps/vib/streams.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/core/terminal.h"
#include "vib/core/utf8.h"

namespace vib::app {
namespace {

struct PredictArguments {
  std::string run;
  std::string input;
  std::vector<std::string> texts;
  std::string out;
  PredictOptions options;
  Output output;
};

/// Says on a terminal how far the prediction is: one line, redrawn ten times a second, gone at the end.
class PredictProgress {
 public:
  explicit PredictProgress(bool quiet) : shown_(!quiet && can_redraw(stderr)) {}
  ~PredictProgress() {
    if (drawn_) say("\r\033[K");
  }

  void update(std::int64_t rows, double share) {
    const auto now = Clock::now();
    if (!shown_ || now - last_ < std::chrono::milliseconds(100)) return;
    last_ = now;
    drawn_ = true;
    constexpr int kWidth = 30;
    const auto filled = static_cast<int>(kWidth * share);
    const auto bar = share > 0 ? fmt::format(" [{:=<{}}{:{}}]", "", filled, "", kWidth - filled) : "";
    say("\r\033[Kpredicting: {} rows{}", rows, bar);
    std::fflush(stderr);
  }

 private:
  using Clock = std::chrono::steady_clock;
  bool shown_;
  bool drawn_ = false;
  Clock::time_point last_ = Clock::now();
};

/// What CLI11 asks of a check: why it fails, or nothing.
std::string is_readable_text(const std::string& text) {
  if (text.empty()) return "the text is empty";
  return is_utf8(text) ? "" : "the text is not UTF-8, but Latin 1 perhaps";
}

void tell(const PredictReport& report) {
  if (!report.diverged.empty()) say("diverged and left out: {}\n", fmt::join(report.diverged, ", "));
  for (const auto& [column, unknown] : report.unknown)
    say("column \"{}\": {} of {} rows hold a category that training never saw, the first of them \"{}\"\n", column,
        unknown.rows, report.rows, unknown.first);
  if (report.refused > 0)
    say("{} of {} rows have no answer; the column \"reason\" says why\n", report.refused, report.rows);
}

int predict(const PredictArguments& args) {
  if (args.input.empty() && args.texts.empty()) throw ConfigError("predict: give INPUT, a file, or --text TEXT");
  if (!args.input.empty() && !args.texts.empty())
    throw ConfigError(fmt::format("predict: INPUT ({}) and --text are both given; give one of the two", args.input));
  PredictReport report;
  {
    PredictProgress progress(args.output.quiet);
    auto options = args.options;
    if (args.output.json) options.format = "jsonl";
    options.on_rows = [&](std::int64_t rows, double share) { progress.update(rows, share); };
    const auto write = [&](const ByteSink& sink) {
      report = args.texts.empty() ? predict_file(args.run, args.input, options, sink)
                                  : predict_texts(args.run, args.texts, options, sink);
    };
    if (args.out.empty())
      write([](std::string_view text) {
        if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) throw StateError(unwritten_result(errno));
      });
    else
      write_file_atomically(args.out, write);
  }
  tell(report);
  return kDone;
}

}  // namespace

void add_predict(CLI::App& app, Run& run) {
  const auto args = std::make_shared<PredictArguments>();
  auto* command = app.add_subcommand("predict", "classes or values, rate and entropy of every example in a file");
  command->add_option("run", args->run, "directory of a finished run, or of a sweep, whose seeds answer together")
      ->type_name("RUN|SWEEP")
      ->required();
  command
      ->add_option("input", args->input,
                   "what the run was trained on: images (IDX, PNG, JPEG, or a folder of these), tensors (.npy, "
                   ".npz:NAME, .pt:NAME, "
                   ".safetensors:NAME), CSV table, or texts, one on each line; - reads the last two from stdin")
      ->type_name("INPUT");
  command->add_option("--text", args->texts, "one text instead of INPUT; give --text again for each further one")
      ->type_name("TEXT")
      ->allow_extra_args(false)  // what follows is no second text
      ->check(is_readable_text);
  command->add_option("--out", args->out, "file to write (default: stdout)")->type_name("FILE");
  auto* format = command->add_option("--format", args->options.format, "csv, jsonl or npz (default: csv)")
                     ->type_name("FORMAT")
                     ->check(CLI::IsMember({"csv", "jsonl", "npz"}));
  command->add_option("--draws", args->options.draws, "draws of z, the same for every example (default: 100)")
      ->type_name("M")
      ->check(CLI::Range(1, 100000));
  command->add_flag("--codes", args->options.codes,
                    "adds μ and σ of q(z|x), and correlations where its covariance is full");
  command->add_flag("--temperature", args->options.temperature,
                    "scales the probabilities as `vib evaluate --temperature` has fitted it");
  command
      ->add_option("--setting", args->options.setting,
                   "of a sweep, key=value[,key=value] (default: the best by validation)")
      ->type_name("SETTING");
  add_output_flags(*command, args->output);
  command->get_option("--json")->excludes(format)->description("the same as --format jsonl");
  command->callback([args, &run] { run = [args] { return predict(*args); }; });
}

}  // namespace vib::app
