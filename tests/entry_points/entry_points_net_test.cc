// As entry_points_loop_test.cc, for streams, sockets, servers and HTTP.

#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "weft/net/http_agent.h"
#include "weft/net/http_server.h"
#include "weft/net/server.h"
#include "weft/net/socket.h"
#include "weft/net/udp_socket.h"
#include "weft/stream/pipe.h"
#include "weft/tests/entry_points/fixture.h"

namespace weft {
namespace {

using std::chrono::milliseconds;
using Ids = std::vector<int>;

class EntryPointTest : public tests::EntryPointFixture {
 protected:
  net::HttpServerPtr listenHttp() {
    net::HttpServerPtr server = http::createServer(
        loop_, [](const net::RequestPtr&, const net::ResponsePtr& response) { response->end(); });
    server->listen({.host = "127.0.0.1"});
    loop_.runNoWait();
    return server;
  }
  // A request that notes where its response is told, and closes the server.
  template <typename F>
  void expectResponseKept(F&& ask) {
    net::HttpServerPtr server = listenHttp();
    in(7, [&] {
      net::ClientRequestPtr request = ask("127.0.0.1", server->address().port(),
                                          [&, server](const net::ClientResponsePtr& response) {
                                            seen_.push_back(here());
                                            response->resume();
                                            server->close();
                                          });
      request->end();
    });
    loop_.run();
    EXPECT_EQ(seen_, Ids{7});
  }
};

// --- sockets and servers

TEST_F(EntryPointTest, net_connect) {
  net::ServerPtr server = listen();
  net::SocketPtr socket;
  expectKept([&] {
    socket = net::connect(loop_, {.port = server->address().port()}, [&] {
      seen_.push_back(here());
      socket->destroy();
      server->close();
    });
  });
}

// Where no listener has a context, an event is of the operation that made the object.
using HandleTest = EntryPointTest;

TEST_F(HandleTest, AListenerWithNoContextSeesTheOperationThatMadeTheObject) {
  net::ServerPtr server = listen();
  net::SocketPtr socket;
  in(7, [&] { socket = net::connect(loop_, {.port = server->address().port()}); });
  socket->once(kConnect, [&] {
    seen_.push_back(here());
    socket->destroy();
    server->close();
  });
  loop_.run();
  EXPECT_EQ(seen_, Ids{7});
}

TEST_F(EntryPointTest, net_createServer) {
  net::ServerPtr server;
  in(7, [&] {
    server = net::createServer(loop_, [&](const net::SocketPtr& socket) {
      seen_.push_back(here());
      socket->destroy();
      server->close();
    });
  });
  in(8, [&] { server->listen({.host = "127.0.0.1"}); });
  net::SocketPtr socket = net::connect(loop_, {.port = server->address().port()});
  socket->on(stream::kError, [](const absl::Status&) {});
  loop_.run();
  EXPECT_EQ(seen_, Ids{7});
}

TEST_F(EntryPointTest, Server_listen) {
  net::ServerPtr server = net::createServer(loop_);
  in(7, [&] {
    server->listen({.host = "127.0.0.1"}, [&] {
      seen_.push_back(here());
      server->close();
    });
  });
  loop_.run();
  EXPECT_EQ(seen_, Ids{7});
}

TEST_F(EntryPointTest, Server_close) {
  net::ServerPtr server = listen();
  expectKept([&] { server->close(note()); });
}

TEST_F(EntryPointTest, Socket_setTimeout) {
  net::ServerPtr server = listen();
  net::SocketPtr socket = net::connect(loop_, {.port = server->address().port()});
  expectKept([&] {
    socket->setTimeout(milliseconds(1), [&] {
      seen_.push_back(here());
      socket->destroy();
      server->close();
    });
  });
}

TEST_F(EntryPointTest, Writable_write) {
  net::ServerPtr server = listen();
  net::SocketPtr socket = net::connect(loop_, {.port = server->address().port()});
  expectKept([&] {
    socket->write("bytes", [&] {
      seen_.push_back(here());
      socket->destroy();
      server->close();
    });
  });
}

TEST_F(EntryPointTest, Writable_end) {
  net::ServerPtr server = listen();
  net::SocketPtr socket = net::connect(loop_, {.port = server->address().port()});
  socket->resume();
  expectKept([&] {
    socket->end("bytes", [&](const absl::Status&) {
      seen_.push_back(here());
      server->close();
    });
  });
}

// --- HTTP

TEST_F(EntryPointTest, http_createServer) {
  net::HttpServerPtr server;
  in(7, [&] {
    server =
        http::createServer(loop_, [&](const net::RequestPtr&, const net::ResponsePtr& response) {
          seen_.push_back(here());
          response->end();
          server->close();
        });
  });
  in(8, [&] { server->listen({.host = "127.0.0.1"}); });
  net::ClientRequestPtr request =
      http::get(loop_, "http://127.0.0.1:" + std::to_string(server->address().port()) + "/",
                [](const net::ClientResponsePtr& response) { response->resume(); });
  loop_.run();
  EXPECT_EQ(seen_, Ids{7});
}

TEST_F(EntryPointTest, http_request) {
  expectResponseKept([&](std::string host, std::uint16_t port, auto on_response) {
    return http::request(loop_, {.host = host, .port = port}, on_response);
  });
}

TEST_F(EntryPointTest, http_get) {
  expectResponseKept([&](std::string host, std::uint16_t port, auto on_response) {
    return http::get(loop_, "http://" + host + ":" + std::to_string(port) + "/", on_response);
  });
}

TEST_F(EntryPointTest, Agent_request) {
  http::Agent agent(loop_);
  expectResponseKept([&](std::string host, std::uint16_t port, auto on_response) {
    return agent.request({.host = host, .port = port}, on_response);
  });
}

TEST_F(EntryPointTest, Agent_get) {
  http::Agent agent(loop_);
  expectResponseKept([&](std::string host, std::uint16_t port, auto on_response) {
    return agent.get("http://" + host + ":" + std::to_string(port) + "/", on_response);
  });
}

// --- datagrams, files through sockets, pipelines

TEST_F(EntryPointTest, UdpSocket_bind) {
  net::UdpSocketPtr socket = dgram::createSocket(loop_);
  expectKept([&] {
    socket->bind({.host = "127.0.0.1"}, [&] {
      seen_.push_back(here());
      socket->close();
    });
  });
}

TEST_F(EntryPointTest, UdpSocket_close) {
  net::UdpSocketPtr socket = dgram::createSocket(loop_);
  socket->bind({.host = "127.0.0.1"});
  expectKept([&] { socket->close(note()); });
}

TEST_F(EntryPointTest, UdpSocket_send) {
  net::UdpSocketPtr socket = dgram::createSocket(loop_);
  socket->bind({.host = "127.0.0.1"});
  expectKept([&] {
    socket->send("bytes", socket->address(), [&](const absl::Status&) {
      seen_.push_back(here());
      socket->close();
    });
  });
}

TEST_F(EntryPointTest, dgram_createSocket) {
  net::UdpSocketPtr socket;
  in(7, [&] {
    socket = dgram::createSocket(loop_, {}, [&] {
      seen_.push_back(here());
      socket->close();
    });
  });
  socket->bind({.host = "127.0.0.1"});
  socket->send("bytes", socket->address());
  loop_.run();
  EXPECT_EQ(seen_, std::vector<int>{7});
}

TEST_F(EntryPointTest, Socket_sendFile) {
  const int file = ::memfd_create("file", 0);
  ASSERT_EQ(::write(file, "bytes", 5), 5);
  net::ServerPtr server = listen();
  net::SocketPtr socket = net::connect(loop_, {.port = server->address().port()});
  expectKept([&] {
    socket->sendFile(file, 0, 5, [&](const absl::Status& status) {
      EXPECT_TRUE(status.ok()) << status;
      seen_.push_back(here());
      socket->destroy();
      server->close();
    });
  });
  ::close(file);
}

TEST_F(EntryPointTest, stream_pipeline) {
  net::ServerPtr server = listen();
  net::SocketPtr from = net::connect(loop_, {.port = server->address().port()});
  net::SocketPtr to = net::connect(loop_, {.port = server->address().port()});
  expectKept([&] {
    stream::pipeline({from, to}, [&](const absl::Status&) {
      seen_.push_back(here());
      server->close();
    });
    from->destroy();
  });
}

}  // namespace
}  // namespace weft
