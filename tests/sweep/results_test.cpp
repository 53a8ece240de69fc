#include "vib/sweep/results.h"

#include <cmath>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/report/plot/markup.h"
#include "tests/temporary_folder.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/sweep/points.h"

namespace vib {
namespace {

using testing::AllOf;
using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsNan;
using testing::Optional;
using testing::SizeIs;
using testing::ThrowsMessage;

constexpr const char* kHeader =
    "objective.beta,model.encoder.hidden,seed,format,deterministic,test_error,test_nll_bits,test_distortion_bits,"
    "test_rate_bits,test_izy_bits,validation_nll_bits,run,status\n";

SweepResults parse(const std::string& rows) { return parse_sweep(kHeader + rows, "s/sweep.csv"); }

/// A finished trial with these settings; the rest is made up.
SweepTrial trial(std::string beta, SplitNumbers test, SplitNumbers validation = {}) {
  return {.settings = {std::move(beta)}, .repeat = "0", .run = "run", .test = test, .validation = validation};
}

SplitNumbers in_plane(double rate, double izy) { return {{"rate_bits", rate}, {"izy_bits", izy}}; }
SplitNumbers with_nll(double nll) { return {{"nll_bits", nll}}; }

TEST(SweepResults, ReadsEveryTrialByTheNamesOfItsColumns) {
  const SweepResults results =
      parse("0.001,\"[512, 512]\",18446744073709551615,1,false,0.0125,0.25,0.5,22.5,2.75,0.375,\"a,b\",finished\n");
  EXPECT_THAT(results.keys, ElementsAre("objective.beta", "model.encoder.hidden"));
  ASSERT_THAT(results.trials, SizeIs(1));
  const SweepTrial& trial = results.trials[0];
  EXPECT_THAT(trial.settings, ElementsAre("0.001", "[512, 512]"));
  EXPECT_EQ(trial.repeat, "18446744073709551615");
  EXPECT_EQ(trial.run, "a,b");
  EXPECT_FALSE(trial.diverged);
  EXPECT_FALSE(trial.deterministic);
  EXPECT_EQ(number_of(trial.test, "error"), 0.0125);
  EXPECT_EQ(number_of(trial.test, "nll_bits"), 0.25);
  EXPECT_EQ(number_of(trial.test, "distortion_bits"), 0.5);
  EXPECT_EQ(number_of(trial.test, "rate_bits"), 22.5);
  EXPECT_EQ(number_of(trial.test, "izy_bits"), 2.75);
  EXPECT_EQ(number_of(trial.validation, "nll_bits"), 0.375);
  EXPECT_THAT(number_of(trial.validation, "error"), IsNan()) << "there is no such column";
}

TEST(SweepResults, WhatIsMissingIsNotANumber) {
  const SweepResults results = parse(
      "0,x,0,1,true,0.5,0.25,0.5,,2.75,,anchor,finished\n"
      "0.001,x,0,,,,,,,,,lost,diverged\n");
  ASSERT_THAT(results.trials, SizeIs(2));
  EXPECT_TRUE(results.trials[0].deterministic);
  EXPECT_THAT(number_of(results.trials[0].test, "rate_bits"), IsNan());
  EXPECT_THAT(number_of(results.trials[0].validation, "nll_bits"), IsNan());
  EXPECT_TRUE(results.trials[1].diverged);
  EXPECT_THAT(number_of(results.trials[1].test, "error"), IsNan());
}

TEST(SweepResults, ASeedThatIsNotSweptIsNoKeyEither) {
  const SweepResults results =
      parse_sweep("objective.beta,format,seed,deterministic,test_error,run,status\n0.1,1,7,false,0.5,r,finished\n");
  EXPECT_THAT(results.keys, ElementsAre("objective.beta"));
  EXPECT_EQ(results.trials.at(0).repeat, "7");
}

TEST(SweepResults, FoldsAndSplitsRepeatASettingAsSeedsDo) {
  const auto folds = parse_sweep(
      "objective.beta,data.fold,format,seed,deterministic,test_error,run,status\n0.1,3,1,7,false,0.5,r,finished\n");
  EXPECT_THAT(folds.keys, ElementsAre("objective.beta"));
  EXPECT_EQ(folds.repeat, "fold");
  EXPECT_EQ(folds.trials.at(0).repeat, "3");
  const auto both = parse_sweep("seed,data.split_seed,run,status\n1,2,r,diverged\n");
  EXPECT_EQ(both.repeat, "repeat");
  EXPECT_EQ(both.trials.at(0).repeat, "1/2");
}

TEST(SweepResults, BeforeAnyTrialHasASummaryTheKeysEndAtTheRun) {
  const SweepResults results = parse_sweep("objective.beta,seed,run,status\n0.1,7,r,diverged\n");
  EXPECT_THAT(results.keys, ElementsAre("objective.beta"));
  EXPECT_TRUE(results.trials.at(0).diverged);
}

TEST(SweepResults, QuotesMayHoldQuotesAndLineEnds) {
  const SweepResults results = parse_sweep("k,run,status\r\n\"say \"\"a\"\"\n, b\",r,diverged\r\n1,s,diverged");
  ASSERT_THAT(results.trials, SizeIs(2));
  EXPECT_THAT(results.trials[0].settings, ElementsAre("say \"a\"\n, b"));
  EXPECT_EQ(results.trials[1].run, "s");
}

TEST(SweepResults, NamesTheDamagedLine) {
  const auto damaged = [](const std::string& rows, const std::string& where, const std::string& what) {
    EXPECT_THAT([&] { parse(rows); },
                ThrowsMessage<StateError>(AllOf(HasSubstr("s/sweep.csv:" + where + ": "), HasSubstr(what))));
  };
  const std::string good = "1,\"x\ny\",0,1,false,0.5,0.25,0.5,1,2,,r,finished\n";
  damaged("0.001,x\n", "2", "2 fields where the header has 13");
  damaged(good + "0.001,x\n", "4", "2 fields where the header has 13");  // the row before has two lines
  damaged("1,x,0,1,false,low,0.25,0.5,1,2,,r,finished\n", "2", "test_error is 'low', not a number");
  damaged("1,x,0,1,false,0.5 ,0.25,0.5,1,2,,r,finished\n", "2", "test_error is '0.5 ', not a number");
  damaged("1,x,0,1,false,nan,0.25,0.5,1,2,,r,finished\n", "2", "test_error is 'nan', not a number");
  damaged("1,x,0,1,false,0.5,0.25,0.5,1,2,,r,half\n", "2", "status is 'half', not diverged or finished");
  damaged("1,x,0,1,,0.5,0.25,0.5,1,2,,r,finished\n", "2", "deterministic is '', not true or false");
  damaged("1,\"x,0\n", "2", "a cell begins with a quote (\") that is never closed");
  damaged("", "1", "no trial of the sweep has ended yet");
  EXPECT_THAT([] { parse_sweep("", "s/sweep.csv"); }, ThrowsMessage<StateError>(HasSubstr("s/sweep.csv:1: empty")));
  EXPECT_THAT([] { parse_sweep("objective.beta,status\n1,finished\n"); },
              ThrowsMessage<StateError>(HasSubstr("sweep.csv:1: no column 'run'")));
}

TEST(SweepResults, ComesFromTheFileOfTheSweep) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder.path / "sweep.csv", "objective.beta,seed,run,status\n0.1,7,r,diverged\n");
  EXPECT_THAT(read_sweep(folder.path).trials, SizeIs(1));
  std::filesystem::remove(folder.path / "sweep.csv");
  EXPECT_THAT([&] { read_sweep(folder.path); }, ThrowsMessage<StateError>(HasSubstr("sweep.csv")));
}

TEST(SweepResults, ANumberIsTheWholeFieldInEveryLocale) {
  const CommaLocale german;
  EXPECT_THAT(number_in("3.16228e-06"), Optional(3.16228e-06));
  EXPECT_THAT(number_in("-2"), Optional(-2.0));
  for (const char* word : {"", "mlp", "1,5", "1x", " 1", "inf", "[1]"})
    EXPECT_EQ(number_in(word), std::nullopt) << word;
}

TEST(SweepPoints, AreWhatDiffersInTheSeedAlone) {
  const auto points =
      points_of(parse("0.01,x,0,1,false,0.25,1,2,3,1,,a,finished\n"
                      "0.001,y,0,1,false,0.5,1,2,3,1,,b,finished\n"
                      "0.01,x,1,1,false,0.75,1,2,3,1,,c,finished\n"
                      "0.001,x,1,1,false,0.125,1,2,3,1,,d,finished\n"));
  ASSERT_THAT(points, SizeIs(3));
  EXPECT_THAT(points[0].settings, ElementsAre("0.001", "x"));
  EXPECT_THAT(points[1].settings, ElementsAre("0.001", "y"));
  EXPECT_THAT(points[2].settings, ElementsAre("0.01", "x"));
  ASSERT_THAT(points[2].trials, SizeIs(2));
  EXPECT_EQ(points[2].trials[1].run, "c");
}

TEST(SweepPoints, AreInTheOrderOfTheirNumbers) {
  const auto points = points_of({{"objective.beta"},
                                 {trial("mlp", {}), trial("0.01", {}), trial("1e-06", {}), trial("conv", {}),
                                  trial("1", {}), trial("0.0001", {})}});
  std::vector<std::string> order;
  for (const SweepPoint& point : points) order.push_back(point.settings[0]);
  EXPECT_THAT(order, ElementsAre("1e-06", "0.0001", "0.01", "1", "conv", "mlp"));
}

TEST(SweepPoints, CasesComeInTheOrderOfTheTableAndAreCalledByTheirName) {
  auto results =
      SweepResults{{"case"}, {trial("vib", {}), trial("dropout", {}), trial("vib", {}), trial("baseline", {})}};
  results.trials[3].deterministic = true;
  std::vector<std::string> order;
  for (const SweepPoint& point : points_of(results)) order.push_back(describe_point(results.keys, point));
  EXPECT_THAT(order, ElementsAre("vib", "dropout", "baseline"));
}

TEST(SweepPoints, TheDeterministicModelIsNotTheStochasticOneOfBetaZero) {
  const auto points =
      points_of(parse("0,x,0,1,false,0.25,1,2,3,1,,a,finished\n"
                      "0,x,0,1,true,0.5,1,2,,1,,b,finished\n"));
  ASSERT_THAT(points, SizeIs(2));
  EXPECT_TRUE(points[0].deterministic);
  EXPECT_FALSE(points[1].deterministic);
}

TEST(SweepPoints, DivergedTrialsCountForNothing) {
  const auto points =
      points_of(parse("0,x,0,1,true,0.5,1,2,,1,,a,finished\n"
                      "0,x,1,,,,,,,,,b,diverged\n"     // of the deterministic ones, which it cannot say
                      "0.01,x,0,,,,,,,,,c,diverged\n"  // all there is of its point
                      "0.01,x,1,,,,,,,,,d,diverged\n"));
  ASSERT_THAT(points, SizeIs(2));
  EXPECT_THAT(points[0].trials, SizeIs(1));
  EXPECT_THAT(points[1].settings, ElementsAre("0.01", "x"));
  EXPECT_THAT(points[1].trials, IsEmpty());
  const Statistic error = points[1].test("error");
  EXPECT_EQ(error.n, 0);
  EXPECT_THAT(error.mean, IsNan());
}

TEST(SweepPoints, MeanAndDeviationAreOfTheSample) {
  // 1, 2, 4: mean 7/3, squares (16 + 1 + 25) / 9 = 14/3, over n - 1 = 2: sd √(7/3).
  const auto points = points_of(
      {{"objective.beta"},
       {trial("1", with_nll(1), with_nll(8)), trial("1", with_nll(2)), trial("1", {}), trial("1", with_nll(4))}});
  ASSERT_THAT(points, SizeIs(1));
  const Statistic nll = points[0].test("nll_bits");
  EXPECT_EQ(nll.n, 3);
  EXPECT_THAT(nll.mean, DoubleEq(7.0 / 3));
  EXPECT_THAT(nll.sd, DoubleEq(std::sqrt(7.0 / 3)));
  const Statistic validation = points[0].validation("nll_bits");
  EXPECT_EQ(validation.n, 1);
  EXPECT_EQ(validation.mean, 8);
  EXPECT_THAT(validation.sd, IsNan()) << "one number has no spread";
}

TEST(SweepPoints, TheParetoFrontIsWhatNothingBeats) {
  const auto points = points_of({{"objective.beta"},
                                 {trial("1", in_plane(10, 3.0)),      //
                                  trial("2", in_plane(10, 3.0)),      // a tie: neither beats the other
                                  trial("3", in_plane(10, 2.9)),      // beaten at the same rate
                                  trial("4", in_plane(20, 3.0)),      // beaten at the same information
                                  trial("5", in_plane(5, 2.0)),       //
                                  trial("6", in_plane(100, 3.1)),     // the best information, at any rate
                                  trial("7", in_plane(200, 2.5)),     // beaten in both
                                  trial("8", in_plane(NAN, 3.2))}});  // without a rate
  EXPECT_THAT(pareto_front(points), ElementsAre(true, true, false, false, true, true, false, false));
}

TEST(SweepPoints, TheFrontIsOfMeans) {
  // The first of β = 1 alone would beat β = 2; the mean of its two does not.
  const auto points = points_of(
      {{"objective.beta"}, {trial("1", in_plane(1, 3.0)), trial("1", in_plane(9, 3.0)), trial("2", in_plane(4, 2.5))}});
  EXPECT_THAT(pareto_front(points), ElementsAre(true, true));
}

TEST(SweepPoints, TheBestIsChosenOnTheValidationSplit) {
  auto points = points_of({{"objective.beta"},
                           {trial("1", with_nll(0.1), with_nll(0.5)),  // the best on the test set
                            trial("2", with_nll(0.9), with_nll(0.25)), trial("2", with_nll(0.9), with_nll(0.35)),
                            trial("3", with_nll(0.5), with_nll(0.2)), trial("3", with_nll(0.5), with_nll(0.45))}});
  EXPECT_THAT(best_by_validation(points), Optional(1u)) << "by the mean: 0.3 against 0.5 and 0.325";
  for (SweepPoint& point : points) {
    for (SweepTrial& t : point.trials) t.validation = {};
  }
  EXPECT_EQ(best_by_validation(points), std::nullopt);
}

TEST(SweepPoints, AreDescribedAsPeopleSayIt) {
  const std::vector<std::string> keys = {"objective.beta", "model.latent.dim"};
  EXPECT_EQ(describe_point(keys, {{"0.001", "8"}, false, {}}), "β = 0.001, model.latent.dim = 8");
  EXPECT_EQ(describe_point(keys, {{"0.001", "8"}, false, {}}, "objective.beta"), "model.latent.dim = 8");
  EXPECT_EQ(describe_point(keys, {{"0", "8"}, true, {}}), "deterministic, model.latent.dim = 8");
  EXPECT_EQ(describe_point({}, {{}, false, {}}), "");
}

}  // namespace
}  // namespace vib
