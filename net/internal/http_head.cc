#include "weft/net/internal/http_head.h"

namespace weft::net::internal {

void HttpHead::clear() {
  method = target = reason = {};
  status = 0;
  minor_version = 1;
  headers.clear();
  trailers.clear();
  framing = Framing::kNone;
  content_length = 0;
  keep_alive = upgrade = tunnel = false;
  expectation = Expectation::kNone;
  start_line_.clear();
  partial_.clear();
}

}  // namespace weft::net::internal
