#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "apps/vib/catalog_file.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/drivers.h"
#include "vib/core/atomic_file.h"
#include "vib/experiment/data_description.h"
#include "vib/experiment/event_file.h"
#include "vib/report/run_json.h"

namespace vib::fuzz {

void data_json(std::string_view input) { (void)to_json(read_data_description(file_of(input))).dump(); }

void summary(std::string_view input) {
  const auto summary = parse_summary(input, "summary.json");
  for (const auto* path : {"/test/error", "/test/rate_bits", "/validation/nll_bits", "/seed"})
    (void)number_at(summary, path, "summary.json");
}

void metrics(std::string_view input) {
  for (const auto& epoch : parse_metrics(input, "metrics.jsonl"))
    for (const auto* path : {"/epoch", "/beta", "/train/loss_bits", "/validation/error"})
      (void)number_at(epoch, path, "metrics.jsonl");
}

void catalog(std::string_view input) {
  ::setenv("VIB_CATALOG", file_of(input).c_str(), 1);
  (void)app::known_data();
}

/// Whatever the file held, afterwards it holds the events.
void events(std::string_view input) {
  const std::vector<ScalarEvent> events = {{10, {{"loss_bits/train", 0.5}}}, {20, {{"error/validation", 0.25F}}}};
  const auto run = folder() / "run";
  std::filesystem::create_directory(run);
  const auto path = file_of(input, "run/events.out.tfevents.1.host.1.0.vib");
  write_event_file(run, events);
  const auto written = read_file(path);
  write_event_file(run, events);
  expect(read_file(path) == written, "writing the same events changes the file");
}

}  // namespace vib::fuzz
