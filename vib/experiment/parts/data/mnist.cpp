#include "vib/data/sets/mnist.h"

#include <utility>

#include "vib/experiment/data_config.h"

namespace vib {
namespace {

DataPart mnist_files(std::string name, std::string meaning, const char* root_meaning) {
  DataPart part;
  part.name = std::move(name);
  part.meaning = std::move(meaning);
  part.options = MnistOptions(/*root=*/"");
  part.keys = taking<MnistOptions>([root_meaning](MnistOptions& o, Section& s) {
    s.field("root", o.root(), root_meaning);
    range_key(s, o.low(), o.high());
  });
  part.root = taking<MnistOptions>([](MnistOptions& o) { return &o.root(); });
  part.known_inputs = [](const std::any&) { return known_images({1, 28, 28}); };
  part.load = taking<MnistOptions>([](MnistOptions o, const DataConfig& data) {
    return described(load_mnist(o.validation(data.held_out()).seed(data.split_seed)));
  });
  part.files = taking<MnistOptions>([](const MnistOptions& o) { return mnist_file_paths(o.root()); });
  return part;
}

}  // namespace

DataPart mnist_data() {
  return mnist_files("mnist", "MNIST (LeCun, Cortes & Burges), from its four IDX files",
                     "folder of the four files, .gz or plain; empty: $VIB_DATA_DIR/mnist, or data/mnist where "
                     "VIB_DATA_DIR is not set");
}

DataPart fashion_mnist_data() {
  return mnist_files("fashion_mnist", "Fashion-MNIST (Xiao, Rasul & Vollgraf 2017), files named as MNIST's",
                     "as for mnist, with fashion_mnist in the place of mnist");
}

}  // namespace vib
