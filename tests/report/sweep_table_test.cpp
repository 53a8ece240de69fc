#include "vib/report/sweep_table.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vib/evaluate/metric_info.h"

namespace vib {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

SweepTrial trial(std::vector<std::string> settings, std::string seed, SplitNumbers test, SplitNumbers validation = {}) {
  return {.settings = settings,
          .repeat = seed,
          .run = "beta=" + settings[0] + ",seed=" + seed,
          .test = test,
          .validation = validation};
}

/// Two seeds of β = 0.01, one of 0.1, the deterministic model, and two that diverged.
SweepResults sweep() {
  SweepResults results{
      {"objective.beta"},
      {trial({"0.01"}, "0", {{"error", 0.01}, {"nll_bits", 0.1}, {"rate_bits", 20}, {"izy_bits", 3.25}},
             {{"nll_bits", 0.25}}),
       trial({"0.01"}, "1", {{"error", 0.02}, {"nll_bits", 0.2}, {"rate_bits", 22}, {"izy_bits", 3.0}},
             {{"nll_bits", 0.375}}),
       trial({"0.1"}, "0", {{"error", 0.125}, {"nll_bits", 0.5}, {"rate_bits", 2.5}, {"izy_bits", 2.0}},
             {{"nll_bits", 0.75}}),
       trial({"0"}, "0", {{"error", 0.03}, {"nll_bits", 0.4}, {"izy_bits", 2.875}}, {{"nll_bits", 0.5}}),
       trial({"0.1"}, "1", {}), trial({"1"}, "0", {})}};
  results.trials[3].deterministic = true;
  results.trials[4].diverged = results.trials[5].diverged = true;
  return results;
}

TEST(SweepTable, HasARowForEachPoint) {
  const TextTable table = sweep_points_table(sweep());
  EXPECT_THAT(table.header,
              ElementsAre("β", "seeds", "error (%)", "NLL (bits)", "rate (bits)", "I(Z;Y) (bits)", "Pareto"));
  // sd of two numbers: their distance over √2.
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("deterministic", "1", "3.00", "0.4000", "–", "2.8750", ""),
                                      ElementsAre("0.01", "2", "1.50 ± 0.71", "0.1500 ± 0.0707", "21.00 ± 1.41",
                                                  "3.1250 ± 0.1768", "●"),
                                      ElementsAre("0.1", "1", "12.50", "0.5000", "2.50", "2.0000", "●"),
                                      ElementsAre("1", "0", "–", "–", "–", "–", "")));
}

TEST(SweepTable, HasARowOfTheEnsembleBelowItsMembers) {
  auto results = sweep();
  results.ensemble =
      SweepEnsemble{{results.trials[0].run, results.trials[1].run}, {{"error", 0.0125}, {"rate_bits", 21}}};
  const TextTable table = sweep_points_table(results);
  EXPECT_EQ(table.rows.size(), 5);
  EXPECT_THAT(table.rows.at(2), ElementsAre("0.01", "2 as one", "1.25", "–", "21.00", "–", ""));
  EXPECT_THAT(sweep_notes(results), Contains(HasSubstr("mean of those of its runs")));
}

TEST(SweepTable, FurtherKeysHaveColumns) {
  SweepResults results{{"model.latent.dim", "objective.beta"},
                       {trial({"2", "0.1"}, "0", {}), trial({"2", "0"}, "0", {})}};
  results.trials[1].deterministic = true;
  TextTable table = sweep_points_table(results);
  EXPECT_EQ(table.header[0], "model.latent.dim");
  EXPECT_EQ(table.header[1], "β");
  EXPECT_EQ(table.rows.at(0)[0], "2");
  EXPECT_EQ(table.rows.at(0)[1], "deterministic");
  EXPECT_EQ(table.rows.at(1)[1], "0.1");

  results.keys = {"case", "optimizer.lr"};
  EXPECT_EQ(sweep_points_table(results).rows.at(1)[0], "2") << "a case says by its name what it is";
  results.keys = {"model.latent.dim", "optimizer.lr"};
  EXPECT_EQ(sweep_points_table(results).rows.at(0)[0], "2, deterministic") << "there is no β to say it at";
}

TEST(SweepTable, OfValuesHasTheirErrorAndNoInformation) {
  const SweepResults results{
      {"objective.beta"},
      {trial({"0.1"}, "0", {{"rmse", 0.25}, {"nll_bits", 2}, {"distortion_bits", 2}, {"rate_bits", 3}}),
       trial({"0.5"}, "0", {{"rmse", 0.5}, {"nll_bits", 3}, {"distortion_bits", 3}, {"rate_bits", 4}})}};
  const auto table = sweep_points_table(results);
  EXPECT_THAT(table.header, ElementsAre("β", "seeds", "RMSE", "NLL (bits)", "rate (bits)", "Pareto"));
  EXPECT_THAT(table.rows[0], ElementsAre("0.1", "1", "0.2500", "2.0000", "3.00", "●"));
  EXPECT_EQ(table.rows[1].back(), "") << "more rate and more distortion";
  EXPECT_THAT(sweep_notes(results), Contains(HasSubstr("as low a rate and as low a distortion, by these means")));
}

TEST(SweepTable, EveryMetricWithAPlaceInTablesIsAColumnWhereThereAreNumbers) {
  for (const MetricInfo& metric : metric_infos()) {
    const auto table = sweep_points_table({{"objective.beta"}, {trial({"0.1"}, "0", {{metric.key, 0.5}})}});
    if (metric.in_table) {
      EXPECT_THAT(table.header, ElementsAre("β", "seeds", metric.label(), "Pareto"));
    } else {
      EXPECT_THAT(table.header, ElementsAre("β", "seeds", "Pareto"));
    }
  }
}

TEST(SweepTable, ABaselineHasNoEndOfBeta) {
  SweepResults results{{"model.latent.dim", "objective.beta.to"}, {trial({"4", ""}, "0", {}, {{"nll_bits", 1}})}};
  results.trials[0].deterministic = true;
  EXPECT_THAT(sweep_notes(results),
              Contains("Best validation NLL: deterministic, model.latent.dim = 4 (1.0000 bits, 1 seed)."));
}

TEST(SweepTable, WithoutAKeyBesidesTheSeedThereIsOneRow) {
  SweepResults results{{}, {trial({""}, "0", {{"error", 0.25}}), trial({""}, "1", {{"error", 0.75}})}};
  for (SweepTrial& t : results.trials) t.settings.clear();
  const TextTable table = sweep_points_table(results);
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows[0].size(), table.header.size());
  EXPECT_EQ(table.rows[0][2], "50.00 ± 35.36");
}

TEST(SweepTable, TheNotesSayWhatTheMarksMeanWhatIsBestAndWhatDiverged) {
  EXPECT_THAT(sweep_notes(sweep()),
              ElementsAre("On the test set: mean ± standard deviation over the seeds.", HasSubstr("● Pareto front: "),
                          "Best validation NLL: β = 0.01 (0.3125 ± 0.0884 bits, 2 seeds).",
                          "2 trials diverged and are left out: beta=0.1,seed=1, beta=1,seed=0."));
}

TEST(SweepTable, WhereTheDeterministicModelIsBestTheBestBottleneckIsNamedToo) {
  SweepResults results = sweep();
  results.trials[3].validation["nll_bits"] = 0.125;
  EXPECT_THAT(sweep_notes(results),
              Contains("Best validation NLL: deterministic (0.1250 bits, 1 seed); with a bottleneck: "
                       "β = 0.01 (0.3125 ± 0.0884 bits, 2 seeds)."));
}

TEST(SweepTable, WithoutAValidationSplitNothingIsBest) {
  SweepResults results = sweep();
  for (SweepTrial& t : results.trials) t.validation = {};
  const std::string text = sweep_table(results);
  EXPECT_THAT(text, HasSubstr("No setting is named best"));
  EXPECT_THAT(text, HasSubstr("data.validation=auto"));
  EXPECT_THAT(text, Not(HasSubstr("Best")));
}

TEST(SweepTable, SaysNothingOfWhatIsNotThere) {
  const auto notes = sweep_notes({{"objective.beta"}, {trial({"0.1"}, "0", {{"error", 0.5}}, {{"nll_bits", 1.5}})}});
  EXPECT_THAT(notes, ElementsAre("On the test set.", "Best validation NLL: β = 0.1 (1.5000 bits, 1 seed)."));
}

TEST(SweepTable, IsTableAndNotes) {
  const std::string text = sweep_table(sweep());
  EXPECT_THAT(text, HasSubstr(to_text(sweep_points_table(sweep())) + "\nOn the test set"));
  EXPECT_THAT(text, HasSubstr("beta=1,seed=0.\n"));
}

TEST(SweepTable, TheSweepIsDescribedByItsSize) {
  EXPECT_EQ(describe_sweep(sweep()), "6 trials · 3 values of β · 2 seeds · 1 deterministic · 2 diverged");
}

}  // namespace
}  // namespace vib
