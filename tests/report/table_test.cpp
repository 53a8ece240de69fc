#include "vib/report/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vib/core/error.h"

namespace vib {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr const char* kSummary = R"({
  "format": 1, "seed": 18446744073709551615, "beta": 0.001, "device": "cpu", "precision": "float32", "threads": 2,
  "epochs": 200, "best_epoch": 183, "train_seconds": 641.2, "examples_per_second": 18712.3,
  "test": {"examples": 10000, "samples": 12, "error": 0.0125, "error_mean_z": 0.0127, "nll_bits": 0.06639,
           "distortion_bits": 0.1171, "rate_bits": 22.312, "izy_bits": 3.20434},
  "test_raw": {"examples": 10000, "samples": 12, "error": 0.0141, "error_mean_z": 0.0142, "nll_bits": 0.0814,
               "distortion_bits": 0.1333, "rate_bits": 22.4, "izy_bits": null}
})";

constexpr const char* kDeterministic = R"({
  "seed": 1, "beta": 0.001, "device": "cpu", "precision": "float32", "epochs": 1, "train_seconds": 3.14,
  "test": {"error": 0.0138, "nll_bits": 0.08, "rate_bits": null, "izy_bits": 3.1}
})";

TEST(Table, StaysInLineWithLettersOfSeveralBytes) {
  const std::string text = to_text({{"β", "error ± sd", "n"}, {{"10⁻³", "1.25 ± 0.04", "5"}, {"1", "–", "12345"}}});
  EXPECT_EQ(text,
            "β      error ± sd      n\n"
            "────  ───────────  ─────\n"
            "10⁻³  1.25 ± 0.04      5\n"
            "1               –  12345\n");
}

TEST(SummaryTable, SetsAveragedAndRawSideBySide) {
  const TextTable table = metrics_table(kSummary);
  EXPECT_THAT(table.header, ElementsAre("", "test, averaged", "test, raw"));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("error (%)", "1.25", "1.41"),              //
                                      ElementsAre("error at mean z (%)", "1.27", "1.42"),    //
                                      ElementsAre("NLL (bits)", "0.0664", "0.0814"),         //
                                      ElementsAre("distortion (bits)", "0.1171", "0.1333"),  //
                                      ElementsAre("rate (bits)", "22.31", "22.40"),          //
                                      ElementsAre("I(Z;Y) (bits)", "3.2043", "–")));
}

TEST(SummaryTable, ShowsAnErrorInAnyUnit) {
  EXPECT_THAT(metrics_table(R"({"test": {"rmse": 54.4321, "r2": 0.5}})").rows,
              ElementsAre(ElementsAre("RMSE", "54.4321"), ElementsAre("R²", "0.5000")));
  EXPECT_THAT(metrics_table(R"({"test": {"rmse": 3.01245e-6}})").rows, ElementsAre(ElementsAre("RMSE", "3.012e-06")));
  EXPECT_THAT(metrics_table(R"({"test": {"rmse": 3012456}})").rows, ElementsAre(ElementsAre("RMSE", "3.012e+06")));
}

TEST(SummaryTable, ADeterministicModelHasNoRateAndNoBeta) {
  const TextTable table = metrics_table(kDeterministic);
  EXPECT_THAT(table.header, ElementsAre("", "test"));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("error (%)", "1.38"), ElementsAre("NLL (bits)", "0.0800"),
                                      ElementsAre("I(Z;Y) (bits)", "3.1000")));
  EXPECT_EQ(describe_run(kDeterministic), "seed 1 · deterministic · 1 epoch · trained in 3.1 s · cpu · float32");
}

TEST(SummaryTable, SaysHowTheRunCameAbout) {
  EXPECT_EQ(
      describe_run(kSummary),
      "seed 18446744073709551615 · β 0.001 · 200 epochs · trained in 10.7 min · 18,712 examples/s · cpu · float32");
}

TEST(SummaryTable, NamesTheBestEpochOnlyWhereAValidationSplitChoseIt) {
  const std::string text = R"({"epochs": 20, "best_epoch": 7, "test": {"rate_bits": 3}, "validation": {"error": 0.5}})";
  EXPECT_EQ(describe_run(text), "20 epochs · best by validation: 7");
  EXPECT_THAT(metrics_table(text).header, ElementsAre("", "test", "validation"));
}

TEST(SummaryTable, EndsWithTheDescription) {
  EXPECT_EQ(summary_table(kSummary), to_text(metrics_table(kSummary)) + "\n" + describe_run(kSummary) + "\n");
}

TEST(SummaryTable, RefusesADamagedSummaryByFileAndLine) {
  EXPECT_THAT([] { metrics_table("{\n  \"test\": {\n    \"error\": 0.0", "run/summary.json"); },
              ThrowsMessage<StateError>(HasSubstr("run/summary.json:3: not JSON")));
  EXPECT_THAT([] { metrics_table("", "run/summary.json"); },
              ThrowsMessage<StateError>(HasSubstr("run/summary.json:1: not JSON")));
  EXPECT_THAT([] { metrics_table("[1]", "run/summary.json"); },
              ThrowsMessage<StateError>(HasSubstr("run/summary.json:1: no results on the test set")));
  EXPECT_THAT([] { metrics_table(R"({"test": {"error": "none"}})", "run/summary.json"); },
              ThrowsMessage<StateError>(HasSubstr("run/summary.json: test/error is \"none\", not a number")));
}

}  // namespace
}  // namespace vib
