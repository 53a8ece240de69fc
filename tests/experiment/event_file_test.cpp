#include "vib/experiment/event_file.h"

#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

// RFC 3720, appendix B.4, and the check value of the catalogue of parametrised CRC algorithms.
TEST(Crc32c, IsTheStandards) {
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43u);
}

TEST(TfRecord, FramesAsTensorFlowDoes) {
  // How every event file begins: its first record is 24 bytes long.
  const auto record = tf_record(std::string(24, 'x'));
  EXPECT_EQ(record.size(), 8 + 4 + 24 + 4);
  EXPECT_EQ(record.substr(0, 12), std::string("\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22", 12));
  EXPECT_EQ(record.substr(12, 24), std::string(24, 'x'));
}

class EventFile : public testing::Test, public test::TemporaryFolder {
 protected:
  static ScalarEvent event(std::int64_t step, double value) { return {step, {{"a", value}, {"b/train", -value}}}; }

  std::vector<fs::path> files() const { return {fs::directory_iterator(path), fs::directory_iterator()}; }
  fs::path file() const {
    EXPECT_EQ(files().size(), 1u);
    return files().at(0);
  }
  std::string written(const std::vector<ScalarEvent>& events) const {
    write_event_file(path, events);
    return read_file(file());
  }
};

TEST_F(EventFile, IsNamedAsTensorBoardExpects) {
  write_event_file(path, {});
  EXPECT_THAT(file().filename().string(),
              testing::MatchesRegex("events\\.out\\.tfevents\\.[0-9]{10}\\..+\\.[0-9]+\\.0\\.vib"));
}

TEST_F(EventFile, GrowsByTheNewEventsAlone) {
  const auto none = written({}), one = written({event(10, 0.5)}), two = written({event(10, 0.5), event(300, 1)});
  EXPECT_EQ(none.size(), 8u + 4 + 24 + 4);
  EXPECT_TRUE(one.starts_with(none));
  EXPECT_TRUE(two.starts_with(one));
  EXPECT_GT(one.size(), none.size());
  EXPECT_GT(two.size(), one.size());
  EXPECT_EQ(written({event(10, 0.5), event(300, 1)}), two);
}

TEST_F(EventFile, IsNeverReplacedForAReaderThatHoldsIt) {
  write_event_file(path, {event(1, 1), event(2, 2)});
  std::ifstream reader(file(), std::ios::binary);
  const std::string before{std::istreambuf_iterator<char>(reader), {}};
  const auto after = written({event(1, 1), event(2, 2), event(3, 3)});
  reader.clear();
  const std::string more{std::istreambuf_iterator<char>(reader), {}};
  EXPECT_FALSE(more.empty());
  EXPECT_EQ(before + more, after);
}

TEST_F(EventFile, LosesWhatARunWroteBehindItsCheckpoint) {
  const auto one = written({event(1, 1)});
  write_event_file(path, {event(1, 1), event(2, 2), event(3, 3)});
  EXPECT_EQ(written({event(1, 1)}), one);
}

TEST_F(EventFile, IsMendedWhereItIsTornOrDamaged) {
  const std::vector<ScalarEvent> events = {event(1, 1), event(2, 2)};
  const auto whole = written(events);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    fs::resize_file(file(), size);
    ASSERT_EQ(written(events).size(), whole.size()) << size;
  }
  const auto begin = tf_record(std::string(24, 'x')).size();
  auto damaged = read_file(file());
  damaged[begin + 30] ^= 1;
  std::ofstream(file(), std::ios::binary) << damaged << "more";
  const auto mended = written(events);
  EXPECT_EQ(mended.size(), whole.size());
  EXPECT_EQ(mended.substr(0, begin), damaged.substr(0, begin));
  EXPECT_NE(mended[begin + 30], damaged[begin + 30]);
}

TEST_F(EventFile, LeavesThoseOfOthersAlone) {
  const auto other = path / "events.out.tfevents.1700000000.host.1.0";
  std::ofstream(other) << "somebody's";
  write_event_file(path, {event(1, 1)});
  EXPECT_EQ(files().size(), 2u);
  EXPECT_EQ(read_file(other), "somebody's");
}

TEST_F(EventFile, NamesAFolderThatIsNotThere) {
  EXPECT_THAT([&] { write_event_file(path / "missing", {}); },
              testing::ThrowsMessage<StateError>(testing::HasSubstr((path / "missing").string())));
}

}  // namespace
}  // namespace vib
