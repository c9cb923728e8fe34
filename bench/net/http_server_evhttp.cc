// HTTP by evhttp, the server that comes with libevent.
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "weft/bench/net/connections.h"
#include "weft/bench/net/serve.h"

namespace weft::bench {
namespace {

void hello(evhttp_request* request, void*) {
  evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "text/plain");
  evbuffer* body = evbuffer_new();
  evbuffer_add_reference(body, kHelloBody.data(), kHelloBody.size(), nullptr, nullptr);
  evhttp_send_reply(request, HTTP_OK, "OK", body);
  evbuffer_free(body);
}

}  // namespace
}  // namespace weft::bench

int main() {
  event_base* base = event_base_new();
  evhttp* server = evhttp_new(base);
  evhttp_set_gencb(server, weft::bench::hello, nullptr);
  evhttp_accept_socket(server, weft::bench::listenAndAnnounce());
  event_base_dispatch(base);
}
