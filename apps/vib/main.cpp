#include <cstdio>
#include <exception>
#include <system_error>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "apps/vib/bus_error.h"
#include "apps/vib/commands.h"
#include "apps/vib/interrupt.h"
#include "apps/vib/say.h"
#include "apps/vib/streams.h"
#include "vib/core/memory.h"
#include "vib/core/system_error.h"
#include "vib/version.h"

namespace vib::app {

// Each in a file of its own: adds its subcommand to `app`, and leaves in `run` what to do when it is called.
void add_train(CLI::App& app, Run& run);
void add_sweep(CLI::App& app, Run& run);
void add_evaluate(CLI::App& app, Run& run);
void add_predict(CLI::App& app, Run& run);
void add_export(CLI::App& app, Run& run);
void add_report(CLI::App& app, Run& run);
void add_curve(CLI::App& app, Run& run);
void add_information(CLI::App& app, Run& run);
void add_data(CLI::App& app, Run& run);
void add_doctor(CLI::App& app, Run& run);
namespace {

// In the order of --help.
constexpr void (*kSubcommands[])(CLI::App&, Run&) = {add_train,  add_sweep, add_evaluate,    add_predict, add_export,
                                                     add_report, add_curve, add_information, add_data,    add_doctor};

int fail(ExitCode code, const char* message) {
  say("vib: {}\n", message);
  return code;
}

int run_safely(const Run& run) {
  try {
    const int code = run();
    flush_result();
    return code;
  } catch (const ConfigError& e) {
    return fail(kUsage, e.what());
  } catch (const DataError& e) {
    return fail(kData, e.what());
  } catch (const NoSpaceError& e) {
    return fail(kFailed, fmt::format("{}, then give the same command again", e.what()).c_str());
  } catch (const Error& e) {
    return fail(kFailed, e.what());
  } catch (const c10::Error& e) {
    const auto* what = e.what_without_backtrace();
    const auto message =
        is_out_of_memory(e)
            ? fmt::format("out of memory: {}; try a smaller train.batch_size or evaluate.batch_size", what)
            : fmt::format("LibTorch says: {}", what);
    return fail(kFailed, message.c_str());
  } catch (const std::system_error& e) {
    // Thrown by fmt::print() where stdout takes no more.
    return fail(kFailed, std::ferror(stdout) != 0 ? unwritten_result(e.code().value()).c_str() : e.what());
  } catch (const std::exception& e) {
    return fail(kFailed, e.what());
  }
}

}  // namespace

void add_output_flags(CLI::App& command, Output& output) {
  command.add_flag("-q,--quiet", output.quiet, "no progress on stderr");
  command.add_flag("--json", output.json, "machine-readable result on stdout");
}

/// What the command line asks for.
int run_command(int argc, char** argv) {
  CLI::App app("vib: the Variational Information Bottleneck", "vib");
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  Run run;
  for (const auto add : kSubcommands) add(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const bool asked = e.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);  // --help, --version
    app.exit(e);
    return asked ? kDone : kUsage;
  }
  return run();
}

int run_program(int argc, char** argv) {
  open_standard_streams();
  ignore_file_size_signal();
  explain_bus_errors();
  return run_safely([&] { return run_command(argc, argv); });
}

}  // namespace vib::app

int main(int argc, char** argv) {
#ifdef __GLIBC__
  // A training step frees and takes the same few megabyte-sized tensors again. Above this threshold glibc would map and
  // unmap each one, and the kernel clear its pages anew: a third of the time of a step.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
  vib::app::end_on_signals();
  return vib::app::run_program(argc, argv);
}
