#include "vib/data/sets/digits.h"

#include <algorithm>

#include <fmt/format.h>

#include "vib/core/memory.h"
#include "vib/experiment/data_config.h"

namespace vib {

DataPart digits_data() {
  DataPart part;
  part.name = "digits";
  part.meaning = "hand-drawn-looking digits made by the program itself, nothing to download";
  part.options = DigitsOptions();
  part.keys = taking<DigitsOptions>([](DigitsOptions& o, Section& s) {
    s.field("train", o.train, at_least(1).at_most(1e9), "training examples to make, those of data.validation included");
    s.field("test", o.test, at_least(1).at_most(1e9), "test examples to make");
    s.field("seed", o.seed, "seed of the images");
    range_key(s, o.low, o.high);
  });
  part.check = taking<DigitsOptions>([](const DigitsOptions& o, const DataConfig& data, const ConfigOrigins& origins) {
    const auto bytes = 28.0 * 28.0 * static_cast<double>(o.train + o.test);
    if (bytes > total_memory())
      origins.fail(o.train > o.test ? "data.train" : "data.test",
                   fmt::format("{} images need {:.3g} GB of memory, and this machine has {:.3g} GB", o.train + o.test,
                               bytes / 1e9, total_memory() / 1e9));
    if (data.held_out().of(o.train) < o.train) return;
    origins.fail("data.validation", fmt::format("{} leaves nothing of data.train ({}) to train on; allowed: 0 to {}",
                                                data.validation, o.train, o.train - 1));
  });
  part.known_inputs = [](const std::any&) { return known_images({1, 28, 28}); };
  part.load = taking<DigitsOptions>([](DigitsOptions o, const DataConfig& data) {
    o.validation = data.held_out();
    o.split_seed = data.split_seed;
    return described(make_digits(o));
  });
  // They are drawn one by one, and do not depend on how many others there are.
  part.load_test = taking<DigitsOptions>([](DigitsOptions o, std::int64_t most) {
    o.train = 1;
    o.validation = 0;
    o.test = std::min(o.test, most);
    return make_digits(o).test;
  });
  return part;
}

}  // namespace vib
