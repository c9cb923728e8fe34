// HTTP on Asio: its sockets and llhttp.
#include "weft/bench/net/asio_server.h"
#include "weft/bench/net/connections.h"

int main() { weft::bench::AsioServer<weft::bench::HttpConnection>().run(); }
