#include "vib/report/progress.h"

#include <algorithm>
#include <limits>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vib {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// What a terminal of one line shows after it was sent `bytes`: it knows the carriage return and "erase to the end".
std::string screen_after(const std::string& bytes) {
  std::string screen;
  std::size_t column = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\r') {
      column = 0;
    } else if (bytes.compare(i, 3, "\x1b[K") == 0) {
      screen.resize(column);
      i += 2;
    } else {
      if (column == screen.size()) screen += ' ';
      screen[column++] = bytes[i];
    }
  }
  return screen;
}

class ProgressTest : public testing::Test {
 protected:
  Progress make(Progress::Mode mode) {
    return {out_, mode, [this] { return width_; }, [this] { return now_; }};
  }
  std::string screen() const { return screen_after(out_.str()); }

  ProgressUpdate full_ = {.epoch = 3,
                          .epochs = 20,
                          .step = 412,
                          .steps = 600,
                          .loss_bits = 0.3119,
                          .rate_bits = 24.06,
                          .error = 0.0187,
                          .examples_per_second = 41'200.3,
                          .seconds_left = 72};
  std::ostringstream out_;
  int width_ = 200;
  steady_clock::time_point now_{};
};

TEST_F(ProgressTest, ShowsEveryNumberWithItsUnit) {
  Progress progress = make(Progress::Mode::kTerminal);
  progress.update(full_);
  EXPECT_EQ(screen(),
            "epoch  3/20  step 412/600  loss 0.312 bits  rate 24.1 bits  error 1.87 %  41,200 examples/s  1:12 left");
}

TEST_F(ProgressTest, LeavesOutWhatIsNotKnown) {
  Progress progress = make(Progress::Mode::kTerminal);
  progress.update({.epoch = 1, .epochs = 2, .step = 5, .steps = 600});
  EXPECT_EQ(screen(), "epoch 1/2  step   5/600");
}

TEST_F(ProgressTest, RedrawsAtMostTenTimesASecond) {
  Progress progress = make(Progress::Mode::kTerminal);
  for (int step = 1; step <= 1000; ++step) {
    full_.step = step;
    progress.update(full_);
    now_ += milliseconds(1);
  }
  const std::string bytes = out_.str();
  EXPECT_EQ(std::count(bytes.begin(), bytes.end(), '\r'), 10);
}

TEST_F(ProgressTest, AShorterLineLeavesNothingOfTheLongerOne) {
  Progress progress = make(Progress::Mode::kTerminal);
  progress.update(full_);
  now_ += milliseconds(100);
  progress.update({.epoch = 4, .epochs = 20, .step = 1, .steps = 600});
  EXPECT_EQ(screen(), "epoch  4/20  step   1/600");
}

TEST_F(ProgressTest, IsCutToTheWidthOfTheMoment) {
  Progress progress = make(Progress::Mode::kTerminal);
  for (const int width : {120, 30, 12, 1, 0}) {
    width_ = width;
    progress.update(full_);
    EXPECT_LT(screen().size(), static_cast<std::size_t>(std::max(width, 1))) << "a full line would wrap";
    now_ += milliseconds(100);
  }
}

TEST_F(ProgressTest, IsCutBetweenCharacters) {
  Progress progress = make(Progress::Mode::kTerminal);
  width_ = 3;
  progress.update({.context = "βγδ"});
  EXPECT_EQ(screen(), "βγ");
}

TEST_F(ProgressTest, MakesRoomAndComesBack) {
  Progress progress = make(Progress::Mode::kTerminal);
  progress.update(full_);
  progress.clear();
  EXPECT_EQ(screen(), "");
  progress.update(full_);
  EXPECT_THAT(screen(), StartsWith("epoch  3/20"));
}

TEST_F(ProgressTest, IsGoneWhenTrainingIsOver) {
  {
    Progress progress = make(Progress::Mode::kTerminal);
    progress.update(full_);
  }
  EXPECT_EQ(screen(), "");
}

TEST_F(ProgressTest, ElsewhereWritesAPlainLineForEachEpoch) {
  {
    Progress progress = make(Progress::Mode::kLines);
    for (full_.epoch = 1; full_.epoch <= 2; ++full_.epoch) {
      for (full_.step = 1; full_.step <= full_.steps; ++full_.step) progress.update(full_);
    }
  }
  EXPECT_EQ(out_.str(),
            "epoch  1/20  loss 0.312 bits  rate 24.1 bits  error 1.87 %  41,200 examples/s  1:12 left\n"
            "epoch  2/20  loss 0.312 bits  rate 24.1 bits  error 1.87 %  41,200 examples/s  1:12 left\n");
}

TEST_F(ProgressTest, WithoutStepsElsewhereWritesALineForEachContext) {
  {
    Progress progress = make(Progress::Mode::kLines);
    for (int epoch = 0; epoch < 100; ++epoch) {
      const std::string context = epoch < 50 ? "0 of 2 trials" : "1 of 2 trials";
      progress.update({.context = context, .epoch = epoch, .epochs = 100});
    }
  }
  EXPECT_EQ(out_.str(), "0 of 2 trials  epoch   0/100\n1 of 2 trials  epoch  50/100\n");
}

TEST_F(ProgressTest, WithoutStepsATerminalShowsNone) {
  Progress progress = make(Progress::Mode::kTerminal);
  progress.update({.context = "0 of 2 trials", .epoch = 3, .epochs = 100, .seconds_left = 72});
  EXPECT_EQ(screen(), "0 of 2 trials  epoch   3/100  1:12 left");
}

TEST_F(ProgressTest, QuietWritesNothing) {
  {
    Progress progress = make(Progress::Mode::kQuiet);
    full_.step = full_.steps;
    progress.update(full_);
    progress.clear();
  }
  EXPECT_EQ(out_.str(), "");
}

TEST_F(ProgressTest, ALossThatIsNotANumberIsShownAsSuch) {
  Progress progress = make(Progress::Mode::kTerminal);
  full_.loss_bits = std::numeric_limits<double>::quiet_NaN();
  full_.seconds_left = std::numeric_limits<double>::infinity();
  progress.update(full_);
  EXPECT_THAT(screen(), HasSubstr("loss nan bits"));
  EXPECT_THAT(screen(), Not(HasSubstr("left")));
}

}  // namespace
}  // namespace vib
