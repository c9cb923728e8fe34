#ifndef WEFT_BENCH_NET_ASIO_SERVER_H_
#define WEFT_BENCH_NET_ASIO_SERVER_H_

#include <asio.hpp>
#include <memory>
#include <string_view>
#include <utility>

#include "weft/bench/net/serve.h"

namespace weft::bench {

// Serves for ever on Asio: one thread and no locks; an asynchronous wait to read into one shared
// buffer, so that an idle connection holds none; writes at once. For `Connection` see
// connections.h.
template <class Connection>
class AsioServer {
 public:
  void run() {
    announcePort(acceptor_.local_endpoint().port());
    accept();
    context_.run();
  }

 private:
  using Tcp = asio::ip::tcp;

  struct Client {
    explicit Client(Tcp::socket accepted) : socket(std::move(accepted)) {}

    Tcp::socket socket;
    Connection connection;
  };

  void accept() {
    acceptor_.async_accept([this](asio::error_code failure, Tcp::socket socket) {
      if (!failure) {
        socket.non_blocking(true);
        socket.set_option(Tcp::no_delay(true));
        read(std::make_unique<Client>(std::move(socket)));
      }
      accept();
    });
  }

  void read(std::unique_ptr<Client> client) {
    Tcp::socket& socket = client->socket;
    socket.async_wait(Tcp::socket::wait_read,
                      [this, client = std::move(client)](asio::error_code failure) mutable {
                        if (!failure && answer(*client)) read(std::move(client));
                      });
  }

  bool answer(Client& client) {
    asio::error_code failure;
    const std::size_t got = client.socket.read_some(asio::buffer(buffer_), failure);
    if (failure == asio::error::would_block) return true;
    if (failure) return false;
    const std::string_view answer = client.connection.answer({buffer_, got});
    if (answer.data() == nullptr) return false;
    if (answer.empty()) return true;
    const std::size_t sent =
        client.socket.write_some(asio::buffer(answer.data(), answer.size()), failure);
    return !failure && sent == answer.size();
  }

  asio::io_context context_{ASIO_CONCURRENCY_HINT_UNSAFE};
  Tcp::acceptor acceptor_{context_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  char buffer_[64 * 1024];
};

}  // namespace weft::bench

#endif  // WEFT_BENCH_NET_ASIO_SERVER_H_
