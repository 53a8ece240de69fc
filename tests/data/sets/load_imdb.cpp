/// load_imdb ROOT OUT [VOCABULARY LENGTH front|back]: writes the tokens of both parts for imdb_oracle_test.py, nothing
/// held out and no cache. Prints the words in the order of their ids. Exit code 1 and the reason on stderr on failure.

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "vib/core/error.h"
#include "vib/core/tensor_file.h"
#include "vib/data/sets/imdb.h"

int main(int argc, char** argv) {
  if (argc != 3 && argc != 6) return 2;
  vib::ImdbOptions options(argv[1]);
  options.validation(0).cache(false);
  if (argc == 6) {
    options.vocabulary(std::atoll(argv[3])).length(std::atoll(argv[4]));
    options.side(std::string_view(argv[5]) == "back" ? vib::Side::kBack : vib::Side::kFront);
  }
  try {
    const auto data = vib::load_imdb(options);
    vib::TensorMap tensors;
    tensors.insert("train", data.splits.train.inputs);
    tensors.insert("train_targets", data.splits.train.targets);
    tensors.insert("test", data.splits.test.inputs);
    tensors.insert("test_targets", data.splits.test.targets);
    vib::save_tensors(argv[2], tensors);
    for (const auto& word : data.vocabulary.words()) std::printf("%s\n", word.c_str());
  } catch (const vib::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
