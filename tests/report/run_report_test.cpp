#include "vib/report/run_report.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/report/plot/markup.h"
#include "tests/temporary_folder.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/core/tensor_file.h"
#include "vib/data/row_splits.h"
#include "vib/data/sets/digits.h"
#include "vib/evaluate/metric_info.h"
#include "vib/experiment/build.h"
#include "vib/nn/weights.h"
#include "vib/report/metric_title.h"

namespace vib {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

constexpr const char* kMetrics =
    R"({"epoch":1,"step":600,"seconds":3,"replicas":1,"beta":0.001,"lr":0.0001,)"
    R"("train":{"loss_bits":0.75,"distortion_bits":0.5,"rate_bits":40,"error":0.125},)"
    R"("validation":{"error":0.0625,"nll_bits":0.25,"distortion_bits":0.375,"rate_bits":41},)"
    R"("validation_raw":{"error":0.25,"nll_bits":0.5,"distortion_bits":0.625,"rate_bits":42}})"
    "\n"
    R"({"epoch":2,"step":1200,"seconds":3,"replicas":1,"beta":0.001,"lr":0.00005,)"
    R"("train":{"loss_bits":null,"distortion_bits":0.25,"rate_bits":30,"error":0.0625},)"
    R"("validation":{"error":0.03125,"nll_bits":0.125,"distortion_bits":0.25,"rate_bits":31},)"
    R"("validation_raw":{"error":0.125,"nll_bits":0.25,"distortion_bits":0.5,"rate_bits":32}})"
    "\n";

constexpr const char* kDeterministic =
    R"({"epoch":1,"beta":0.001,"lr":0.0001,"train":{"loss_bits":0.5,"distortion_bits":0.5,"rate_bits":null}})"
    "\n";

constexpr const char* kSummary = R"({"seed": 7, "beta": 0.001, "device": "cpu", "precision": "float32", "epochs": 2,
"test": {"error": 0.0125, "nll_bits": 0.0664, "rate_bits": 22.31}})";

class RunReport : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(run_);
    write_file_atomically(run_ / "metrics.jsonl", kMetrics);
    write_file_atomically(run_ / "summary.json", kSummary);
    write_file_atomically(run_ / "config.yaml", "seed: 7  # <a & b>\n");
  }

  std::string read(const char* name) const { return read_file(run_ / name); }

  const test::TemporaryFolder temporary_;
  const fs::path run_ = temporary_.path / "mnist & co";
};

TEST_F(RunReport, WritesThePictureItsNumbersAndThePage) {
  write_run_report(run_);
  const std::string svg = read("curves.svg"), page = read("report.html");
  EXPECT_TRUE(is_well_formed(svg));
  for (const char* title :
       {">Loss and distortion<", ">Rate<", ">Error<", ">Negative log-likelihood<", ">β<", ">Learning rate<"}) {
    EXPECT_THAT(svg, HasSubstr(title));
  }
  EXPECT_TRUE(is_well_formed(page));
  EXPECT_THAT(page, HasSubstr(svg));
  EXPECT_THAT(page, HasSubstr("<h1>mnist &amp; co</h1>"));
  EXPECT_THAT(page, HasSubstr("<tr><td>error (%)</td><td>1.25</td></tr>"));
  EXPECT_THAT(page, HasSubstr("seed: 7  # &lt;a &amp; b&gt;"));
}

TEST_F(RunReport, CsvHoldsTheNumbersOfTheRun) {
  write_run_report(run_);
  const std::string csv = read("curves.csv");
  for (const char* row :
       {"Loss and distortion,train loss,1,0.75,,\n", "Loss and distortion,train loss,2,,,\n",
        "Loss and distortion,validation distortion,2,0.25,,\n", "Negative log-likelihood,\"validation, raw\",1,0.5,,\n",
        "Rate,train,2,30,,\n", "Rate,\"validation, averaged\",1,41,,\n", "Error,train,1,12.5,,\n",
        "Error,\"validation, averaged\",2,3.125,,\n", "Error,\"validation, raw\",2,12.5,,\n",
        "Weight of the rate,β,1,0.001,,\n", "Learning rate,learning rate,2,5e-05,,\n"}) {
    EXPECT_THAT(csv, HasSubstr(row));
  }
}

TEST_F(RunReport, ADeterministicModelHasNoPanelForTheRate) {
  write_file_atomically(run_ / "metrics.jsonl", kDeterministic);
  write_run_report(run_);
  const std::string svg = read("curves.svg");
  EXPECT_THAT(svg, AllOf(HasSubstr(">Loss<"), HasSubstr(">Learning rate<")));
  EXPECT_THAT(svg, AllOf(Not(HasSubstr("Rate<")), Not(HasSubstr("β")), Not(HasSubstr(">Error<"))));
}

TEST_F(RunReport, WithoutAveragedWeightsThereIsOneValidationCurve) {
  std::string metrics = kMetrics;
  for (auto at = metrics.find("validation_raw"); at != std::string::npos; at = metrics.find("validation_raw")) {
    metrics.replace(at, 14, "something_else");
  }
  write_file_atomically(run_ / "metrics.jsonl", metrics);
  write_run_report(run_);
  EXPECT_THAT(read("curves.csv"), AllOf(HasSubstr("Error,validation,1,6.25,,\n"), Not(HasSubstr("averaged"))));
}

TEST_F(RunReport, FetchesNothingAndRunsNothing) {
  write_run_report(run_);
  std::string page = read("report.html");
  const std::string name_space = "xmlns=\"http://www.w3.org/2000/svg\"";
  page.erase(page.find(name_space), name_space.size());
  for (const char* what : {"http", "//", "<script", "<link", "<img", "@import", "url("}) {
    EXPECT_THAT(page, Not(HasSubstr(what)));
  }
}

/// A run of digits with a 2-dimensional latent: its configuration, and the weights that it began with.
ExperimentConfig make_small(const fs::path& run, const std::string& data = "train: 20, test: 12, validation: 4") {
  write_file_atomically(run / "config.yaml",
                        "model: {latent: {dim: 2}, encoder: {hidden: [4]}}\n"
                        "data: {" +
                            data + "}\n");
  const auto config = load_experiment_config(run / "config.yaml", {});
  DataConfig digits;
  digits.target = config.data.target;
  digits.set.as<DigitsOptions>() = {.train = 1, .test = 1};
  digits.validation = "0";
  const auto description = load_data(digits, torch::kCPU).description;
  save_tensors(run / "weights.pt", copy_weights(*build_model(config, description, torch::kCPU)));
  write_file_atomically(run / "data.json", to_json(description).dump());
  return config;
}

TEST_F(RunReport, ALatentOfTwoDimensionsIsDrawn) {
  const auto config = make_small(run_);
  write_run_report(run_);
  const std::string svg = read("embedding.svg"), page = read("report.html");
  EXPECT_TRUE(is_well_formed(page));
  EXPECT_THAT(page, HasSubstr(svg));
  EXPECT_THAT(svg, AllOf(HasSubstr("first 12 test examples"), HasSubstr("width=\"640\" height=\"640\"")));

  // The test examples of the run as it was, not of the fewer that are drawn anew.
  const auto data = load_data(config.data, torch::kCPU);
  const Dataset& test = data.splits.test;
  const auto posterior = build_model(config, data.description, torch::kCPU)->encode(test.batch_inputs(0, 12));
  const std::string csv = read("embedding.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 13);
  const auto last_row = std::to_string(11) + ',' + std::to_string(test.targets[11].item<std::int64_t>()) + ',';
  const auto at = csv.find('\n' + last_row);
  ASSERT_NE(at, std::string::npos);
  EXPECT_NEAR(std::stod(csv.substr(at + 1 + last_row.size())), posterior.mean()[11][0].item<double>(), 1e-5);
}

TEST_F(RunReport, ImagesThatAreReconstructedAreShown) {
  make_small(run_, "train: 20, test: 12, validation: 4, target: input");
  write_run_report(run_);
  const std::string svg = read("reconstructions.svg"), page = read("report.html");
  EXPECT_TRUE(is_well_formed(page));
  EXPECT_THAT(page, AllOf(HasSubstr(svg), Not(HasSubstr("Embedding"))));
  EXPECT_THAT(svg, AllOf(HasSubstr("first 12 test images"), HasSubstr("data:image/png;base64,iVBORw0KGgo")));

  const std::string csv = read("reconstructions.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 2 * 12 * 28 * 28);
  const auto config = load_experiment_config(run_ / "config.yaml", {});
  const auto pixel = load_data(config.data, torch::kCPU).splits.test.inputs[3][0][14][14].item<double>() / 255;
  const auto at = csv.find("\ninput,3,14,14,");
  ASSERT_NE(at, std::string::npos);
  EXPECT_NEAR(std::stod(csv.substr(at + 15)), pixel, 1e-4);
}

/// A run of somebody's own data with its initial weights, as training leaves it behind.
ExperimentData make_own(const fs::path& run, const std::string& data) {
  write_file_atomically(run / "config.yaml", "model: {latent: {dim: 2}, encoder: {hidden: [4]}}\ndata: {root: " +
                                                 run.string() + ", " + data + "}\n");
  const auto config = load_experiment_config(run / "config.yaml", {});
  auto experiment = load_data(config.data, torch::kCPU);
  save_tensors(run / "weights.pt", copy_weights(*build_model(config, experiment.description, torch::kCPU)));
  write_file_atomically(run / "data.json", to_json(experiment.description).dump());
  return experiment;
}

void save_images(const fs::path& run, std::int64_t channels) {
  TensorMap tensors;
  tensors.insert("x", torch::arange(6 * channels * 64).reshape({6, channels, 8, 8}).to(torch::kUInt8));
  save_tensors(run / "images.pt", tensors);
}

constexpr const char* kImages = "name: tensors, train_inputs: images.pt:x, test: 2, validation: 1, target: input";

TEST_F(RunReport, ImagesInColourAreShownInColour) {
  save_images(run_, 3);
  const auto data = make_own(run_, kImages);
  write_run_report(run_);
  EXPECT_THAT(read("report.html"), AllOf(HasSubstr("The first 2 test images<"), Not(HasSubstr("could not be drawn"))));
  const auto pixel = [&](int channel) { return data.splits.test.inputs[1][channel][7][6].item<double>() / 255; };
  EXPECT_THAT(read("reconstructions.csv"),
              AllOf(HasSubstr("row,column,y,x,red,green,blue\n"),
                    HasSubstr(fmt::format("\ninput,1,7,6,{:.4g},{:.4g},{:.4g}\n", pixel(0), pixel(1), pixel(2)))));
}

TEST_F(RunReport, OfImagesOfOtherChannelsTheFirstIsShown) {
  save_images(run_, 5);
  make_own(run_, kImages);
  write_run_report(run_);
  EXPECT_THAT(read("report.html"), HasSubstr("The first 2 test images, the first of their 5 channels"));
  EXPECT_TRUE(is_well_formed(read("reconstructions.svg")));
}

/// A table in which only the rows held out for validation have one of the categories.
std::string table_for(std::int64_t size, const torch::Tensor& validation) {
  std::string csv = "size,colour,price\n";
  const auto held_out = validation.to(torch::kInt64);
  for (std::int64_t row = 0; row < size; ++row) {
    const bool only_here = held_out.eq(row).any().item<bool>();
    csv += fmt::format("{},{},{}\n", row * row, only_here ? "violet" : row % 2 == 0 ? "red" : "blue", 1000.5 * row);
  }
  return csv;
}

constexpr const char* kTable =
    "name: csv, train_file: houses.csv, target_columns: [price], targets: values, test_share: 0.25, validation: 5";

TEST_F(RunReport, AnEmbeddingTakesTheDataAsTheRunPreparedThem) {
  const auto splits = split_rows(40, 10, SplitOptions().validation(5), {}, "houses.csv");
  write_file_atomically(run_ / "houses.csv", table_for(40, splits.validation));
  const auto data = make_own(run_, kTable);
  ASSERT_EQ(data.description.table.inputs.at(1).categories.size(), 2u) << "violet is in the validation part alone";
  write_run_report(run_);
  const std::string csv = read("embedding.csv"), svg = read("embedding.svg");
  const auto config = load_experiment_config(run_ / "config.yaml", {});
  const auto mean =
      build_model(config, data.description, torch::kCPU)->encode(data.splits.test.batch_inputs(0, 10)).mean();
  const auto row = fmt::format("\n9,{},", data.splits.test.targets[9][0].item<double>());
  ASSERT_THAT(csv, HasSubstr(row));
  EXPECT_NEAR(std::stod(csv.substr(csv.find(row) + row.size())), mean[9][0].item<double>(), 1e-5);
  EXPECT_THAT(svg, HasSubstr(">target "));

  write_file_atomically(run_ / "houses.csv", table_for(40, splits.train));
  write_run_report(run_);
  EXPECT_THAT(read("report.html"), HasSubstr("houses.csv: has changed since the run was trained"));
}

TEST_F(RunReport, WhatLibTorchSaysIsOnThePageWithoutItsBacktrace) {
  make_small(run_);
  auto broken = read_data_description(run_ / "data.json");
  broken.shape = {28 * 28};
  broken.mean = torch::zeros({28 * 28});  // broadcasts to no image
  broken.scale = torch::ones({28 * 28});
  write_file_atomically(run_ / "data.json", to_json(broken).dump());
  write_run_report(run_);
  EXPECT_THAT(read("report.html"), AllOf(HasSubstr("This picture could not be drawn: The size of tensor a"),
                                         Not(HasSubstr("Exception raised from")), HasSubstr("Results")));
}

TEST_F(RunReport, EveryMetricWithAPlaceInPicturesHasAPanel) {
  std::string validation;
  for (const MetricInfo& metric : metric_infos())
    validation += fmt::format(R"({}"{}":0.5)", validation.empty() ? "" : ",", metric.key);
  write_file_atomically(run_ / "metrics.jsonl", R"({"epoch":1,"validation":{)" + validation + "}}\n");
  write_run_report(run_);
  for (const MetricInfo& metric : metric_infos()) {
    const auto row = fmt::format("{},validation,1,{},", metric_title(metric), 0.5 * metric.factor);
    EXPECT_EQ(read("curves.csv").find("\n" + row) != std::string::npos, metric.in_pictures) << metric.key;
  }
}

TEST_F(RunReport, AnyOtherLatentIsNot) {
  write_run_report(run_);
  EXPECT_FALSE(fs::exists(run_ / "embedding.svg"));
  EXPECT_THAT(read("report.html"), Not(HasSubstr("Embedding")));
}

TEST_F(RunReport, WithoutTheDataThePageSaysSo) {
  make_small(run_, "name: mnist, root: /nowhere/mnist");
  write_run_report(run_);
  EXPECT_FALSE(fs::exists(run_ / "embedding.svg"));
  EXPECT_THAT(read("report.html"),
              AllOf(HasSubstr("This picture could not be drawn: "), HasSubstr("/nowhere/mnist"), HasSubstr("<svg")));
}

TEST_F(RunReport, WithoutTheWeightsThePageSaysSo) {
  make_small(run_);
  fs::remove(run_ / "weights.pt");
  write_run_report(run_);
  EXPECT_THAT(read("report.html"), AllOf(HasSubstr("This picture could not be drawn: "), HasSubstr("weights.pt")));
}

TEST_F(RunReport, APictureThatCannotBeWrittenIsAnError) {
  make_small(run_);
  fs::create_directory(run_ / "embedding.csv");
  EXPECT_THAT([&] { write_run_report(run_); }, ThrowsMessage<StateError>(HasSubstr("embedding.csv: cannot ")));
}

TEST_F(RunReport, TheSameRunGivesTheSameBytes) {
  write_run_report(run_);
  const std::string first = read("report.html") + read("curves.csv");
  write_run_report(run_ / "");
  EXPECT_EQ(read("report.html") + read("curves.csv"), first);
}

TEST_F(RunReport, NamesTheDamagedLineAndWritesNothing) {
  const auto damaged = [&](const std::string& second_line, const std::string& message) {
    write_file_atomically(run_ / "metrics.jsonl", kDeterministic + second_line);
    EXPECT_THAT([&] { write_run_report(run_); },
                ThrowsMessage<StateError>(AllOf(HasSubstr("metrics.jsonl:2: "), HasSubstr(message))));
    EXPECT_FALSE(fs::exists(run_ / "report.html"));
    EXPECT_FALSE(fs::exists(run_ / "curves.svg"));
  };
  damaged(R"({"epoch":2,"train":{"loss_)", "not JSON");
  damaged("\n", "not JSON");
  damaged("[2]\n", "not the metrics of an epoch");
  damaged(R"({"step":2})", "not the metrics of an epoch");
  damaged(R"({"epoch":2,"train":{"loss_bits":"low"}})", "train/loss_bits is \"low\", not a number");
}

TEST_F(RunReport, NamesWhatIsMissing) {
  for (const char* file : {"metrics.jsonl", "summary.json", "config.yaml"}) {
    const std::string content = read(file);
    fs::remove(run_ / file);
    EXPECT_THAT([&] { write_run_report(run_); }, ThrowsMessage<StateError>(HasSubstr(file)));
    EXPECT_FALSE(fs::exists(run_ / "report.html"));
    write_file_atomically(run_ / file, content);
  }
  write_file_atomically(run_ / "metrics.jsonl", "");
  EXPECT_THAT([&] { write_run_report(run_); }, ThrowsMessage<StateError>(HasSubstr("metrics.jsonl:1: empty")));
}

}  // namespace
}  // namespace vib
