#include <cstddef>
#include <cstdint>

#include "weft/tests/net/fuzz/http_connection_machine.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weft::net::fuzzConnection({reinterpret_cast<const char*>(data), size});
  return 0;
}
