#include "vib/core/terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include <string>

#include <gtest/gtest.h>

#include "vib/core/descriptor.h"

namespace vib {
namespace {

/// A terminal of 132 columns, and the variables that speak of it as they are by default.
class TerminalTest : public testing::Test {
 protected:
  TerminalTest() {
    grantpt(other_end_.get());
    unlockpt(other_end_.get());
    terminal_ = std::fopen(ptsname(other_end_.get()), "r+");
    const winsize size{.ws_row = 24, .ws_col = 132, .ws_xpixel = 0, .ws_ypixel = 0};
    ioctl(other_end_.get(), TIOCSWINSZ, &size);
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
  }
  ~TerminalTest() override {
    std::fclose(terminal_);
    for (const auto& [name, value] : before_) value.empty() ? unsetenv(name) : setenv(name, value.c_str(), 1);
  }

  static std::pair<const char*, std::string> variable(const char* name) {
    const char* value = std::getenv(name);
    return {name, value == nullptr ? "" : value};
  }

  const std::pair<const char*, std::string> before_[2] = {variable("TERM"), variable("NO_COLOR")};
  const FileDescriptor other_end_{posix_openpt(O_RDWR | O_NOCTTY)};
  std::FILE* terminal_;
};

TEST_F(TerminalTest, IsRedrawnAndColouredInItsWidth) {
  EXPECT_TRUE(can_redraw(terminal_));
  EXPECT_TRUE(takes_colour(terminal_));
  EXPECT_EQ(terminal_width(terminal_), 132);
}

TEST_F(TerminalTest, HasNoColoursAgainstTheUsersWish) {
  setenv("NO_COLOR", "1", 1);
  EXPECT_TRUE(can_redraw(terminal_));
  EXPECT_FALSE(takes_colour(terminal_));
  setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(takes_colour(terminal_)) << "no-color.org: when it is not empty";
}

TEST_F(TerminalTest, IsWrittenPlainlyWhereItIsDumbOrUnknown) {
  for (const char* kind : {"dumb", ""}) {
    setenv("TERM", kind, 1);
    EXPECT_FALSE(can_redraw(terminal_)) << kind;
    EXPECT_FALSE(takes_colour(terminal_)) << kind;
  }
  unsetenv("TERM");
  EXPECT_FALSE(can_redraw(terminal_));
}

TEST_F(TerminalTest, AFileIsNone) {
  std::FILE* file = std::tmpfile();
  EXPECT_FALSE(can_redraw(file));
  EXPECT_FALSE(takes_colour(file));
  EXPECT_EQ(terminal_width(file), 80);
  std::fclose(file);
}

}  // namespace
}  // namespace vib
