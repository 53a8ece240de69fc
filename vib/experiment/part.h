#pragma once

#include <any>
#include <cstddef>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "vib/config/section.h"

namespace vib {

/// One of the things among which a configuration chooses by name, an encoder say: what all kinds of them have.
///
/// A kind derives from it, adds what its parts do, and lists them in `static const std::vector<Kind>& all()`, the
/// default first. CONTRIBUTING.md says how one is added.
struct Part {
  std::string name;
  std::string meaning;
  /// As they are until a configuration says otherwise: the library's own options, of any type that can be copied; empty
  /// where there is nothing to set.
  std::any options;
  /// The keys that stand beside the name, each bound to one of the options.
  std::function<void(std::any& options, Section& s)> keys;
};

/// Why a part and some data do not go together: its key to change, and the reason.
struct Misfit {
  std::string key;
  std::string reason;
  std::string remedy = {};  ///< what helps beside another part
};

/// `f`, whose first parameter is a part's Options, as a function of the std::any that holds them.
template <class Options, class F>
auto taking(F f) {
  return [f]<class Any, class... Rest>(Any& options, Rest&&... rest) -> decltype(auto) {
    using Held = std::conditional_t<std::is_const_v<Any>, const Options&, Options&>;
    return f(std::any_cast<Held>(options), std::forward<Rest>(rest)...);
  };
}

/// The part of a kind that a configuration chose. Copies are independent.
template <class Kind>
class Chosen {
 public:
  Chosen() {
    for (const auto& part : Kind::all()) options_.push_back(part.options);
  }

  const std::string& name() const { return name_; }
  const Kind& part() const { return Kind::all()[index()]; }
  const std::any& options() const { return options_[index()]; }
  std::any& options() { return options_[index()]; }
  /// The same as what they are. Throws std::bad_any_cast where they are another part's.
  template <class Options>
  const Options& as() const {
    return std::any_cast<const Options&>(options());
  }
  template <class Options>
  Options& as() {
    return std::any_cast<Options&>(options());
  }

  /// The choice `key` among all parts, with the keys of each.
  void describe(Section& s, std::string key, std::string meaning) {
    std::vector<Section::Case> cases;
    for (std::size_t i = 0; i < options_.size(); ++i) {
      const auto& part = Kind::all()[i];
      Section::Describe keys;
      if (part.keys) keys = [&part, &own = options_[i]](Section& s) { part.keys(own, s); };
      cases.push_back({part.name, part.meaning, keys});
    }
    s.choice(std::move(key), name_, std::move(cases), std::move(meaning));
  }

 private:
  std::size_t index() const {
    std::size_t i = 0;
    while (Kind::all()[i].name != name_) ++i;
    return i;
  }

  std::string name_ = Kind::all().front().name;
  std::vector<std::any> options_;  // of every part: the keys of those not chosen are described too
};

}  // namespace vib
