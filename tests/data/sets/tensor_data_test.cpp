#include "vib/data/sets/tensor_data.h"

#include <cmath>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/error.h"
#include "vib/core/tensor_file.h"
#include "vib/data/finite_examples.h"
#include "vib/data/format/safetensors.h"
#include "vib/data/standardization.h"

namespace vib {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Examples whose targets follow from their inputs, in a file.
class TensorDataTest : public testing::Test {
 protected:
  TensorDataOptions put(const torch::Tensor& inputs, const torch::Tensor& targets) const {
    const auto path = (folder_.path / "data.pt").string();
    TensorMap tensors;
    tensors.insert("x", inputs);
    tensors.insert("y", targets);
    save_tensors(path, tensors);
    return {path + ":x", path + ":y"};
  }

  const test::TemporaryFolder folder_;
};

TEST_F(TensorDataTest, PartsExamplesBySeedAlone) {
  const auto options = put(torch::arange(100.0).view({100, 1}), torch::arange(100).remainder(4))
                           .test(30)
                           .split(SplitOptions().validation(20));
  torch::manual_seed(1);
  const auto first = load_tensor_data(options);
  torch::manual_seed(2);
  const auto second = load_tensor_data(options);
  const auto other = load_tensor_data(TensorDataOptions(options).split(SplitOptions().validation(20).seed(1)));
  EXPECT_TRUE(first.test.inputs.equal(second.test.inputs));
  EXPECT_TRUE(first.validation.inputs.equal(second.validation.inputs));
  EXPECT_FALSE(first.test.inputs.equal(other.test.inputs));
  const auto all = torch::cat({first.train.inputs, first.validation.inputs, first.test.inputs});
  EXPECT_TRUE(std::get<0>(all.flatten().sort()).equal(torch::arange(100.0)));
  for (const auto* part : {&first.train, &first.validation, &first.test}) {
    EXPECT_TRUE(part->inputs.flatten().to(torch::kInt64).remainder(4).equal(part->targets)) << part->name;
    EXPECT_EQ(part->classes, 4);
  }
  EXPECT_EQ(first.validation.name, "tensors/validation");
  EXPECT_EQ(first.test.size(), 30);
}

TEST_F(TensorDataTest, StandardisesByTheTrainingPartInFloat64) {
  // Large offsets, which float32 sums would drown in, a constant that float64 means round, and more than one chunk.
  torch::manual_seed(0);
  const auto noise = torch::randn({3000, 500}, torch::kFloat64);
  auto inputs = noise * 3 + 1e8;
  inputs.select(1, 7).fill_(0.1);
  const auto data = load_tensor_data(
      put(inputs, torch::zeros({3000}, torch::kInt64)).split(SplitOptions().validation(500)).standardize(true));
  const auto& train = data.train.inputs;
  ASSERT_EQ(train.size(0), 2500);
  auto deviation = (train - train.mean(0)).square().mean(0).sqrt();
  deviation[7] = 1;
  EXPECT_TRUE(data.train.mean.allclose(train.mean(0), 1e-14, 0));
  EXPECT_TRUE(data.train.scale.allclose(deviation, 1e-7, 0));
  EXPECT_EQ(data.train.scale[7].item<double>(), 1);
}

TEST_F(TensorDataTest, KeepsTheDigitsOfLargeNumbersInEveryFormat) {
  const auto times = (1'700'000'000 + torch::arange(145, torch::kInt64)).unsqueeze(1);  // float32 has one for 128
  const auto distinct = [](const torch::Tensor& numbers) { return std::get<0>(at::_unique(numbers)).numel(); };
  TensorMap tensors;
  tensors.insert("x", times.to(torch::kFloat64));
  tensors.insert("y", times);
  write_safetensors(folder_.path / "data.safetensors", tensors, {});
  const auto file = (folder_.path / "data.safetensors").string();
  const auto npy = [&](const std::string& name, const char* type, const torch::Tensor& tensor) {
    auto header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': (145, 1)}}", type);
    header.resize(117, ' ');
    std::ofstream(folder_.path / name, std::ios::binary)
        << std::string("\x93NUMPY\x01\x00\x76\x00", 10) << header << '\n'
        << std::string_view(static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes());
    return (folder_.path / name).string();
  };
  const auto float64 = npy("x.npy", "<f8", times.to(torch::kFloat64)), int64 = npy("y.npy", "<i8", times);
  for (const auto& options :
       {put(times.to(torch::kFloat64), times), put(times.to(torch::kFloat64), times.to(torch::kFloat64)),
        TensorDataOptions(file + ":x", file + ":y"), TensorDataOptions(float64, int64)}) {
    const auto train =
        load_tensor_data(
            TensorDataOptions(options).targets(TargetKind::values).standardize(true).standardize_targets(true))
            .train;
    EXPECT_EQ(distinct(train.batch_inputs(0, 145)), 145) << options.train_inputs();
    EXPECT_EQ(distinct(train.batch_targets(0, 145)), 145) << options.train_targets();
  }
}

TEST_F(TensorDataTest, StandardisesBytesInTheUnitsOfBatches) {
  const auto bytes = torch::tensor({{0, 255, 9}, {255, 255, 9}}).to(torch::kUInt8);
  const auto found = load_tensor_data(put(bytes, torch::tensor({0, 1})).standardize(true).low(-2).high(4)).train;
  EXPECT_TRUE(found.mean.allclose(torch::tensor({1.0f, 4.0f, static_cast<float>(-2 + 6 * 9 / 255.0)})));
  EXPECT_TRUE(found.scale.allclose(torch::tensor({3.0f, 1.0f, 1.0f})));
}

TEST_F(TensorDataTest, KeepsTokensAndTurnsBoolIntoNumbers) {
  const auto targets = torch::tensor({0, 1});
  const auto tokens = put(torch::tensor({{5, 6}, {7, 8}}).to(torch::kInt16), targets);
  EXPECT_EQ(load_tensor_data(tokens).train.inputs.scalar_type(), torch::kInt16);
  EXPECT_FALSE(load_tensor_data(TensorDataOptions(tokens).standardize(true)).train.mean.defined());
  EXPECT_THAT([&] { fit_standardization(load_tensor_data(tokens).train); },
              ThrowsMessage<DataError>(HasSubstr("only floating-point numbers and bytes")));
  const auto bools = load_tensor_data(put(torch::eye(2).to(torch::kBool), targets)).train.inputs;
  EXPECT_EQ(bools.scalar_type(), torch::kFloat32);
  EXPECT_TRUE(bools.equal(torch::eye(2)));
}

TEST_F(TensorDataTest, GivesValuesTwoDimensions) {
  const auto splits = load_tensor_data(
      put(torch::ones({3, 2}), torch::tensor({0.5, 1.5, 2.5}, torch::kFloat64)).targets(TargetKind::values).test(1));
  EXPECT_EQ(splits.train.targets.sizes().vec(), (std::vector<std::int64_t>{2, 1}));
  EXPECT_EQ(splits.train.targets.scalar_type(), torch::kFloat64);
  EXPECT_EQ(splits.train.classes, 0);
  const auto narrow = load_tensor_data(put(torch::ones({3, 2}), torch::ones({3})).targets(TargetKind::values));
  EXPECT_EQ(narrow.train.targets.scalar_type(), torch::kFloat32);
}

TEST_F(TensorDataTest, StandardisesValuesButNotLabels) {
  const auto times = 1'700'000'000 + 60 * torch::arange(145, torch::kInt64);  // one a minute: float32 has one for two
  const auto labels = torch::arange(145, torch::kInt64).remainder(2);
  const auto options = put(torch::ones({145, 2}), at::stack({times, labels}, 1)).targets(TargetKind::values);
  const auto plain = load_tensor_data(options).train;
  EXPECT_FALSE(plain.target_mean.defined());
  const auto data = load_tensor_data(TensorDataOptions(options).standardize_targets(true).test(45));
  const auto values = data.train.batch_targets(0, 100);
  EXPECT_EQ(values.scalar_type(), torch::kFloat32);
  EXPECT_NEAR(values.select(1, 0).mean().item<double>(), 0, 1e-6);
  EXPECT_NEAR(values.select(1, 0).std(/*unbiased=*/false).item<double>(), 1, 1e-6);
  const auto all = at::cat({values, data.test.batch_targets(0, 45)}).select(1, 0);
  EXPECT_EQ(std::get<0>(at::_unique(all)).size(0), 145);
  EXPECT_TRUE(values.select(1, 1).equal(data.train.targets.select(1, 1).to(torch::kFloat32)));

  const auto only_labels = put(torch::ones({145, 2}), labels).targets(TargetKind::values).standardize_targets(true);
  EXPECT_FALSE(load_tensor_data(only_labels).train.target_mean.defined());
}

TEST_F(TensorDataTest, NamesTheRowThatIsNotFinite) {
  auto inputs = torch::zeros({2000, 1000});  // two chunks
  inputs[1999][999] = NAN;
  EXPECT_THAT([&] { load_tensor_data(put(inputs, torch::zeros({2000}))); },
              ThrowsMessage<DataError>(HasSubstr("data.pt:x: row 1999 (counted from 0)")));
}

// Whoever writes into a file that is trained on.
TEST_F(TensorDataTest, NamesAFileThatIsNoLongerWhatWasRead) {
  const auto path = folder_.path / "x.safetensors";
  const auto put_inputs = [&](float value) {
    auto x = torch::ones({100, 4});
    x[7][2] = value;
    TensorMap tensors;
    tensors.insert("x", x);
    write_safetensors(folder_.path / "new", tensors, {});
    std::filesystem::copy_file(folder_.path / "new", path, std::filesystem::copy_options::overwrite_existing);
  };
  const auto targets = put(torch::ones({100, 4}), torch::arange(100).remainder(4)).train_targets();
  put_inputs(0);
  const auto train = load_tensor_data(TensorDataOptions(path.string(), targets)).train;
  EXPECT_NO_THROW(check_finite_examples(train));
  put_inputs(NAN);
  EXPECT_THAT([&] { check_finite_examples(train); },
              ThrowsMessage<DataError>(
                  AllOf(HasSubstr(path.string() + ": has been changed while it was in use: row 7"), HasSubstr("NaN"))));
  EXPECT_NO_THROW(check_finite_examples(train, torch::tensor({6, 8})));
}

}  // namespace
}  // namespace vib
