#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace vib {

/// A number that TensorBoard draws, and the name of its curve.
struct TaggedScalar {
  std::string tag;
  double value = 0;
};

/// The scalars of one moment of training.
struct ScalarEvent {
  std::int64_t step = 0;
  std::vector<TaggedScalar> scalars;
};

/// Brings `folder`'s event file, `events.out.tfevents.TIME.HOST.PID.0.vib`, to hold exactly `events`, values as
/// float32, and makes the file where there is none.
///
/// What the file begins with and is right stays as it is, each event with the time at which it was first written; what
/// comes behind (of a run that was killed after its last checkpoint, or half an event) is cut off, and what lacks is
/// appended. A TensorBoard that watches holds the file open and reads on where it stopped, so the file is never
/// replaced. Event files whose names do not end in `.vib` are others' and stay. Throws vib::StateError with the path
/// and the system's reason.
void write_event_file(const std::filesystem::path& folder, const std::vector<ScalarEvent>& events);

/// The checksum CRC-32C (Castagnoli; polynomial 0x1EDC6F41) of `bytes`.
std::uint32_t crc32c(std::string_view bytes);

/// `data` as a record of a TFRecord file: its length (8 bytes) and the length's checksum (4), data, and data's checksum
/// (4), all little-endian. The checksums are CRC-32C, masked as TensorFlow does.
std::string tf_record(std::string_view data);

}  // namespace vib
