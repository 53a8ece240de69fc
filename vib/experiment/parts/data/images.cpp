#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/data/sets/image_folders.h"
#include "vib/experiment/data_config.h"

namespace vib {

DataPart images_data() {
  using Own = OwnFiles<ImageFolderOptions>;
  DataPart part;
  part.name = "images";
  part.meaning = "PNG and JPEG files of one's own, a folder for each class";
  part.options = Own{ImageFolderOptions(""), {}};
  part.keys = taking<Own>([](Own& own, Section& s) {
    auto& o = own.files;
    own_root_key(s, own.root);
    s.field("train_folder", o.train(), "a folder that holds a folder of images for each class");
    s.field("test_folder", o.test(), "the same of the test part; empty: data.test_share of the images, at random");
    s.field("test_share", o.test_share(), at_least(0).below(1), "share of the images for the test part");
    split_keys(s, o.split());
    s.field("size", o.size(), each(at_least(1).at_most(1e4)).or_empty(),
            "[height, width] that every image is resized to; empty: those of the first training image");
    s.field("channels", o.channels(), at_least(1), "3: red, green and blue; 1: grey");
    range_key(s, o.low(), o.high());
  });
  part.own = true;
  part.root = taking<Own>([](Own& own) { return &own.root; });
  part.check = taking<Own>([](const Own& own, const DataConfig&, const ConfigOrigins& origins) {
    const auto& o = own.files;
    require_key(origins, "data.train_folder", !o.train().empty(), "a folder with a folder of images for each class");
    require_key(origins, "data.test_share", !o.test().empty() || o.split().folds() > 0 || o.test_share() > 0,
                "above 0, or data.test_folder");
    check_folds(o.split(), o.test().empty() ? "" : "data.test_folder", origins);
    if (!o.size().empty() && o.size().size() != 2)
      origins.fail("data.size",
                   fmt::format("[{}] is not [height, width]; give two numbers, or none for the size of the "
                               "first training image",
                               fmt::join(o.size(), ", ")));
    if (o.channels() != 1 && o.channels() != 3)
      origins.fail("data.channels",
                   fmt::format("{} is neither; allowed: 1 or 3, grey or red, green and blue", o.channels()));
  });
  part.test_key = taking<Own>([](const Own& own) {
    const bool by_share = own.files.test().empty() && own.files.split().folds() == 0;
    return by_share ? "test_share" : "";
  });
  part.load = taking<Own>([](const Own& own, const DataConfig& data) {
    auto o = own.files;
    o.train(own.in_root(o.train())).test(own.in_root(o.test()));
    complete(o.split(), data);
    auto [splits, classes] = load_image_folders(o);
    auto images = described(std::move(splits));
    images.description.class_names = std::move(classes);
    return images;
  });
  part.files = taking<Own>([](const Own& own) { return own.given({own.files.train(), own.files.test()}); });
  return part;
}

}  // namespace vib
