#include "vib/core/pickle.h"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <set>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "vib/core/utf8.h"

namespace vib {
namespace {

// Classes and functions, as a pickle names them: "MODULE\nNAME".
constexpr std::string_view kOrderedDict = "collections\nOrderedDict";
constexpr std::string_view kTensor = "torch._utils\n_rebuild_tensor_v2";
constexpr std::string_view kParameter = "torch._utils\n_rebuild_parameter";

/// A value on the pickle's stack. Tuples, dicts, storages and tensors are kept in lists, and a value says where in
/// them: so nothing here is recursive, however deep values are nested, and a dict may contain itself.
struct Value {
  enum Kind { kMark, kNone, kBool, kInteger, kNumber, kText, kGlobal, kTuple, kDict, kStorage, kTensor };

  Kind kind;
  std::int64_t number = 0;     // the integer, or 1 for true; or the place in the list
  std::string_view text = {};  // of a text or a global
};

struct Storage {
  torch::ScalarType dtype;
  std::string_view part;
};

/// The opcodes of protocol 2 that no dict of tensors needs.
constexpr std::pair<char, const char*> kRefused[] = {
    {'0', "POP"},      {'1', "POP_MARK"},   {'2', "DUP"},     {'F', "FLOAT"},     {'I', "INT"},
    {'L', "LONG"},     {'P', "PERSID"},     {'S', "STRING"},  {'T', "BINSTRING"}, {'U', "SHORT_BINSTRING"},
    {'V', "UNICODE"},  {']', "EMPTY_LIST"}, {'a', "APPEND"},  {'d', "DICT"},      {'e', "APPENDS"},
    {'g', "GET"},      {'i', "INST"},       {'l', "LIST"},    {'o', "OBJ"},       {'p', "PUT"},
    {'\x80', "PROTO"}, {'\x81', "NEWOBJ"},  {'\x82', "EXT1"}, {'\x83', "EXT2"},   {'\x84', "EXT4"},
    {'\x8b', "LONG4"},
};

[[noreturn]] void not_tensors(const std::string& reason) {
  throw std::runtime_error(fmt::format("{}: {}", kNotTensors, reason));
}

/// Throws std::runtime_error unless it is the type of a storage, as "torch\nFloatStorage".
torch::ScalarType dtype_of(std::string_view global) {
  for (int i = 0; i < static_cast<int>(torch::ScalarType::NumOptions); ++i) {
    const auto type = static_cast<torch::ScalarType>(i);
    const bool numbers = c10::isIntegralType(type, true) || c10::isFloatingType(type) || c10::isComplexType(type);
    if (numbers && global == fmt::format("torch\n{}Storage", c10::toString(type))) return type;
  }
  std::string name(global);
  std::ranges::replace(name, '\n', '.');
  not_tensors(fmt::format("it refers to {}", in_quotes(name)));
}

class PickleReader {
 public:
  explicit PickleReader(std::string_view bytes) : bytes_(bytes) {}

  std::vector<PickledTensor> read() {
    if (take(1) != "\x80") fail("it does not begin with a protocol");
    if (const auto protocol = natural(1); protocol != 2)
      not_tensors(fmt::format("it was pickled by protocol {}; leave torch.save at its own, which is 2", protocol));
    while (step()) {
    }
    if (at_ != bytes_.size()) fail("something follows its end");
    if (stack_.size() != 1) fail("it holds several values");
    if (stack_.back().kind != Value::kDict) not_tensors("it holds no dict");
    return named_tensors(dicts_[stack_.back().number]);
  }

 private:
  using Values = std::vector<Value>;

  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(fmt::format("its pickle is damaged at byte {}: {}", opcode_at_, what));
  }

  /// Reads an opcode; false for that of the end.
  bool step() {
    opcode_at_ = at_;
    switch (const char opcode = take(1).front()) {
      case '.': return false;                             // STOP
      case '(': stack_.push_back({Value::kMark}); break;  // MARK
      case 'N': stack_.push_back({Value::kNone}); break;  // NONE
      case '\x88':
      case '\x89': stack_.push_back({Value::kBool, opcode == '\x88'}); break;        // NEWTRUE, NEWFALSE
      case 'K': stack_.push_back({Value::kInteger, natural(1)}); break;              // BININT1
      case 'M': stack_.push_back({Value::kInteger, natural(2)}); break;              // BININT2
      case 'J': stack_.push_back({Value::kInteger, integer(4)}); break;              // BININT
      case '\x8a': stack_.push_back({Value::kInteger, integer(natural(1))}); break;  // LONG1
      case 'G': take(8), stack_.push_back({Value::kNumber}); break;                  // BINFLOAT
      case 'X': stack_.push_back({Value::kText, 0, take(natural(4))}); break;        // BINUNICODE
      case 'c': stack_.push_back({Value::kGlobal, 0, global()}); break;              // GLOBAL
      case ')': push(Value::kTuple, tuples_, {}); break;                             // EMPTY_TUPLE
      case '\x85':
      case '\x86':
      case '\x87':  // TUPLE1, TUPLE2, TUPLE3
        push(Value::kTuple, tuples_, pop(opcode - '\x84'));
        break;
      case 't': push(Value::kTuple, tuples_, pop_to_mark()); break;  // TUPLE
      case '}': push(Value::kDict, dicts_, {}); break;               // EMPTY_DICT
      case 's': set_items(pop(2)); break;                            // SETITEM
      case 'u': set_items(pop_to_mark()); break;                     // SETITEMS
      case 'q': memo_[natural(1)] = top(); break;                    // BINPUT
      case 'r': memo_[natural(4)] = top(); break;                    // LONG_BINPUT
      case 'h': stack_.push_back(remembered(natural(1))); break;     // BINGET
      case 'j': stack_.push_back(remembered(natural(4))); break;     // LONG_BINGET
      case 'Q': push_storage(); break;                               // BINPERSID
      case 'R': call(); break;                                       // REDUCE
      case 'b': build(); break;                                      // BUILD
      default: refuse(opcode);
    }
    return true;
  }

  [[noreturn]] void refuse(char opcode) const {
    const auto known = std::ranges::find(kRefused, opcode, &std::pair<char, const char*>::first);
    if (known == std::end(kRefused)) fail(fmt::format("no opcode is {:#04x}", static_cast<unsigned char>(opcode)));
    not_tensors(
        fmt::format("the opcode {} at byte {} of its pickle belongs to something else", known->second, opcode_at_));
  }

  std::string_view take(std::int64_t count) {
    if (static_cast<std::size_t>(count) > bytes_.size() - at_)
      fail(fmt::format("it needs {} more bytes, {} are left", count, bytes_.size() - at_));
    const auto taken = bytes_.substr(at_, static_cast<std::size_t>(count));
    at_ += taken.size();
    return taken;
  }

  /// Lowest byte first.
  std::int64_t natural(std::int64_t count) {
    std::uint64_t value = 0;
    const auto bytes = take(count);
    for (std::size_t i = 0; i < bytes.size(); ++i)
      value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    return static_cast<std::int64_t>(value);
  }

  /// The same, with a sign.
  std::int64_t integer(std::int64_t count) {
    if (count > 8) fail(fmt::format("an integer of {} bytes", count));
    if (count == 0) return 0;
    const auto unused = static_cast<int>(64 - 8 * count);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(natural(count)) << unused) >> unused;
  }

  std::string_view global() {
    const auto begin = at_;
    const auto middle = bytes_.find('\n', begin);
    const auto end = middle == bytes_.npos ? middle : bytes_.find('\n', middle + 1);
    if (end == bytes_.npos) fail("a name that does not end");
    at_ = end + 1;
    const auto name = bytes_.substr(begin, end - begin);
    if (name != kOrderedDict && name != kTensor && name != kParameter) dtype_of(name);
    return name;
  }

  const Value& top() const {
    if (stack_.empty() || stack_.back().kind == Value::kMark) fail("a value is missing");
    return stack_.back();
  }

  Value pop(Value::Kind kind) {
    const auto value = top();
    if (value.kind != kind) fail("a value of another kind is expected");
    stack_.pop_back();
    return value;
  }

  /// The last `count` values, in their order.
  Values pop(std::int64_t count) {
    if (static_cast<std::int64_t>(stack_.size()) < count) fail("a value is missing");
    Values values(stack_.end() - count, stack_.end());
    if (std::ranges::count(values, Value::kMark, &Value::kind) > 0) fail("a value is missing");
    stack_.resize(stack_.size() - values.size());
    return values;
  }

  /// Those behind the last mark, which goes, too.
  Values pop_to_mark() {
    const auto mark =
        std::find_if(stack_.rbegin(), stack_.rend(), [](const Value& v) { return v.kind == Value::kMark; });
    if (mark == stack_.rend()) fail("a mark is missing");
    auto values = pop(mark - stack_.rbegin());
    stack_.pop_back();
    return values;
  }

  template <typename T>
  void push(Value::Kind kind, std::vector<T>& list, T item) {
    stack_.push_back({kind, static_cast<std::int64_t>(list.size())});
    list.push_back(std::move(item));
  }

  Value remembered(std::int64_t place) const {
    const auto found = memo_.find(place);
    if (found == memo_.end()) fail(fmt::format("nothing was kept as {}", place));
    return found->second;
  }

  void set_items(const Values& items) {
    if (top().kind != Value::kDict || items.size() % 2 != 0) fail("keys and values need a dict");
    auto& dict = dicts_[top().number];
    dict.insert(dict.end(), items.begin(), items.end());
  }

  static bool are(const Values& values, std::initializer_list<Value::Kind> kinds) {
    return std::ranges::equal(values, kinds, {}, &Value::kind);
  }

  /// Of ("storage", its type, its part of the file, the device, the number of elements).
  void push_storage() {
    const auto& about = tuples_[pop(Value::kTuple).number];
    if (!are(about, {Value::kText, Value::kGlobal, Value::kText, Value::kText, Value::kInteger}) ||
        about[0].text != "storage")
      fail("a storage of another form");
    push(Value::kStorage, storages_, {dtype_of(about[1].text), about[2].text});
  }

  void call() {
    const auto& arguments = tuples_[pop(Value::kTuple).number];
    const auto function = pop(Value::kGlobal).text;
    if (function == kOrderedDict && arguments.empty())
      push(Value::kDict, dicts_, {});
    else if (function == kTensor)
      push(Value::kTensor, tensors_, tensor(arguments));
    else if (function == kParameter && are(arguments, {Value::kTensor, Value::kBool, Value::kDict}))
      stack_.push_back(arguments.front());
    else
      fail("a call of another form");
  }

  /// Of (storage, offset, sizes, strides, requires_grad, hooks), and of a view that conjugates or negates {"conj":
  /// True}.
  PickledTensor tensor(Values arguments) const {
    Values view;
    if (arguments.size() == 7 && arguments.back().kind == Value::kDict) {
      view = dicts_[arguments.back().number];
      arguments.pop_back();
    }
    if (!are(arguments, {Value::kStorage, Value::kInteger, Value::kTuple, Value::kTuple, Value::kBool, Value::kDict}))
      fail("a tensor of another form");
    const auto& [dtype, part] = storages_[arguments[0].number];
    PickledTensor tensor{.name = "",
                         .dtype = dtype,
                         .part = part,
                         .offset = arguments[1].number,
                         .sizes = integers(tuples_[arguments[2].number]),
                         .strides = integers(tuples_[arguments[3].number])};
    for (std::size_t i = 0; i < view.size(); i += 2) {
      if (view[i].text != "conj" && view[i].text != "neg") fail("a view of another form");
      (view[i].text == "conj" ? tensor.conjugated : tensor.negated) = view[i + 1].number != 0;
    }
    if (tensor.sizes.size() != tensor.strides.size()) fail("a tensor with more sizes or more strides");
    return tensor;
  }

  std::vector<std::int64_t> integers(const Values& values) const {
    constexpr std::size_t kMostDimensions = 64;  // LibTorch's own limit
    if (values.size() > kMostDimensions) fail(fmt::format("a tensor of {} dimensions", values.size()));
    std::vector<std::int64_t> result;
    for (const auto& value : values) {
      if (value.kind != Value::kInteger) fail("a size or a stride that is no integer");
      result.push_back(value.number);
    }
    return result;
  }

  /// The attribute of a state_dict() that says the versions of its modules, of no use here.
  void build() {
    const auto& attributes = dicts_[pop(Value::kDict).number];
    if (top().kind != Value::kDict) fail("attributes of what has none");
    for (std::size_t i = 0; i < attributes.size(); i += 2)
      if (attributes[i].text != "_metadata")
        not_tensors(fmt::format("its dict has an attribute {} of its own", in_quotes(attributes[i].text)));
  }

  std::vector<PickledTensor> named_tensors(const Values& items) const {
    std::vector<PickledTensor> result;
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < items.size(); i += 2) {
      const auto& [key, value] = std::pair(items[i], items[i + 1]);
      if (key.kind != Value::kText) not_tensors("a key of the dict is not a string");
      if (value.kind != Value::kTensor)
        not_tensors(fmt::format("the value of {} is not a tensor", in_quotes(key.text)));
      if (!names.insert(key.text).second) fail(fmt::format("{} is there twice", in_quotes(key.text)));
      result.push_back(tensors_[value.number]);
      result.back().name = key.text;
    }
    return result;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t opcode_at_ = 0;
  Values stack_;
  std::unordered_map<std::int64_t, Value> memo_;
  std::vector<Values> tuples_;
  std::vector<Values> dicts_;  // keys and values in turn
  std::vector<Storage> storages_;
  std::vector<PickledTensor> tensors_;
};

}  // namespace

std::vector<PickledTensor> read_pickle(std::string_view bytes) { return PickleReader(bytes).read(); }

}  // namespace vib
