#include <cstddef>
#include <cstdint>

#include "weft/tests/net/fuzz/http_client_machine.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weft::net::fuzzClient({reinterpret_cast<const char*>(data), size});
  return 0;
}
