#include "vib/experiment/metrics_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/atomic_file.h"

namespace vib {
namespace {

class MetricsFileTest : public testing::Test, public test::TemporaryFolder {
 protected:
  static History history(int epochs, double loss = 0.5) {
    History result;
    for (int i = 1; i <= epochs; ++i) {
      EpochRecord record;
      record.epoch = i;
      record.train.set("loss_bits", loss);
      result.push_back(record);
    }
    return result;
  }
  std::string written(const History& history) const {
    MetricsFile(file()).write(history);
    return read_file(file());
  }
  std::filesystem::path file() const { return path / "metrics.jsonl"; }
  ino_t inode() const {
    struct stat status {};
    EXPECT_EQ(::stat(file().c_str(), &status), 0);
    return status.st_ino;
  }
};

TEST_F(MetricsFileTest, GrowsInPlace) {
  MetricsFile metrics(file());
  metrics.write(history(1));
  const auto one = read_file(file());
  const auto first = inode();
  metrics.write(history(3));
  EXPECT_TRUE(read_file(file()).starts_with(one));
  EXPECT_EQ(read_file(file()).size(), 3 * one.size());
  EXPECT_EQ(inode(), first);
}

TEST_F(MetricsFileTest, OfAKilledRunLosesWhatIsBehindItsCheckpoint) {
  const auto undisturbed = written(history(4));
  for (const std::string tail : {"", R"({"epoch":5,"st)", "{\"epoch\":5}\n{\"epoch\":6}\n"}) {
    write_file_atomically(file(), undisturbed + tail);
    EXPECT_EQ(written(history(4)), undisturbed) << tail;
  }
  // The checkpoint is of epoch 2; epoch 3 was trained again.
  write_file_atomically(file(), undisturbed);
  auto resumed = history(4);
  resumed[2].seconds = 7;
  const auto text = written(resumed);
  EXPECT_TRUE(text.starts_with(undisturbed.substr(0, undisturbed.size() / 2)));
  EXPECT_EQ(text.find("\"seconds\":7"), text.rfind("\"seconds\":7"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
  EXPECT_EQ(written({}), "");
}

}  // namespace
}  // namespace vib
