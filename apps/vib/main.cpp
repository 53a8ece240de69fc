#include <cstdio>
#include <exception>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "apps/vib/commands.h"
#include "vib/version.h"

namespace vib::app {
namespace {

int fail(ExitCode code, const char* message) {
  fmt::print(stderr, "vib: {}\n", message);
  return code;
}

int run_safely(const Run& run) {
  try {
    return run();
  } catch (const ConfigError& e) {
    return fail(kUsage, e.what());
  } catch (const DataError& e) {
    return fail(kData, e.what());
  } catch (const Error& e) {
    return fail(kFailed, e.what());
  } catch (const c10::OutOfMemoryError& e) {
    return fail(kFailed, fmt::format("out of memory: {}; try a smaller train.batch_size or evaluate.batch_size",
                                     e.what_without_backtrace())
                             .c_str());
  } catch (const c10::Error& e) {
    return fail(kFailed, fmt::format("LibTorch says: {}", e.what_without_backtrace()).c_str());
  } catch (const std::exception& e) {
    return fail(kFailed, e.what());
  }
}

}  // namespace

void add_output_flags(CLI::App& command, Output& output) {
  command.add_flag("-q,--quiet", output.quiet, "no progress on stderr");
  command.add_flag("--json", output.json, "machine-readable result on stdout");
}

int run_program(int argc, char** argv) {
  CLI::App app("vib: the Variational Information Bottleneck", "vib");
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  Run run;
  add_train(app, run);
  add_sweep(app, run);
  add_evaluate(app, run);
  add_predict(app, run);
  add_export(app, run);
  add_report(app, run);
  add_data(app, run);
  add_doctor(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const bool asked = e.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);  // --help, --version
    app.exit(e);
    return asked ? kDone : kUsage;
  }
  return run_safely(run);
}

}  // namespace vib::app

int main(int argc, char** argv) {
#ifdef __GLIBC__
  // A training step frees and takes the same few megabyte-sized tensors again. Above this threshold glibc would map and
  // unmap each one, and the kernel clear its pages anew: a third of the time of a step.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
  return vib::app::run_program(argc, argv);
}
