#include "vib/experiment/data_config.h"

#include <fmt/format.h>

namespace vib {
namespace {

void describe_targets(Section& s, OwnDataConfig& o) {
  s.choice("targets", o.targets,
           {{"classes", TargetKind::classes, "one of several"}, {"values", TargetKind::values, "one or more numbers"}},
           "what the targets are");
  s.field("standardize", o.standardize,
          "makes each number 0 on average and 1 in deviation, by the training part alone; tokens have none");
}

void describe_tensors(Section& s, OwnDataConfig& o) {
  s.field("train_inputs", o.train_inputs,
          "a file that holds [N, ...]: .npy, .npz:NAME, .pt:NAME or .safetensors:NAME; bytes, numbers or token ids");
  s.field("train_targets", o.train_targets, "[N] whole numbers from 0, or values [N] or [N, D]");
  s.field("test_inputs", o.test_inputs, "the same of the test part; empty: data.test examples are taken for it");
  s.field("test_targets", o.test_targets, "");
  s.field("test", o.test, at_least(0), "examples taken at random for the test part where there is no file of it");
  describe_targets(s, o);
}

void describe_table(Section& s, OwnDataConfig& o) {
  s.field("train_file", o.train_file, "a CSV file (RFC 4180) with a header");
  s.field("test_file", o.test_file, "the same of the test part; empty: data.test_share of the rows, at random");
  s.field("test_share", o.test_share, at_least(0).below(1), "share of the rows for the test part");
  s.field("target_columns", o.target_columns, "one column of classes, or one or more of values");
  s.field("numeric", o.numeric, "columns that are numbers; by default those whose every training value is one");
  s.field("categorical", o.categorical, "columns that are categories, each category an input of 0 or 1");
  s.field("ignore", o.ignore, "columns that are no inputs");
  s.field("separator", o.separator, matching(".", "one character"), "between the fields");
  s.choice("missing", o.missing,
           {{"error", Missing::error, "names line and column"},
            {"drop", Missing::drop, "leaves the row out"},
            {"mean", Missing::mean, "the training mean; of categories one of its own"}},
           "what becomes of an empty field, NA, NaN or ?");
  describe_targets(s, o);
}

void describe_idx(Section& s, OwnDataConfig& o) {
  s.field("train_images", o.train_images, "IDX file of images of any size, .gz or plain");
  s.field("train_labels", o.train_labels, "IDX file of their labels");
  s.field("test_images", o.test_images, "the same of the test part");
  s.field("test_labels", o.test_labels, "");
  s.field("first_label", o.first_label, at_least(0), "the label of the first class: 1 for EMNIST's letters");
  s.field("transpose", o.transpose, "swaps rows and columns: EMNIST's images lie on their side");
}

}  // namespace

void describe(Section& s, DataConfig& o) {
  const auto own = [&](void (*keys)(Section&, OwnDataConfig&)) {
    return [&o, keys](Section& s) {
      s.field("root", o.root, "folder that the files' names are relative to; empty: where the program is started");
      keys(s, o.own);
    };
  };
  s.choice("name", o.name,
           {{"digits", "hand-drawn-looking digits made by the program itself, nothing to download",
             [&](Section& s) {
               s.field("train", o.train, at_least(1), "training examples to make, those of data.validation included");
               s.field("test", o.test, at_least(1), "test examples to make");
               s.field("seed", o.seed, "seed of the images");
             }},
            {"mnist", "MNIST (LeCun, Cortes & Burges), from its four IDX files",
             [&](Section& s) {
               s.field("root", o.root,
                       "folder of the four files, .gz or plain; empty: $VIB_DATA_DIR/mnist, or data/mnist where "
                       "VIB_DATA_DIR is not set");
             }},
            {"fashion_mnist", "Fashion-MNIST (Xiao, Rasul & Vollgraf 2017), files named as MNIST's",
             [&](Section& s) { s.field("root", o.root, "as for mnist, with fashion_mnist in the place of mnist"); }},
            {"imdb", "the Large Movie Review Dataset (Maas et al. 2011): 50,000 reviews, negative or positive",
             [&](Section& s) {
               s.field(
                   "root", o.root,
                   "folder of aclImdb_v1.tar.gz or of the unpacked aclImdb/; empty: $VIB_DATA_DIR/imdb, or data/imdb "
                   "where VIB_DATA_DIR is not set");
               s.field("vocabulary", o.vocabulary, at_least(4),
                       "token ids: padding, start, unknown, and the most frequent words of the training part");
               s.field("length", o.length, at_least(1), "tokens of a review");
               s.choice("side", o.side, {{"front", Side::kFront, ""}, {"back", Side::kBack, ""}},
                        "where a review is padded when it is shorter, and cut when it is longer");
               s.field("expect", o.expect, at_least(0),
                       "reviews that each of the four folders must hold; 0: any number (of reviews of one's own)");
               s.field("cache", o.cache, "keeps the tokens of an archive in $XDG_CACHE_HOME/vib or ~/.cache/vib");
             }},
            {"tensors", "NumPy, PyTorch or safetensors files of one's own", own(describe_tensors)},
            {"csv", "tables of one's own", own(describe_table)},
            {"idx", "images of one's own in MNIST's format", own(describe_idx)}},
           "the data set");
  s.choice("target", o.target,
           {{"label", "what comes with the inputs", nullptr},
            {"input", "the inputs themselves, to be reconstructed: a variational autoencoder", nullptr}},
           "what is predicted");
  s.field("validation", o.validation, at_least(0),
          "examples held out of the training part to choose the best epoch by; 0: none, the last epoch is reported");
  s.pair("range", o.low, o.high, each(any_number()).increasing(), "what the bytes 0 and 255 of a pixel become");
}

void check(const DataConfig& o, const ConfigOrigins& origins) {
  if (o.name == "digits" && o.validation >= o.train)
    origins.fail("data.validation", fmt::format("{} leaves nothing of data.train ({}) to train on; allowed: 0 to {}",
                                                o.validation, o.train, o.train - 1));
  const auto needed = [&](const char* key, bool given, const char* what) {
    if (!given) origins.fail(key, fmt::format("is needed: {}", what));
  };
  const auto& own = o.own;
  const bool labelled = o.target == "label";
  if (o.name == "tensors") {
    needed("data.train_inputs", !own.train_inputs.empty(), "a file of tensors");
    needed("data.train_targets", !labelled || !own.train_targets.empty(), "a file of tensors, or data.target: input");
    if (!own.test_inputs.empty())
      needed("data.test_targets", !labelled || !own.test_targets.empty(), "beside data.test_inputs");
    else
      needed("data.test_inputs", own.test > 0,
             "a file of the test part, or data.test: how many examples to take for it");
  }
  if (o.name == "csv") {
    needed("data.train_file", !own.train_file.empty(), "a CSV file");
    needed("data.target_columns", !own.target_columns.empty(), "the names of one or more columns");
    if (own.test_file.empty()) needed("data.test_share", own.test_share > 0, "above 0, or data.test_file");
  }
  if (o.name == "idx") {
    needed("data.train_images", !own.train_images.empty(), "an IDX file");
    needed("data.train_labels", !own.train_labels.empty(), "an IDX file");
    needed("data.test_images", !own.test_images.empty(), "an IDX file");
    needed("data.test_labels", !own.test_labels.empty(), "an IDX file");
  }
}

}  // namespace vib
