#include <archive.h>
#include <archive_entry.h>

#include <string>

#include "tests/fuzz/altered_tensors.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/drivers.h"
#include "tests/train/toy_problem.h"
#include "vib/data/sets/imdb.h"
#include "vib/train/trainer.h"

namespace vib::fuzz {
namespace {

TrainerOptions training() { return TrainerOptions().epochs(3).batch_size(8).beta(1e-2); }

/// Of a training that was interrupted in its second epoch.
TensorMap interrupted() {
  // Three steps make an epoch.
  Trainer trainer(test::small_model(), training().stop([step = 0]() mutable { return step++ == 4; }));
  trainer.fit(test::clouds(20), test::clouds(10, 2));
  return trainer.state();
}

void write_reviews(const std::filesystem::path& path) {
  archive* writer = archive_write_new();
  archive_write_set_format_ustar(writer);
  archive_write_open_filename(writer, path.c_str());
  for (const auto* name : {"train/neg/0_1.txt", "train/pos/0_9.txt", "test/neg/0_2.txt", "test/pos/0_8.txt"}) {
    const std::string review = std::string("a film of ") + name;
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_size(entry, static_cast<la_int64_t>(review.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(writer, entry);
    archive_write_data(writer, review.data(), review.size());
    archive_entry_free(entry);
  }
  archive_write_free(writer);
}

/// Reviews whose tokens were kept by an earlier run.
struct CachedReviews {
  CachedReviews() {
    write_reviews(archive);
    load_imdb(options());
    for (const auto& entry : std::filesystem::directory_iterator(folder() / "cache")) file = entry.path();
    kept = load_tensors(file);
  }
  ImdbOptions options() const {
    return ImdbOptions(archive).length(6).validation(0).expect(0).cache(true).cache_folder(folder() / "cache");
  }

  std::filesystem::path archive = folder() / "aclImdb_v1.tar.gz";
  std::filesystem::path file;
  TensorMap kept;
};

}  // namespace

void checkpoint(std::string_view input) {
  static const auto whole = interrupted();
  Trainer trainer(test::small_model(), training());
  trainer.load_state(altered(whole, input), "checkpoint.pt");
  (void)trainer.chosen_weights();
  (void)trainer.train_metrics();
}

void imdb_cache(std::string_view input) {
  static const CachedReviews reviews;
  save_tensors(reviews.file, altered(reviews.kept, input));
  const auto data = load_imdb(reviews.options());
  const auto& train = data.splits.train;
  expect(train.size() > 0 && train.inputs.size(1) == 6, "reviews of another shape");
  expect(train.inputs.min().item<int>() >= 0 && train.inputs.max().item<int>() < data.vocabulary.size(),
         "a token that is no word");
}

}  // namespace vib::fuzz
