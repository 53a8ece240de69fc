#include "vib/data/format/read_tensor.h"
#include "vib/data/sets/tensor_data.h"
#include "vib/experiment/data_config.h"

namespace vib {
namespace {

enum class Standardize { kNumbers, kAlways, kNever };

struct OwnTensors : OwnFiles<TensorDataOptions> {
  Standardize standardize = Standardize::kNumbers;
};

/// Numbers that happen to be stored in bytes hardly differ once 0 to 255 is their range.
void warn_of_small_bytes(const Dataset& train, const OwnTensors& own, DataSummary& summary) {
  constexpr std::int64_t kHalf = 128;
  if (train.inputs.scalar_type() != torch::kUInt8 || own.standardize == Standardize::kAlways) return;
  const TensorDataOptions untouched("", "");
  if (own.files.low() != untouched.low() || own.files.high() != untouched.high()) return;
  const auto most = train.inputs.max().item<std::int64_t>();
  if (most >= kHalf) return;
  summary.warnings.push_back(
      {fmt::format("the inputs are bytes up to {}, and are read as pixels, whose range 0 to 255 becomes {:g} to {:g}",
                   most, train.low, train.high),
       "standardize", ": true if they are numbers and no pixels"});
}

}  // namespace

DataPart tensors_data() {
  using Own = OwnTensors;
  DataPart part;
  part.name = "tensors";
  part.meaning = "NumPy, PyTorch or safetensors files of one's own";
  part.options = Own{{TensorDataOptions("", "").standardize_targets(true), {}}};
  part.keys = taking<Own>([](Own& own, Section& s) {
    auto& o = own.files;
    own_root_key(s, own.root);
    s.field("train_inputs", o.train_inputs(),
            "a file that holds [N, ...]: .npy, .npz:NAME, .pt:NAME or .safetensors:NAME; bytes, numbers or token ids");
    s.field("train_targets", o.train_targets(), "[N] whole numbers from 0, or values [N] or [N, D]");
    s.field("test_inputs", o.test_inputs(), "the same of the test part; empty: data.test examples are taken for it");
    s.field("test_targets", o.test_targets(), "");
    s.field("test", o.test(), at_least(0), "examples taken at random for the test part where there is no file of it");
    split_keys(s, o.split());
    own_targets_key(s, o.targets(), o.standardize_targets());
    s.choice("standardize", own.standardize,
             {{"auto", Standardize::kNumbers, "numbers; bytes are scaled by range alone"},
              {"true", Standardize::kAlways, "bytes, too, pixel by pixel"},
              {"false", Standardize::kNever, ""}},
             "makes each number 0 on average and 1 in deviation, by the training part alone; tokens have none");
    range_key(s, o.low(), o.high());
  });
  part.own = true;
  part.root = taking<Own>([](Own& own) { return &own.root; });
  part.check = taking<Own>([](const Own& own, const DataConfig& data, const ConfigOrigins& origins) {
    const auto& o = own.files;
    const bool labelled = data.target == "label";
    require_key(origins, "data.train_inputs", !o.train_inputs().empty(), "a file of tensors");
    require_key(origins, "data.train_targets", !labelled || !o.train_targets().empty(),
                "a file of tensors, or data.target: input");
    if (!o.test_inputs().empty())
      require_key(origins, "data.test_targets", !labelled || !o.test_targets().empty(), "beside data.test_inputs");
    else
      require_key(origins, "data.test_inputs", o.test() > 0 || o.split().folds() > 0,
                  "a file of the test part, or data.test: how many examples to take for it");
    const char* other = o.test() > 0 ? "data.test" : "data.test_inputs";
    check_folds(o.split(), o.test() > 0 || !o.test_inputs().empty() ? other : "", origins);
  });
  part.test_key = taking<Own>(
      [](const Own& own) { return own.files.test_inputs().empty() && own.files.split().folds() == 0 ? "test" : ""; });
  part.load = taking<Own>([](const Own& own, const DataConfig& data) {
    auto o = own.files;
    o.train_inputs(own.in_root(o.train_inputs())).train_targets(own.in_root(o.train_targets()));
    o.test_inputs(own.in_root(o.test_inputs())).test_targets(own.in_root(o.test_targets()));
    if (data.target == "input") o.targets(TargetKind::none);
    o.standardize(own.standardize != Standardize::kNever);
    o.standardize_bytes(own.standardize == Standardize::kAlways);
    complete(o.split(), data);
    auto tensors = described(load_tensor_data(o));
    warn_of_small_bytes(tensors.splits.train, own, tensors.description.understood);
    return tensors;
  });
  part.files = taking<Own>([](const Own& own) {
    const auto& o = own.files;
    return own.given({o.train_inputs(), o.train_targets(), o.test_inputs(), o.test_targets()}, tensor_file);
  });
  return part;
}

}  // namespace vib
