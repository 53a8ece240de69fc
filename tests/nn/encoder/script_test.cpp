#include "vib/nn/encoder/script.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>

#include "tests/temporary_folder.h"
#include "vib/core/error.h"
#include "vib/nn/vib_model.h"
#include "vib/nn/weights.h"
#include "vib/train/trainer.h"

namespace vib {
namespace {

/// A script `x -> relu(x W)` with W `[3, 6]`, and dropout that evaluation must switch off.
class ScriptBackboneTest : public testing::Test {
 protected:
  ScriptBackboneTest() {
    torch::manual_seed(0);
    weight = torch::randn({3, 6});
    torch::jit::Module script("extractor");
    script.register_parameter("weight", weight, /*is_buffer=*/false);
    script.register_attribute("training", torch::jit::BoolType::get(), true);
    script.define(
        "def forward(self, x):\n  return torch.dropout(torch.relu(torch.matmul(x, self.weight)), 0.5, "
        "self.training)\n");
    script.save(file().string());
  }
  std::filesystem::path file() const { return folder_.path / "extractor.pt"; }

  torch::Tensor weight;

 private:
  test::TemporaryFolder folder_;
};

TEST_F(ScriptBackboneTest, GivesTheScriptsFeaturesAndNoGradient) {
  ScriptBackbone backbone(file());
  backbone->train();
  const auto x = torch::randn({5, 3}, torch::requires_grad());
  const auto features = backbone->forward(x);
  EXPECT_TRUE(torch::allclose(features, x.matmul(weight).relu()));
  EXPECT_FALSE(features.requires_grad());
  EXPECT_TRUE(backbone->parameters().empty());
}

TEST_F(ScriptBackboneTest, IsTrainedOnTopOfAndStaysAsItIs) {
  Dataset data;
  data.inputs = torch::randn({300, 3});
  data.targets = data.inputs.select(1, 0).gt(0).to(torch::kInt64);
  data.classes = 2;
  VibClassifier model(ScriptBackbone(file()), VibClassifierOptions(6, 2, 2));
  const auto before = model->backbone.forward(data.inputs);
  Trainer(model, TrainerOptions().epochs(15).batch_size(30).beta(1e-3).learning_rate(0.02)).fit(data);
  EXPECT_LT(evaluate(model, data)["error"], 0.1);
  EXPECT_TRUE(torch::equal(model->backbone.forward(data.inputs), before));
  for (const auto& name : copy_weights(*model).keys()) EXPECT_EQ(name.find("backbone"), std::string::npos) << name;

  const auto copy = std::dynamic_pointer_cast<VibModelImpl>(model->clone());
  EXPECT_TRUE(torch::equal(copy->backbone.forward(data.inputs), before));
}

TEST_F(ScriptBackboneTest, SaysWhatIsWrongWithAFile) {
  const auto mistake = [](const std::filesystem::path& path) -> std::string {
    try {
      ScriptBackbone backbone(path);
    } catch (const DataError& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_THAT(mistake("no/such/file.pt"), testing::HasSubstr("no/such/file.pt: no such file"));
  const auto junk = file().parent_path() / "junk.pt";
  std::ofstream(junk) << "not a script";
  EXPECT_THAT(mistake(junk), testing::AllOf(testing::HasSubstr("junk.pt"), testing::HasSubstr("torch.jit.save")));
}

TEST_F(ScriptBackboneTest, RefusesAScriptThatAnswersWithMoreThanATensor) {
  torch::jit::Module script("pair");
  script.define("def forward(self, x):\n  return (x, x)\n");
  script.save(file().string());
  EXPECT_THROW(ScriptBackbone(file())->forward(torch::ones({1, 3})), DataError);
}

}  // namespace
}  // namespace vib
