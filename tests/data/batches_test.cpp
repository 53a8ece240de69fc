#include "vib/data/batches.h"

#include <cstdint>
#include <set>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "vib/core/random.h"

namespace vib {
namespace {

bool is_permutation(const torch::Tensor& order) {
  return std::get<0>(order.sort()).equal(torch::arange(order.size(0)));
}

TEST(EpochOrder, IsAPermutation) {
  for (const std::int64_t examples : {0, 1, 2, 1000}) EXPECT_TRUE(is_permutation(epoch_order(examples, 0, 0)));
}

TEST(EpochOrder, DependsOnItsArgumentsAlone) {
  torch::manual_seed(1);
  const auto first = epoch_order(1000, 7, 3);
  torch::manual_seed(2);
  EXPECT_TRUE(epoch_order(1000, 7, 3).equal(first));
}

TEST(EpochOrder, DiffersBetweenEpochsAndSeeds) {
  const std::uint64_t high_bit = std::uint64_t{1} << 63;
  std::set<std::vector<std::int64_t>> orders;
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2}, high_bit}) {
    for (std::int64_t epoch = 0; epoch < 10; ++epoch) {
      const auto order = epoch_order(20, seed, epoch);
      orders.insert({order.data_ptr<std::int64_t>(), order.data_ptr<std::int64_t>() + 20});
    }
  }
  EXPECT_EQ(orders.size(), 40u);
}

TEST(EpochOrder, PutsEveryExampleEverywhere) {
  constexpr int kEpochs = 4000;
  auto counts = torch::zeros({5, 5});
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    counts.index_put_({torch::arange(5), epoch_order(5, 0, epoch)}, torch::ones({5}), /*accumulate=*/true);
  }
  // Each count is binomial: 800 expected, deviation 25.
  EXPECT_LT((counts - kEpochs / 5.0).abs().max().item<double>(), 5 * 25.3);
}

TEST(BatchRanges, CoverEveryPositionOnceInOrder) {
  for (const std::int64_t examples : {1, 9, 10, 11, 100}) {
    for (const std::int64_t batch_size : {1, 3, 10, 1000}) {
      std::int64_t next = 0;
      for (const auto& range : batch_ranges(examples, batch_size)) {
        EXPECT_EQ(range.begin, next);
        EXPECT_LE(range.size(), batch_size);
        EXPECT_GT(range.size(), 0);
        next = range.end;
      }
      EXPECT_EQ(next, examples);
    }
  }
}

TEST(BatchRanges, KeepOrDropTheSmallerLastBatch) {
  EXPECT_EQ(batch_ranges(10, 4), (std::vector<BatchRange>{{0, 4}, {4, 8}, {8, 10}}));
  EXPECT_EQ(batch_ranges(10, 4, /*drop_last=*/true), (std::vector<BatchRange>{{0, 4}, {4, 8}}));
  EXPECT_EQ(batch_ranges(8, 4, /*drop_last=*/true), batch_ranges(8, 4));
  EXPECT_TRUE(batch_ranges(3, 4, /*drop_last=*/true).empty());
  EXPECT_TRUE(batch_ranges(0, 4).empty());
}

TEST(BatchRanges, RefuseABatchOfNothing) {
  EXPECT_THROW(batch_ranges(10, 0), c10::Error);
  EXPECT_THROW(batch_ranges(10, -1), c10::Error);
}

TEST(DeriveSeed, FollowsThePublishedGenerator) {
  // The first values of splitmix64 seeded with 0: it adds the same constant for each.
  EXPECT_EQ(splitmix64(0), 0xE220A8397B1DCDAFu);
  EXPECT_EQ(splitmix64(0x9E3779B97F4A7C15u), 0x6E789E6AA1B965F4u);
}

TEST(DeriveSeed, SeparatesStreamsInTheBitsThatTheGeneratorUses) {
  std::set<std::uint32_t> seeds;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    for (std::uint64_t stream = 0; stream < 6; ++stream) {
      seeds.insert(static_cast<std::uint32_t>(derive_seed(seed, stream)));
      seeds.insert(static_cast<std::uint32_t>(derive_seed(seed << 32, stream + 6)));
    }
  }
  EXPECT_EQ(seeds.size(), 1200u);
}

}  // namespace
}  // namespace vib
