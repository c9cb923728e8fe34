// Echo on the floor: epoll, recv, send.
#include "weft/bench/net/connections.h"
#include "weft/bench/net/epoll_server.h"

int main() { weft::bench::serveByEpoll<weft::bench::EchoConnection>(); }
