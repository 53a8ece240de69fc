#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/data/format/safetensors.h"
#include "vib/data/sets/digits.h"
#include "vib/experiment/build.h"
#include "vib/export/network_graph.h"
#include "vib/nn/encoder/mlp.h"

namespace vib {
namespace {

/// The keys of a choice among the parts of a kind, as `yaml` leaves them.
template <class Kind>
std::string resolved(const std::string& yaml) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder.path / "part.yaml", yaml);
  Chosen<Kind> chosen;
  const auto describe = [&](Section& s) { chosen.describe(s, "type", ""); };
  load_config(folder.path / "part.yaml", {}, describe);
  return dump_config(describe);
}

template <class Kind>
class PartsTest : public testing::Test {};
using Kinds = testing::Types<EncoderPart, DecoderPart, LikelihoodPart, PriorPart, InitializationPart, BetaPart,
                             LearningRatePart, DataPart>;
TYPED_TEST_SUITE(PartsTest, Kinds);

TYPED_TEST(PartsTest, EveryOneHasANameAMeaningAndKeysThatReload) {
  std::set<std::string> names;
  for (const auto& part : TypeParam::all()) {
    EXPECT_TRUE(names.insert(part.name).second) << part.name << " is there twice";
    EXPECT_FALSE(part.meaning.empty()) << part.name;
    const auto text = resolved<TypeParam>("type: " + part.name + "\n");
    EXPECT_THAT(text, testing::StartsWith("type: " + part.name + "\n"));
    EXPECT_EQ(resolved<TypeParam>(text), text);
  }
}

TEST(Chosen, CopiesAreIndependent) {
  Chosen<EncoderPart> one;
  auto other = one;
  other.as<MlpOptions>().hidden({7});
  EXPECT_THAT(one.as<MlpOptions>().hidden(), testing::ElementsAre(1024, 1024));
  EXPECT_THAT(other.as<MlpOptions>().hidden(), testing::ElementsAre(7));
}

DataDescription images() {
  auto data = known_images({1, 8, 8});
  data.classes = 3;
  return data;
}

DataDescription texts() {
  DataDescription data;
  data.inputs = DataDescription::Inputs::kTokens;
  data.shape = {6};
  data.tokens = 20;
  data.classes = 3;
  return data;
}

TEST(Encoders, EveryOneReadsImagesOrTextsAndIsBuiltAndExported) {
  for (const auto& part : EncoderPart::all()) {
    const bool reads_images = !part.misfit(part.options, images());
    EXPECT_NE(reads_images, !part.misfit(part.options, texts())) << part.name;
    const auto data = reads_images ? images() : texts();
    const auto x = reads_images ? torch::zeros({2, 1, 8, 8}) : torch::ones({2, 6}, torch::kInt64);
    const auto encoder = part.build(part.options, data);
    EXPECT_EQ(encoder.backbone.forward(x).sizes(), (std::vector<std::int64_t>{2, encoder.features})) << part.name;
    const VibModel model(encoder.backbone, VibModelOptions(encoder.features, /*latent=*/2, data.classes));
    EXPECT_NO_THROW(network_graph({model}, data)) << part.name;
  }
}

std::string refusal(const std::string& config, const std::vector<std::string>& overrides) {
  try {
    load_experiment_config(VIB_SOURCE_DIR "/configs/" + config, overrides);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(Encoders, OneThatCannotReadTheDataIsRefusedBeforeTheyAreRead) {
  EXPECT_EQ(refusal("imdb.yaml", {"model.encoder.type=conv"}),
            "command line: model.encoder.type=conv: conv: reads numbers, and the data are words; use text_cnn or "
            "text_mean");
  EXPECT_THAT(refusal("mnist.yaml", {"model.encoder.type=text_mean"}), testing::EndsWith("use mlp or conv"));
  EXPECT_THAT(refusal("imdb.yaml", {"data.length=2"}),
              testing::HasSubstr("model.encoder.width: 3: more words than a text of [2] has"));
}

TEST(Encoders, WholeNumbersOfATableAreNotTakenForWordsInSilence) {
  auto data = texts();
  const auto misfit = find_misfit(Chosen<EncoderPart>(), data);
  ASSERT_TRUE(misfit);
  EXPECT_EQ(misfit->reason,
            "mlp: reads numbers, and whole numbers in a tensor are taken for token ids; use text_cnn or text_mean, or "
            "save them as float32 where they are numbers (x.astype(\"float32\") in NumPy)");
}

TEST(Encoders, ChannelsThatComeLastAreNotTakenForTheHeight) {
  const auto conv = load_experiment_config(VIB_SOURCE_DIR "/configs/quickstart.yaml",
                                           {"model.encoder.type=conv", "model.encoder.channels=[4]"})
                        .model.encoder;
  auto data = images();
  for (const std::int64_t channels : {1, 3, 4}) {
    data.shape = {8, 8, channels};
    const auto misfit = find_misfit(conv, data);
    ASSERT_TRUE(misfit) << channels;
    EXPECT_EQ(misfit->reason, "conv: reads images as [channels, height, width], and [8, 8, " +
                                  std::to_string(channels) +
                                  "] look as if the channels came last; use mlp, or put the channels first "
                                  "(x.transpose(0, 3, 1, 2) in NumPy)");
  }
  data.shape = {3, 8, 8};
  EXPECT_FALSE(find_misfit(conv, data));
  data.shape = {4, 4, 4};  // too small to tell
  EXPECT_FALSE(find_misfit(conv, data));
}

TEST(Encoders, TheKeysOfAnotherOneAreRefusedWithThoseThatThisOneTakes) {
  for (const std::string key : {"hidden", "activation"})
    EXPECT_THAT(refusal("imdb.yaml", {"model.encoder." + key + "=relu"}),
                testing::HasSubstr("belongs to type: mlp, conv or text_mean; type is text_cnn, which takes embedding, "
                                   "filters, width, dropout: remove " +
                                   key));
}

TEST(Decoders, HaveAnActivationOfTheirOwn) {
  const std::vector<std::string> mlp = {"model.decoder={type: mlp, hidden: [4]}"};
  const std::vector<std::string> gelu = {mlp[0], "model.encoder.activation=gelu"};
  const auto activation = [](const std::vector<std::string>& overrides) {
    const auto config = load_experiment_config(VIB_SOURCE_DIR "/configs/quickstart.yaml", overrides);
    return build_model(config, images(), torch::kCPU)->decoder->options.activation();
  };
  EXPECT_EQ(activation(mlp), Activation::kRelu);
  EXPECT_EQ(activation({gelu[0], gelu[1], "model.decoder.activation=tanh"}), Activation::kTanh);
  EXPECT_THAT(refusal("quickstart.yaml", gelu),
              testing::HasSubstr("quickstart.yaml: model.decoder.activation: is needed beside "
                                 "model.encoder.activation: gelu, which the decoder does not take over; write relu or "
                                 "gelu"));
}

// The report draws these: what they are scaled by must be what the run was trained with.
TEST(DataSets, TheFirstOfTheTestPartAreScaledAsInTraining) {
  const test::TemporaryFolder folder;
  TensorMap tensors;
  tensors.insert("x", torch::arange(40, torch::kFloat32).square().reshape({20, 2}));
  tensors.insert("y", torch::arange(20) % 2);
  write_safetensors(folder.path / "a.safetensors", tensors);
  write_file_atomically(folder.path / "a.yaml",
                        "data: {name: tensors, root: \"" + folder.path.string() +
                            "\", train_inputs: \"a.safetensors:x\", train_targets: \"a.safetensors:y\", test: 5, "
                            "validation: 8}\n");
  const auto config = load_experiment_config(folder.path / "a.yaml", {}).data;
  auto prepared = load_data(config, torch::kCPU);
  const auto first = load_first_of_test(config, prepared.description, 3);
  EXPECT_EQ(first.size(), 3);
  EXPECT_TRUE(torch::equal(first.batch_inputs(0, 3), prepared.splits.test.batch_inputs(0, 3)));
  prepared.description.mean = prepared.description.mean + 1;  // of a run whose files have changed since
  EXPECT_FALSE(torch::equal(load_first_of_test(config, prepared.description, 3).mean, first.mean));
}

TEST(DataSets, TheFirstOfTheTestPartOfTheDigitsAreThoseOfAll) {
  DataConfig config;
  config.target = "input";
  config.set.as<DigitsOptions>().test = 12;
  const auto first = load_first_of_test(config, {}, 3);
  config.set.as<DigitsOptions>().train = 30;
  config.validation = "10";
  const auto whole = load_data(config, torch::kCPU).splits.test;
  EXPECT_EQ(first.size(), 3);
  EXPECT_TRUE(torch::equal(first.inputs, whole.inputs.slice(0, 0, 3)));
  EXPECT_FALSE(first.targets.defined());
}

}  // namespace
}  // namespace vib
