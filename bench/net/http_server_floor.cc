// HTTP on the floor: epoll and llhttp.
#include "weft/bench/net/connections.h"
#include "weft/bench/net/epoll_server.h"

int main() { weft::bench::serveByEpoll<weft::bench::HttpConnection>(); }
