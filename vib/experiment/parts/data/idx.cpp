#include "vib/data/format/idx.h"

#include "vib/data/sets/idx_data.h"
#include "vib/experiment/data_config.h"

namespace vib {

DataPart idx_data() {
  using Own = OwnFiles<IdxDataOptions>;
  DataPart part;
  part.name = "idx";
  part.meaning = "images of one's own in MNIST's format";
  part.options = Own{IdxDataOptions("", "", "", ""), {}};
  part.keys = taking<Own>([](Own& own, Section& s) {
    auto& o = own.files;
    own_root_key(s, own.root);
    s.field("train_images", o.train_images(), "IDX file of images of any size, .gz or plain");
    s.field("train_labels", o.train_labels(), "IDX file of their labels; none is needed where data.target is input");
    s.field("test_images", o.test_images(), "the same of the test part");
    s.field("test_labels", o.test_labels(), "");
    s.field("first_label", o.first_label(), at_least(0), "the label of the first class: 1 for EMNIST's letters");
    s.field("transpose", o.transpose(), "swaps rows and columns: EMNIST's images lie on their side");
    range_key(s, o.low(), o.high());
  });
  part.own = true;
  part.root = taking<Own>([](Own& own) { return &own.root; });
  part.check = taking<Own>([](const Own& own, const DataConfig& data, const ConfigOrigins& origins) {
    const auto& o = own.files;
    require_key(origins, "data.train_images", !o.train_images().empty(), "an IDX file");
    const bool free = data.target == "input" && o.train_labels().empty() && o.test_labels().empty();
    require_key(origins, "data.train_labels", free || !o.train_labels().empty(), "an IDX file, or data.target: input");
    require_key(origins, "data.test_images", !o.test_images().empty(), "an IDX file");
    require_key(origins, "data.test_labels", free || !o.test_labels().empty(), "an IDX file, or data.target: input");
  });
  part.load = taking<Own>([](const Own& own, const DataConfig& data) {
    auto o = own.files;
    o.train_images(own.in_root(o.train_images())).train_labels(own.in_root(o.train_labels()));
    o.test_images(own.in_root(o.test_images())).test_labels(own.in_root(o.test_labels()));
    auto images = described(load_idx(o.validation(data.held_out()).seed(data.split_seed)));
    images.description.transposed = o.transpose();
    images.description.first_label = o.first_label();
    return images;
  });
  part.files = taking<Own>([](const Own& own) {
    const auto& o = own.files;
    return own.given({o.train_images(), o.train_labels(), o.test_images(), o.test_labels()},
                     [](const std::string& name) { return idx_file(name); });
  });
  return part;
}

}  // namespace vib
