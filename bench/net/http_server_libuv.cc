// HTTP on libuv: its streams and llhttp.
#include "weft/bench/net/connections.h"
#include "weft/bench/net/uv_server.h"

int main() { weft::bench::UvServer<weft::bench::HttpConnection>().run(); }
