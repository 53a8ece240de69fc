#pragma once

#include <map>
#include <set>
#include <string>

namespace vib {

/// Gives every name once; file systems may take "a" and "A" for the same.
class TrialNames {
 public:
  /// `name`, cut to what file systems take, and with a number behind it where it was given before.
  std::string take(std::string name);

 private:
  std::set<std::string> taken_;
  std::map<std::string, int> last_number_;  // behind each name, so that counting does not begin anew
};

}  // namespace vib
