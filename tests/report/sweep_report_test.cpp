#include "vib/report/sweep_report.h"

#include <cmath>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/report/plot/markup.h"
#include "tests/temporary_folder.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/evaluate/metric_info.h"
#include "vib/report/sweep_plots.h"

namespace vib {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::ThrowsMessage;

constexpr const char* kSweep =
    "objective.beta,seed,format,deterministic,test_error,test_nll_bits,test_distortion_bits,test_rate_bits,"
    "test_izy_bits,run,status\n"
    "0.01,0,1,false,0.25,0.5,0.25,6,2.75,\"beta=0.01,seed=0\",finished\n"
    "0.01,1,1,false,0.75,1.5,0.75,10,2.25,\"beta=0.01,seed=1\",finished\n"
    "1,0,1,false,0.5,2.5,2.5,0.5,0.5,\"beta=1,seed=0\",finished\n"
    "1,1,,,,,,,,\"beta=1 & <b>,seed=1\",diverged\n"
    "0,0,1,true,0.125,0.25,0.25,,2.75,baseline,finished\n";

class SweepReport : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(sweep_ / "runs" / "beta=0.01,seed=0");
    write_file_atomically(sweep_ / "sweep.csv", kSweep);
    write_file_atomically(sweep_ / "sweep.yaml", "sweep:  # <a & b>\n");
    write_file_atomically(sweep_ / "runs" / "beta=0.01,seed=0" / "report.html", "");
  }

  std::string read(const char* name) const { return read_file(sweep_ / name); }

  const test::TemporaryFolder temporary_;
  const fs::path sweep_ = temporary_.path / "mnist & co";
};

TEST_F(SweepReport, ThePageHoldsPicturesTableRunsAndConfiguration) {
  write_sweep_report(sweep_);
  const std::string page = read("report.html");
  EXPECT_TRUE(is_well_formed(page));
  for (const char* name : {"error", "nll", "information"}) {
    const std::string svg = read_file(sweep_ / (std::string(name) + ".svg"));
    EXPECT_TRUE(is_well_formed(svg));
    EXPECT_THAT(page, HasSubstr(svg));
    EXPECT_THAT(page, HasSubstr(std::string("href=\"") + name + ".csv\""));
  }
  EXPECT_THAT(page, HasSubstr("<h1>mnist &amp; co</h1>"));
  EXPECT_THAT(page, HasSubstr("5 trials · 2 values of β · 2 seeds · 1 deterministic · 1 diverged"));
  EXPECT_THAT(page, HasSubstr("<tr><td>0.01</td><td>2</td><td>50.00 ± 35.36</td><td>1.0000 ± 0.7071</td>"
                              "<td>8.00 ± 2.83</td><td>2.5000 ± 0.3536</td><td>●</td></tr>"));
  EXPECT_THAT(page, HasSubstr("1 trial diverged and is left out: beta=1 &amp; &lt;b&gt;,seed=1."));
  EXPECT_THAT(page, HasSubstr("sweep:  # &lt;a &amp; b&gt;"));
}

TEST_F(SweepReport, LinksTheRunsThatHaveAPage) {
  fs::create_directories(sweep_ / "runs" / "beta=1 & <b>,seed=1");
  write_file_atomically(sweep_ / "runs" / "beta=1 & <b>,seed=1" / "report.html", "");
  write_sweep_report(sweep_);
  const std::string page = read("report.html");
  EXPECT_THAT(page, HasSubstr(R"(<li><a href="runs/beta=0.01,seed=0/report.html">beta=0.01,seed=0</a></li>)"));
  EXPECT_THAT(page, HasSubstr("<li>beta=0.01,seed=1</li>"));
  EXPECT_THAT(page, HasSubstr(R"(<a href="runs/beta=1%20%26%20%3Cb%3E,seed=1/report.html">)"
                              "beta=1 &amp; &lt;b&gt;,seed=1</a> (diverged)</li>"));
}

TEST_F(SweepReport, TheCsvHoldsWhatThePictureShows) {
  write_sweep_report(sweep_);
  const std::string error = read("error.csv");
  EXPECT_THAT(error, HasSubstr("Error against β,mean ± sd of 2 seeds,0.01,50,14.64466094067"));  // 50 - 50/√2
  EXPECT_THAT(error, HasSubstr("Error against β,mean ± sd of 2 seeds,1,50,,\n"));
  EXPECT_THAT(error, HasSubstr("Error against β,each seed,0.01,25,,\nError against β,each seed,0.01,75,,\n"));
  EXPECT_THAT(error, HasSubstr("Error against β,deterministic,,12.5,,\n"));
  EXPECT_THAT(read("nll.csv"), HasSubstr(",deterministic,,0.25,,\n"));
  const std::string information = read("information.csv");
  EXPECT_THAT(information, HasSubstr(",mean ± sd of 2 seeds,8,2.5,"));
  EXPECT_THAT(information, HasSubstr(",each seed,6,2.75,,,,\n"));
  EXPECT_THAT(information, HasSubstr(",H(Y) = 3.00,,3,,,,\n"));
}

TEST_F(SweepReport, FetchesNothingAndRunsNothing) {
  write_sweep_report(sweep_);
  std::string page = read("report.html");
  const std::string name_space = "xmlns=\"http://www.w3.org/2000/svg\"";
  for (auto at = page.find(name_space); at != std::string::npos; at = page.find(name_space)) {
    page.erase(at, name_space.size());
  }
  for (const char* what : {"http", "//", "<script", "<link", "<img", "@import", "url("}) {
    EXPECT_THAT(page, Not(HasSubstr(what)));
  }
}

TEST_F(SweepReport, TheSameSweepGivesTheSameBytesInEveryLocale) {
  write_sweep_report(sweep_);
  const std::string first = read("report.html") + read("information.csv");
  const CommaLocale german;
  write_sweep_report(sweep_ / "");
  EXPECT_EQ(read("report.html") + read("information.csv"), first);
}

TEST_F(SweepReport, NamesWhatIsMissingOrDamagedAndWritesNothing) {
  write_file_atomically(sweep_ / "sweep.csv", std::string(kSweep) + "0.1\n");
  EXPECT_THAT([&] { write_sweep_report(sweep_); }, ThrowsMessage<StateError>(HasSubstr("sweep.csv:7: 1 fields")));
  write_file_atomically(sweep_ / "sweep.csv", kSweep);
  fs::remove(sweep_ / "sweep.yaml");
  EXPECT_THAT([&] { write_sweep_report(sweep_); }, ThrowsMessage<StateError>(HasSubstr("sweep.yaml")));
  EXPECT_FALSE(fs::exists(sweep_ / "report.html"));
  EXPECT_FALSE(fs::exists(sweep_ / "error.svg"));
}

TEST_F(SweepReport, SaysWhichPictureThereIsNoneOf) {
  write_file_atomically(sweep_ / "sweep.csv",
                        "model.encoder.type,format,deterministic,test_error,test_rate_bits,run,status\n"
                        "mlp,1,true,0.25,,a,finished\nconv,1,true,0.5,,b,finished\n");
  write_sweep_report(sweep_);
  EXPECT_THAT(read("report.html"),
              AllOf(HasSubstr("nothing to draw a metric against"), HasSubstr("No trial has a rate"),
                    HasSubstr("<td>conv, deterministic</td>"), Not(HasSubstr("As files"))));
  EXPECT_FALSE(fs::exists(sweep_ / "error.svg"));
}

TEST_F(SweepReport, PutsCasesSideBySideInOnePicture) {
  write_file_atomically(sweep_ / "sweep.csv",
                        "case,format,deterministic,test_error,test_rate_bits,run,status\n"
                        "wide,1,false,0.25,4,a,finished\nnarrow,1,false,0.5,2,b,finished\n");
  write_sweep_report(sweep_);
  EXPECT_TRUE(is_well_formed(read("cases.svg")));
  EXPECT_THAT(read("cases.svg"), AllOf(HasSubstr("Error by case"), HasSubstr("Rate by case"), HasSubstr(">narrow<")));
  EXPECT_THAT(read("cases.csv"), AllOf(HasSubstr(",1,25,"), HasSubstr(",2,2,")));
}

// ---- the pictures ---------------------------------------------------------------------------------------------------

SweepTrial trial(std::vector<std::string> settings, SplitNumbers test) {
  return {.settings = std::move(settings), .repeat = "0", .run = "run", .test = test, .validation = {}};
}

TEST(SweepPlots, OfValuesAreTheirErrorAndDistortionAgainstTheRate) {
  const auto plots =
      sweep_plots({{"objective.beta"},
                   {trial({"0.1"}, {{"rmse", 0.25}, {"nll_bits", 2}, {"distortion_bits", 2}, {"rate_bits", 3}}),
                    trial({"0.5"}, {{"rmse", 0.5}, {"nll_bits", 3}, {"distortion_bits", 3}, {"rate_bits", 1}})}});
  ASSERT_EQ(plots.size(), 3u);
  EXPECT_EQ(plots[0].name, "rmse");
  EXPECT_THAT(plots[0].plot.series[0].y, ElementsAre(0.25, 0.5));
  EXPECT_EQ(plots[1].name, "nll");
  EXPECT_EQ(plots[2].name, "rate_distortion");
  EXPECT_THAT(plots[2].plot.series[0].x, ElementsAre(3, 1));
  EXPECT_THAT(plots[2].plot.series[0].y, ElementsAre(2, 3));
}

TEST(SweepPlots, AreAgainstBetaOnALogAxisWithBarsOfOneDeviation) {
  const auto plots = sweep_plots(parse_sweep(kSweep));
  ASSERT_THAT(plots, SizeIs(3));
  const Plot& plot = plots[0].plot;
  EXPECT_EQ(plots[0].name, "error");
  EXPECT_EQ(plot.x.label, "β");
  EXPECT_EQ(plot.x.scale, AxisScale::kLog);
  EXPECT_EQ(plot.y.label, "error (%)");
  ASSERT_THAT(plot.series, SizeIs(2));
  EXPECT_THAT(plot.series[0].x, ElementsAre(0.01, 1));
  EXPECT_THAT(plot.series[0].y, ElementsAre(50, 50));
  EXPECT_THAT(plot.series[0].y_high[0], DoubleNear(50 + 50 / std::sqrt(2.0), 1e-9));
  EXPECT_THAT(plot.series[0].y_low[0], DoubleNear(50 - 50 / std::sqrt(2.0), 1e-9));
  EXPECT_TRUE(std::isnan(plot.series[0].y_low[1])) << "one seed left";
  EXPECT_EQ(plot.series[1].mark, Mark::kFaintPoints);
  EXPECT_THAT(plot.series[1].x, ElementsAre(0.01, 0.01, 1));
  EXPECT_THAT(plot.series[1].y, ElementsAre(25, 75, 50));
  ASSERT_THAT(plot.references, SizeIs(1));
  EXPECT_EQ(plot.references[0].label, "deterministic");
  EXPECT_EQ(plot.references[0].y, 12.5);
}

TEST(SweepPlots, TheErrorIsOnALogAxisWhereItSpansADecade) {
  SweepResults results{{"objective.beta"}, {trial({"0.01"}, {{"error", 0.015}}), trial({"1"}, {{"error", 0.9}})}};
  EXPECT_EQ(sweep_plots(results).at(0).plot.y.scale, AxisScale::kLog);
  results.trials[0].test["error"] = 0.5;
  EXPECT_EQ(sweep_plots(results).at(0).plot.y.scale, AxisScale::kLinear);
}

TEST(SweepPlots, TheInformationCurveHasItsBounds) {
  const Plot plot = sweep_plots(parse_sweep(kSweep)).at(2).plot;
  ASSERT_THAT(plot.series, SizeIs(3));
  EXPECT_THAT(plot.series[0].x, ElementsAre(8, 0.5)) << "in the order of β; the deterministic model has no rate";
  EXPECT_THAT(plot.series[0].y, ElementsAre(2.5, 0.5));
  EXPECT_THAT(plot.series[0].x_high[0], DoubleNear(8 + std::sqrt(8.0), 1e-9));
  EXPECT_THAT(plot.series[0].labels, ElementsAre("0.01", "1"));
  EXPECT_THAT(plot.series[1].x, ElementsAre(6, 10, 0.5));
  ASSERT_THAT(plot.references, SizeIs(1)) << "every trial has the same H(Y)";
  EXPECT_EQ(plot.references[0].y, 3);
  const Series& bound = plot.series[2];
  EXPECT_EQ(bound.name, "I(Z;Y) = rate");
  EXPECT_EQ(bound.x, bound.y);
  EXPECT_THAT(bound.x.front(), DoubleNear(0.5, 1e-12));
  EXPECT_EQ(bound.x.back(), 3) << "up to H(Y), no further";
}

TEST(SweepPlots, BetaZeroIsALineWhereALogAxisHasNoPlaceAndStillHasItsRate) {
  const auto plots = sweep_plots({{"objective.beta"},
                                  {trial({"0"}, {{"error", 0.5}, {"rate_bits", 90}, {"izy_bits", 1}}),
                                   trial({"0.1"}, {{"error", 0.25}, {"rate_bits", 9}, {"izy_bits", 2}}),
                                   trial({"1"}, {{"error", 0.75}, {"rate_bits", 1}, {"izy_bits", 1}})}});
  EXPECT_THAT(plots.at(0).plot.series.at(0).x, ElementsAre(0.1, 1));
  ASSERT_THAT(plots[0].plot.references, SizeIs(1));
  EXPECT_EQ(plots[0].plot.references[0].label, "β = 0");
  EXPECT_EQ(plots[0].plot.references[0].y, 50);
  EXPECT_THAT(plots.back().plot.series.at(0).x, ElementsAre(90, 9, 1));
}

TEST(SweepPlots, EveryCombinationOfFurtherKeysIsALine) {
  SweepResults results{{"objective.beta", "model.latent.dim"}, {}};
  for (const char* dim : {"2", "16"}) {
    for (const char* beta : {"0.1", "1"}) {
      results.trials.push_back(trial({beta, dim}, {{"error", 0.5}}));
      results.trials.push_back(trial({beta, dim}, {{"error", 0.25}}));
    }
  }
  results.trials.push_back(trial({"0", "16"}, {{"error", 0.125}}));
  results.trials.back().deterministic = true;
  const Plot plot = sweep_plots(results).at(0).plot;
  ASSERT_THAT(plot.series, SizeIs(2)) << "no cloud of seeds behind several lines";
  EXPECT_EQ(plot.series[0].name, "model.latent.dim = 2");
  EXPECT_EQ(plot.series[1].name, "model.latent.dim = 16");
  EXPECT_THAT(plot.series[1].x, ElementsAre(0.1, 1));
  EXPECT_THAT(plot.series[1].y, Each(37.5));
  EXPECT_EQ(plot.references.at(0).label, "deterministic, 16");
}

TEST(SweepPlots, WithoutBetaTheFirstNumberIsTheAxis) {
  SweepResults results{{"model.encoder.type", "model.latent.dim"}, {}};
  for (const char* dim : {"2", "4"}) results.trials.push_back(trial({"mlp", dim}, {{"error", 0.5}}));
  for (const char* dim : {"2", "4"}) {
    results.trials.push_back(trial({"mlp", dim}, {{"error", 0.25}}));
    results.trials.back().deterministic = true;
  }
  const Plot plot = sweep_plots(results).at(0).plot;
  EXPECT_EQ(plot.title, "Error against model.latent.dim");
  EXPECT_EQ(plot.x.scale, AxisScale::kLinear);
  ASSERT_THAT(plot.series, SizeIs(2)) << "here the deterministic models have an x of their own";
  EXPECT_EQ(plot.series[0].name, "deterministic, model.encoder.type = mlp");
  EXPECT_THAT(plot.series[0].y, Each(25));
  EXPECT_THAT(plot.series[1].x, ElementsAre(2, 4));
  EXPECT_THAT(plot.references, IsEmpty());
}

TEST(SweepPlots, CasesStandSideBySideUnderTheirNames) {
  SweepResults results{
      {"case"},
      {trial({"vib"}, {{"error", 0.25}, {"rate_bits", 9}, {"izy_bits", 2}}),
       trial({"vib"}, {{"error", 0.75}, {"rate_bits", 11}, {"izy_bits", 2}}), trial({"a<b"}, {{"error", 0.125}})}};
  results.trials[2].deterministic = true;
  const auto plots = sweep_plots(results);
  const Plot& error = plots.at(0).plot;
  EXPECT_EQ(error.title, "Error by case");
  EXPECT_THAT(error.x.names, ElementsAre("vib", "a<b"));
  EXPECT_THAT(error.series.at(0).x, ElementsAre(1, 2));
  EXPECT_THAT(error.series[0].y, ElementsAre(50, 12.5));
  EXPECT_EQ(error.series[0].mark, Mark::kPoints) << "nothing lies between two cases";
  EXPECT_THAT(error.references, IsEmpty());
  const auto svg = to_svg(error);
  EXPECT_TRUE(is_well_formed(svg));
  EXPECT_THAT(svg, AllOf(HasSubstr(">vib<"), HasSubstr(">a&lt;b<")));
  EXPECT_THAT(plots.back().plot.series.at(0).labels, ElementsAre("vib"));
  EXPECT_THAT(sweep_plot_notes(results), IsEmpty());
}

TEST(SweepPlots, CasesAreLinesOverBeta) {
  SweepResults results{{"case", "objective.beta"},
                       {trial({"wide", "0.1"}, {{"error", 0.25}}), trial({"wide", "1"}, {{"error", 0.5}}),
                        trial({"narrow", "0.1"}, {{"error", 0.25}}), trial({"narrow", "1"}, {{"error", 0.5}}),
                        trial({"plain", ""}, {{"error", 0.125}})}};
  results.trials[4].deterministic = true;
  const Plot plot = sweep_plots(results).at(0).plot;
  EXPECT_EQ(plot.title, "Error against β");
  ASSERT_THAT(plot.series, SizeIs(2));
  EXPECT_EQ(plot.series[0].name, "wide");
  EXPECT_EQ(plot.references.at(0).label, "plain");
}

TEST(SweepPlots, NothingIsSaidToBeMissingWhereValuesArePredicted) {
  const SweepResults results{{"objective.beta"},
                             {trial({"0.1"}, {{"nll_bits", 2}, {"distortion_bits", 2}, {"rate_bits", 3}}),
                              trial({"0.5"}, {{"nll_bits", 3}, {"distortion_bits", 3}, {"rate_bits", 1}})}};
  EXPECT_THAT(sweep_plots(results), SizeIs(2)) << "an autoencoder: no error";
  EXPECT_THAT(sweep_plot_notes(results), IsEmpty());
}

TEST(SweepPlots, TheEndOfBetaIsAnAxisAndTheBaselineALine) {
  SweepResults results{{"objective.beta.to", "model.latent.dim"},
                       {trial({"1e-3", "4"}, {{"error", 0.25}, {"nll_bits", 1}, {"rate_bits", 2}}),
                        trial({"1e-1", "4"}, {{"error", 0.5}, {"nll_bits", 2}, {"rate_bits", 1}}),
                        trial({"", "4"}, {{"error", 0.125}, {"nll_bits", 3}})}};
  results.trials[2].deterministic = true;
  const auto plots = sweep_plots(results);
  ASSERT_THAT(plots, SizeIs(3));
  EXPECT_EQ(plots[0].plot.title, "Error against objective.beta.to");
  EXPECT_THAT(plots[0].plot.series.at(0).x, ElementsAre(1e-3, 1e-1));
  ASSERT_THAT(plots[0].plot.references, SizeIs(1));
  EXPECT_EQ(plots[0].plot.references[0].label, "deterministic, 4");
  EXPECT_EQ(plots[0].plot.references[0].y, 12.5);
  EXPECT_EQ(plots[1].plot.references.at(0).y, 3);
  EXPECT_THAT(sweep_plot_notes(results), IsEmpty());
}

TEST(SweepPlots, EveryMetricWithAPlaceInPicturesHasOne) {
  for (const MetricInfo& metric : metric_infos()) {
    const auto plots =
        sweep_plots({{"objective.beta"}, {trial({"0.1"}, {{metric.key, 0.5}}), trial({"1"}, {{metric.key, 0.25}})}});
    const bool drawn = !plots.empty() && plots[0].name == metric.short_key();
    EXPECT_EQ(drawn, metric.in_pictures) << metric.key;
    if (drawn) {
      EXPECT_THAT(plots[0].plot.series.at(0).y, ElementsAre(0.5 * metric.factor, 0.25 * metric.factor)) << metric.key;
    }
  }
}

TEST(SweepPlots, OfManySettingsCanBeDrawn) {
  SweepResults results{{"objective.beta", "model.latent.dim", "optimizer.lr"}, {}};
  for (const char* dim : {"2", "4", "8", "16"})
    for (const char* rate : {"1e-3", "1e-2", "3e-2", "1e-1"})
      for (const char* beta : {"1e-6", "1e-4", "1e-2", "10", "0"}) {
        results.trials.push_back(trial({beta, dim, rate}, {{"error", 0.5}, {"rate_bits", 2}, {"izy_bits", 1}}));
        results.trials.back().deterministic = *beta == '0';
      }
  for (const auto& [name, plot] : sweep_plots(results)) {
    EXPECT_TRUE(is_well_formed(to_svg(plot))) << name;
    EXPECT_THAT(to_svg(plot), HasSubstr("model.latent.dim = 16, optimizer.lr = 1e-1")) << name;
  }
}

TEST(SweepPlots, SchedulesAreNoAxis) {
  const auto plots = sweep_plots({{"objective.beta"},
                                  {trial({"{type: linear}"}, {{"error", 0.5}, {"rate_bits", 2}, {"izy_bits", 1}}),
                                   trial({"0.1"}, {{"error", 0.25}, {"rate_bits", 9}, {"izy_bits", 2}})}});
  ASSERT_THAT(plots, SizeIs(1));
  EXPECT_EQ(plots[0].name, "information");
  EXPECT_EQ(plots[0].plot.series.at(0).name, "β = 0.1");
  EXPECT_EQ(plots[0].plot.series.at(1).name, "β = {type: linear}");
}

}  // namespace
}  // namespace vib
