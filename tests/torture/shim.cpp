// Preloaded into the program under test: numbers the system calls that change files below a folder, and at a chosen one
// kills the process or makes the call fail. torture.py sets it up by environment variables:
//
//   SHIM_FOLDER   what counts; calls on other files pass
//   SHIM_RECORD   a file of kRecordBytes, shared by every process of a run, where the calls are counted and named
//   SHIM_AT       the number of the call that is disturbed, from 1; 0: none
//   SHIM_DO       before, within, after: SIGKILL (within: behind half of what is to be written)
//                 short: from that call on, half of what is to be written is
//                 once, on: that call fails, or that and all behind it, with SHIM_ERRNO
//   SHIM_ERRNO    its number; a full disk (ENOSPC) lets those calls pass that need no space, a signal (EINTR) all but
//                 writes

#undef _FORTIFY_SOURCE  // its inline versions would hide the functions defined here
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t kRecordBytes = 1 << 20;

struct Record {
  std::atomic<std::uint64_t> calls;  // so far
  std::atomic<std::uint64_t> hit;    // the first one that was disturbed
  std::atomic<std::uint64_t> used;   // bytes of names
  char names[kRecordBytes - 24];     // "NUMBER CALL FILE\n" of each call
};

// The descriptors that were written to: closing a copy of one tells nothing new.
std::array<std::atomic<bool>, 4096> was_written;

enum class Action { kNone, kKillBefore, kKillWithin, kKillAfter, kShort, kFailOnce, kFailOn };

struct Settings {
  std::string folder;
  Record* record = nullptr;
  std::uint64_t at = 0;
  Action action = Action::kNone;
  int error = 0;
};

const char* variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Action action_named(std::string_view name) {
  constexpr std::array<std::string_view, 7> kNames = {"", "before", "within", "after", "short", "once", "on"};
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  return found == kNames.end() ? Action::kNone : static_cast<Action>(found - kNames.begin());
}

template <typename Function>
Function* real(Function*, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}
// The function of that name which this file hides.
#define REAL(name)                                      \
  (*[] {                                                \
    static auto* const function = real(&::name, #name); \
    return function;                                    \
  }())

Settings read_settings() {
  Settings settings;
  settings.folder = variable("SHIM_FOLDER");
  const int file = REAL(open)(variable("SHIM_RECORD"), O_RDWR | O_CLOEXEC);
  if (file < 0 || settings.folder.empty()) return settings;
  void* const memory = mmap(nullptr, kRecordBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  REAL(close)(file);
  if (memory == MAP_FAILED) return settings;
  settings.record = static_cast<Record*>(memory);
  settings.at = std::strtoull(variable("SHIM_AT"), nullptr, 10);
  settings.action = action_named(variable("SHIM_DO"));
  settings.error = std::atoi(variable("SHIM_ERRNO"));
  return settings;
}

const Settings& settings() {
  static const Settings* const read = new Settings(read_settings());  // also for calls behind the end of main
  return *read;
}

std::string file_of(int descriptor) {
  std::array<char, PATH_MAX> path;
  const auto size = readlink(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), path.data(), path.size());
  return size < 0 ? "" : std::string(path.data(), static_cast<std::size_t>(size));
}

std::string absolute(int folder, const char* path) {
  if (path[0] == '/') return path;
  std::array<char, PATH_MAX> here;
  if (folder != AT_FDCWD) return file_of(folder) + '/' + path;
  return getcwd(here.data(), here.size()) == nullptr ? path : std::string(here.data()) + '/' + path;
}

void name_call(std::uint64_t number, const char* what, const std::string& path) {
  auto& record = *settings().record;
  const auto line = std::to_string(number) + ' ' + what + ' ' + path.substr(settings().folder.size()) + '\n';
  const auto begin = record.used.fetch_add(line.size());
  if (begin + line.size() <= sizeof record.names) std::memcpy(record.names + begin, line.data(), line.size());
}

[[noreturn]] void die() {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/// A call that is about to be made.
class Call {
 public:
  enum Need { kNone, kSpace, kWrite };

  Call(const char* what, const std::string& path, Need need) : need_(need) {
    const auto& folder = settings().folder;
    counts_ = settings().record != nullptr && std::string_view(path).starts_with(folder) &&
              (path.size() == folder.size() || path[folder.size()] == '/');
    if (!counts_) return;
    number_ = settings().record->calls.fetch_add(1) + 1;
    name_call(number_, what, path);
    if (does(Action::kKillBefore)) die();
  }

  ~Call() {
    const int error = errno;
    if (does(Action::kKillAfter) || does(Action::kKillWithin)) die();
    errno = error;
  }

  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// Whether it shall fail; then errno is set.
  bool fails() {
    if (settings().error == ENOSPC && need_ == kNone) return false;
    if (settings().error == EINTR && need_ != kWrite) return false;
    if (!does(Action::kFailOnce) && !does(Action::kFailOn)) return false;
    errno = settings().error;
    return true;
  }

  /// How many of the bytes shall be written.
  std::size_t share(std::size_t bytes) {
    return bytes > 1 && (does(Action::kShort) || does(Action::kKillWithin)) ? bytes / 2 : bytes;
  }

 private:
  /// Whether this call is disturbed so. What kills or fails once does so at the first call that it fits.
  bool does(Action action) {
    const auto& [folder, record, at, chosen, error] = settings();
    if (!counts_ || at == 0 || action != chosen || number_ < at) return false;
    std::uint64_t none = 0;
    const bool first = record->hit.compare_exchange_strong(none, number_);
    return first || none == number_ || action == Action::kShort || action == Action::kFailOn;
  }

  Need need_;
  bool counts_ = false;
  std::uint64_t number_ = 0;
};

template <typename Function>
int on_path(const char* what, int folder, const char* path, Call::Need need, Function call) {
  Call now(what, absolute(folder, path), need);
  return now.fails() ? -1 : call();
}

template <typename Function>
int on_file(const char* what, int file, Call::Need need, Function call) {
  Call now(what, file_of(file), need);
  return now.fails() ? -1 : call();
}

template <typename Function>
int opening(int folder, const char* path, int flags, Function call) {
  if ((flags & (O_CREAT | O_TRUNC)) == 0) return call();
  return on_path("open", folder, path, Call::kSpace, call);
}

template <typename Function>
ssize_t writing(int file, std::size_t bytes, Function call) {
  if (static_cast<std::size_t>(file) < was_written.size()) was_written[static_cast<std::size_t>(file)] = true;
  Call now("write", file_of(file), Call::kWrite);
  return now.fails() ? -1 : call(now.share(bytes));
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

#define MODE                                   \
  va_list arguments;                           \
  va_start(arguments, flags);                  \
  const auto mode = mode_of(flags, arguments); \
  va_end(arguments)

extern "C" {

int open(const char* path, int flags, ...) {
  MODE;
  return opening(AT_FDCWD, path, flags, [&] { return REAL(open)(path, flags, mode); });
}

int open64(const char* path, int flags, ...) {
  MODE;
  return opening(AT_FDCWD, path, flags, [&] { return REAL(open64)(path, flags, mode); });
}

int openat(int folder, const char* path, int flags, ...) {
  MODE;
  return opening(folder, path, flags, [&] { return REAL(openat)(folder, path, flags, mode); });
}

int openat64(int folder, const char* path, int flags, ...) {
  MODE;
  return opening(folder, path, flags, [&] { return REAL(openat64)(folder, path, flags, mode); });
}

ssize_t write(int file, const void* bytes, std::size_t count) {
  return writing(file, count, [&](std::size_t share) { return REAL(write)(file, bytes, share); });
}

ssize_t pwrite(int file, const void* bytes, std::size_t count, off_t offset) {
  return writing(file, count, [&](std::size_t share) { return REAL(pwrite)(file, bytes, share, offset); });
}

ssize_t pwrite64(int file, const void* bytes, std::size_t count, off64_t offset) {
  return writing(file, count, [&](std::size_t share) { return REAL(pwrite64)(file, bytes, share, offset); });
}

ssize_t writev(int file, const iovec* parts, int count) {
  // Half of the bytes of several parts: the first part.
  return writing(file, static_cast<std::size_t>(count),
                 [&](std::size_t share) { return REAL(writev)(file, parts, static_cast<int>(share)); });
}

// Some file systems tell of a failed write only here; a call that fails closes the file all the same.
int close(int file) {
  if (file < 0 || static_cast<std::size_t>(file) >= was_written.size() ||
      !was_written[static_cast<std::size_t>(file)].exchange(false))
    return REAL(close)(file);
  Call now("close", file_of(file), Call::kSpace);
  const bool fails = now.fails();
  const int error = errno;
  const int result = REAL(close)(file);
  if (fails) errno = error;
  return fails ? -1 : result;
}

int fsync(int file) {
  return on_file("fsync", file, Call::kSpace, [&] { return REAL(fsync)(file); });
}

int fdatasync(int file) {
  return on_file("fdatasync", file, Call::kSpace, [&] { return REAL(fdatasync)(file); });
}

int ftruncate(int file, off_t size) noexcept {
  return on_file("ftruncate", file, Call::kNone, [&] { return REAL(ftruncate)(file, size); });
}

int ftruncate64(int file, off64_t size) noexcept {
  return on_file("ftruncate", file, Call::kNone, [&] { return REAL(ftruncate64)(file, size); });
}

int truncate(const char* path, off_t size) noexcept {
  return on_path("truncate", AT_FDCWD, path, Call::kNone, [&] { return REAL(truncate)(path, size); });
}

int truncate64(const char* path, off64_t size) noexcept {
  return on_path("truncate", AT_FDCWD, path, Call::kNone, [&] { return REAL(truncate64)(path, size); });
}

int mkdir(const char* path, mode_t mode) noexcept {
  return on_path("mkdir", AT_FDCWD, path, Call::kSpace, [&] { return REAL(mkdir)(path, mode); });
}

int rename(const char* from, const char* to) noexcept {
  return on_path("rename", AT_FDCWD, to, Call::kSpace, [&] { return REAL(rename)(from, to); });
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  return on_path("rename", to_folder, to, Call::kSpace,
                 [&] { return REAL(renameat)(from_folder, from, to_folder, to); });
}

int unlink(const char* path) noexcept {
  return on_path("unlink", AT_FDCWD, path, Call::kNone, [&] { return REAL(unlink)(path); });
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  return on_path("unlink", folder, path, Call::kNone, [&] { return REAL(unlinkat)(folder, path, flags); });
}

int remove(const char* path) noexcept {
  return on_path("unlink", AT_FDCWD, path, Call::kNone, [&] { return REAL(remove)(path); });
}

int rmdir(const char* path) noexcept {
  return on_path("rmdir", AT_FDCWD, path, Call::kNone, [&] { return REAL(rmdir)(path); });
}

}  // extern "C"
