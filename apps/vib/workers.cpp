#include "apps/vib/workers.h"

#include <spawn.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "vib/core/error.h"

extern char** environ;

namespace vib::app {

Workers::Workers(int count, const std::vector<std::string>& arguments) {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  for (int i = 0; i < count; ++i) {
    pid_t pid = 0;
    const int error = posix_spawn(&pid, program.c_str(), nullptr, nullptr, argv.data(), environ);
    if (error != 0) throw Error(fmt::format("cannot start a worker: {}", std::strerror(error)));
    running_.push_back(pid);
  }
}

Workers::~Workers() {
  for (const auto pid : running_) kill(pid, SIGKILL);
  for (const auto pid : running_) waitpid(pid, nullptr, 0);
}

bool Workers::running() {
  std::erase_if(running_, [&](pid_t pid) {
    int status = 0;
    if (waitpid(pid, &status, WNOHANG) != pid) return false;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (exit_code_ == 0) exit_code_ = code;
    return true;
  });
  return !running_.empty();
}

void Workers::interrupt() {
  for (const auto pid : running_) kill(pid, SIGTERM);
}

void end_with(pid_t parent) {
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  if (getppid() != parent) std::_Exit(1);  // it was gone already
}

}  // namespace vib::app
