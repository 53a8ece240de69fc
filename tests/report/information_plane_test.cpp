#include "vib/report/information_plane.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"

namespace vib {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

constexpr const char* kHeader =
    "epoch,layer,estimator,n,label_entropy_bits,itx_bits,ity_bits,itx_lower_bits,itx_upper_bits,ity_lower_bits,"
    "ity_upper_bits,entropy_bits,distinct,saturated\n";
constexpr const char* kGradients =
    "epoch,layer,mean_norm,deviation_norm,ratio\n"
    "1,backbone.layers.0,0.5,0.25,2\n2,backbone.layers.0,0.125,0,\n";

class InformationPlane : public testing::Test, public test::TemporaryFolder {
 protected:
  fs::path run(const std::string& name, const std::string& rows) const {
    fs::create_directories(path / name);
    write_file_atomically(path / name / "information.csv", kHeader + rows);
    return path / name;
  }
  std::string csv(const std::string& name) const { return read_file(path / (name + ".csv")); }
};

std::string row(int epoch, const std::string& layer, double itx, double ity, bool saturated = false) {
  return std::to_string(epoch) + ',' + layer + ",bins:30:-1:1,4096,1," + std::to_string(itx) + ',' +
         std::to_string(ity) + ",,,,," + std::to_string(itx) + ",9," + (saturated ? "1" : "0") + '\n';
}

TEST_F(InformationPlane, IsOfTheMeansOverTheRuns) {
  const auto a = run("a", row(1, "mean", 2, 0.25) + row(2, "mean", 3, 0.5));
  const auto b = run("b", row(1, "mean", 4, 0.75) + row(2, "mean", 5, 0.5));
  const auto section = information_section({{"", {a, b}}}, path);
  EXPECT_THAT(section, AllOf(HasSubstr("Information plane"), HasSubstr("means of 2 runs"), HasSubstr("4,096 examples"),
                             HasSubstr("2 epochs from 1 to 2"), Not(HasSubstr("measure the number of examples"))));
  EXPECT_THAT(csv("plane"), AllOf(HasSubstr("bins:30:-1:1,mean,3,0.5,"), HasSubstr("bins:30:-1:1,mean,4,0.5,")));
  EXPECT_THAT(csv("plane"), HasSubstr("bins:30:-1:1,limit,12,1,")) << "log2 of 4,096, and H(Y)";
  EXPECT_THAT(csv("plane_snapshots"), HasSubstr("\"bins:30:-1:1, after epoch 2\",mean,5,0.5,"));
}

TEST_F(InformationPlane, SaysWhereAnEstimateMeasuresTheNumberOfExamples) {
  const auto a = run("a", row(1, "mean", 12, 1, true) + row(2, "mean", 3, 0.5));
  EXPECT_THAT(information_section({{"", {a}}}, path),
              HasSubstr("In 1 of 2 estimates nearly every example has a cell of its own"));
}

TEST_F(InformationPlane, TellsSettingsApart) {
  const auto a = run("a", row(1, "mean", 2, 0.25)), b = run("b", row(1, "mean", 4, 0.75));
  information_section({{"tanh", {a}}, {"relu", {b}}}, path);
  EXPECT_THAT(csv("plane"),
              AllOf(HasSubstr("\"tanh, bins:30:-1:1\",mean,2,0.25"), HasSubstr("\"relu, bins:30:-1:1\",mean,4,0.75")));
}

TEST_F(InformationPlane, DrawsTheGradients) {
  const auto a = run("a", "");
  write_file_atomically(a / "gradients.csv", kGradients);
  const auto section = information_section({{"", {a}}}, path);
  EXPECT_THAT(section, AllOf(HasSubstr("Gradients"), Not(HasSubstr("Information plane"))));
  EXPECT_THAT(csv("gradient_norms"), AllOf(HasSubstr("backbone.layers.0,1,0.5,"), HasSubstr("backbone.layers.0,1,2,")));
}

TEST_F(InformationPlane, IsNotThereWithoutRecords) {
  fs::create_directories(path / "a");
  EXPECT_EQ(information_section({{"", {path / "a"}}}, path), "");
  EXPECT_FALSE(fs::exists(path / "plane.svg"));
}

TEST_F(InformationPlane, NamesTheLineThatIsDamaged) {
  const auto damaged = [&](const std::string& rows) {
    return [this, rows] { information_section({{"", {run("a", rows)}}}, path); };
  };
  EXPECT_THAT(damaged(row(1, "mean", 2, 1) + "2,mean\n"), ThrowsMessage<StateError>(HasSubstr("information.csv:3: ")));
  EXPECT_THAT(damaged("x" + row(1, "mean", 2, 1)),
              ThrowsMessage<StateError>(AllOf(HasSubstr("information.csv:2: epoch: 'x1' is no number"))));
  EXPECT_THAT(damaged("\"" + row(1, "mean", 2, 1)), ThrowsMessage<StateError>(HasSubstr("information.csv:2: ")));
}

}  // namespace
}  // namespace vib
