#pragma once

#include <filesystem>

namespace vib {

/// The folder that holds `path`; the present one for a bare name.
std::filesystem::path folder_of(const std::filesystem::path& path);

/// Makes `folder` and those it lies in, where there are none. Throws vib::StateError.
void make_folder(const std::filesystem::path& folder);

/// Removes what lies at `path`, a folder with everything in it; there may be nothing. Throws vib::StateError.
void remove_everything(const std::filesystem::path& path);

/// Makes what was renamed or made in `folder` outlast a power cut. Throws vib::StateError.
void sync_folder(const std::filesystem::path& folder);

}  // namespace vib
