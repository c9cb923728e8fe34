// Echo on libuv's streams.
#include "weft/bench/net/connections.h"
#include "weft/bench/net/uv_server.h"

int main() { weft::bench::UvServer<weft::bench::EchoConnection>().run(); }
