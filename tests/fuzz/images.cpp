#include "tests/fuzz/driver.h"
#include "tests/fuzz/drivers.h"
#include "vib/data/format/image.h"

namespace vib::fuzz {

void image(std::string_view input) {
  const auto path = file_of(input);
  (void)read_image(path).sum();
  expect(read_image(path, 1, 4, 5).numel() == 20, "an image was resized to another size");
}

}  // namespace vib::fuzz
