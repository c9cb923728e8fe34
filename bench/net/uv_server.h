#ifndef WEFT_BENCH_NET_UV_SERVER_H_
#define WEFT_BENCH_NET_UV_SERVER_H_

#include <uv.h>

#include <memory>
#include <string_view>

#include "weft/bench/net/serve.h"

namespace weft::bench {

// Serves for ever on libuv: one shared buffer for reading, and uv_try_write, which writes at once.
// For `Connection` see connections.h.
template <class Connection>
class UvServer {
 public:
  void run() {
    uv_loop_init(&loop_);
    uv_tcp_init(&loop_, &listener_);
    listener_.data = this;
    const sockaddr_in address = loopback(0);
    uv_tcp_bind(&listener_, reinterpret_cast<const sockaddr*>(&address), 0);
    uv_listen(reinterpret_cast<uv_stream_t*>(&listener_), kBacklog, accept);
    uv_os_fd_t descriptor;
    uv_fileno(reinterpret_cast<uv_handle_t*>(&listener_), &descriptor);
    announcePort(portOf(descriptor));
    uv_run(&loop_, UV_RUN_DEFAULT);
  }

 private:
  struct Client {
    uv_tcp_t socket;
    UvServer* server;
    Connection connection;
  };

  static void accept(uv_stream_t* listener, int status) {
    if (status != 0) return;
    auto* server = static_cast<UvServer*>(listener->data);
    auto* client = new Client{{}, server, {}};
    uv_tcp_init(&server->loop_, &client->socket);
    client->socket.data = client;
    auto* stream = reinterpret_cast<uv_stream_t*>(&client->socket);
    if (uv_accept(listener, stream) != 0) return close(client);
    uv_tcp_nodelay(&client->socket, 1);
    uv_read_start(stream, lendBuffer, read);
  }

  static void lendBuffer(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
    UvServer* server = static_cast<Client*>(handle->data)->server;
    *buffer = uv_buf_init(server->buffer_, sizeof(server->buffer_));
  }

  static void read(uv_stream_t* stream, ssize_t got, const uv_buf_t* buffer) {
    auto* client = static_cast<Client*>(stream->data);
    if (got == 0) return;
    std::string_view answer;
    if (got > 0) {
      answer = client->connection.answer({buffer->base, static_cast<std::size_t>(got)});
    }
    if (answer.data() == nullptr) return close(client);
    if (answer.empty()) return;
    const uv_buf_t bytes =
        uv_buf_init(const_cast<char*>(answer.data()), static_cast<unsigned>(answer.size()));
    if (uv_try_write(stream, &bytes, 1) != static_cast<int>(answer.size())) close(client);
  }

  static void close(Client* client) {
    uv_close(reinterpret_cast<uv_handle_t*>(&client->socket), [](uv_handle_t* handle) {
      const std::unique_ptr<Client> gone(static_cast<Client*>(handle->data));
    });
  }

  uv_loop_t loop_;
  uv_tcp_t listener_;
  char buffer_[64 * 1024];
};

}  // namespace weft::bench

#endif  // WEFT_BENCH_NET_UV_SERVER_H_
