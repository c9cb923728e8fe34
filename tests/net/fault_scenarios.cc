#include "weft/tests/net/fault_scenarios.h"

#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <random>
#include <string_view>
#include <utility>

#include "weft/net/http_agent.h"
#include "weft/net/http_server.h"
#include "weft/net/udp_socket.h"
#include "weft/stream/pipe.h"
#include "weft/stream/transform.h"

namespace weft::tests {
namespace {

using namespace std::chrono_literals;
using net::ServerPtr;
using net::SocketPtr;

std::string manyBytes(std::size_t size) {
  std::string bytes(size, ' ');
  for (std::size_t i = 0; i != size; ++i) bytes[i] = static_cast<char>('a' + i % 23);
  return bytes;
}

// A server that sends back what it gets, and its port. 0: it does not listen.
std::uint16_t echo(FaultWorld& world, const net::ListenOptions& options = {.host = "127.0.0.1"}) {
  const ServerPtr server = net::createServer(world.loop, [&world](const SocketPtr& socket) {
    world.watch(socket, "accepted");
    socket->on(kData, [socket](std::string_view bytes) { socket->write(bytes); });
  });
  world.keep(server);
  server->listen(options);
  return server->address().port();
}

// A server whose connections are `serve`d.
std::uint16_t serve(FaultWorld& world, std::function<void(const SocketPtr&)> serve_one,
                    bool half_open = false) {
  const ServerPtr server = net::createServer(
      world.loop, [&world, serve_one = std::move(serve_one)](const SocketPtr& socket) {
        world.watch(socket, "accepted");
        serve_one(socket);
      });
  server->setAllowHalfOpen(half_open);
  world.keep(server);
  server->listen({.host = "127.0.0.1"});
  return server->address().port();
}

void collect(const SocketPtr& socket, std::string* into) {
  socket->on(kData, [into](std::string_view bytes) { *into += bytes; });
}

// A client that sends `bytes` and reads them back.
void askEcho(FaultWorld& world, const net::ConnectOptions& options, const std::string& bytes) {
  const SocketPtr client = world.connect(options, "client");
  collect(client, world.expect("echo", bytes));
  client->end(bytes);
}

std::uint16_t serveHttp(FaultWorld& world,
                        std::function<void(const RequestPtr&, const ResponsePtr&)> handler) {
  const auto server = http::createServer(
      world.loop,
      [handler = std::move(handler)](const RequestPtr& request, const ResponsePtr& response) {
        handler(request, response);
      });
  world.keep(server);
  server->on(net::kConnection, [&world](const SocketPtr& socket) { world.watch(socket, "http"); });
  server->listen({.host = "127.0.0.1"});
  return server->address().port();
}

void get(FaultWorld& world, std::uint16_t port, const std::string& body) {
  const auto request = http::request(world.loop, {.host = "127.0.0.1", .port = port});
  world.watch(request, "request");
  std::string* const came = world.expect("response body", body);
  request->on(net::kResponse, [&world, came](const net::ClientResponsePtr& response) {
    world.watch(response, "response");
    response->on(kData, [came](std::string_view bytes) { *came += bytes; });
  });
  request->end();
}

// --- the scenarios ------------------------------------------------------------------------------

void echoOnce(FaultWorld& world) { askEcho(world, {.port = echo(world)}, "hello"); }

void echoMuch(FaultWorld& world) { askEcho(world, {.port = echo(world)}, manyBytes(400'000)); }

void echoInTurns(FaultWorld& world) {
  const SocketPtr client = world.connect({.port = echo(world)}, "client");
  std::string* const came = world.expect("echo", "abcdefgh");
  client->write("a");
  client->on(kData, [client, came](std::string_view bytes) {
    for (const char c : bytes) {
      *came += c;
      if (c == 'h') {
        client->end();
      } else {
        client->write(std::string(1, static_cast<char>(c + 1)));
      }
    }
  });
}

void manyClients(FaultWorld& world) {
  const std::uint16_t port = echo(world);
  for (int i = 0; i != 8; ++i) askEcho(world, {.port = port}, "client " + std::to_string(i));
}

void serverSpeaksFirst(FaultWorld& world) {
  const std::string speech = manyBytes(20'000);
  const std::uint16_t port = serve(world, [speech](const SocketPtr& socket) {
    socket->resume();
    socket->end(speech);
  });
  const SocketPtr client = world.connect({.port = port}, "client");
  collect(client, world.expect("speech", speech));
}

void clientLeavesInTheMiddle(FaultWorld& world) {
  const SocketPtr client = world.connect({.port = echo(world)}, "client");
  client->write(manyBytes(100'000));
  client->once(kData, [client] { client->destroy(); });
}

void clientResets(FaultWorld& world) {
  const SocketPtr client = world.connect({.port = echo(world)}, "client");
  client->write("x", [client] { client->resetAndDestroy(); });
}

void serverDestroysAtOnce(FaultWorld& world) {
  const std::uint16_t port = serve(world, [](const SocketPtr& socket) { socket->destroy(); });
  const SocketPtr client = world.connect({.port = port}, "client");
  client->resume();
  client->write("never read");
}

void answerAfterTheEnd(FaultWorld& world) {
  const ServerPtr server = net::createServer(world.loop, [&world](const SocketPtr& socket) {
    world.watch(socket, "accepted");
    const auto question = std::make_shared<std::string>();
    socket->on(kData, [question](std::string_view bytes) { *question += bytes; });
    socket->on(kEnd, [question, socket] { socket->end("you said " + *question); });
  });
  server->setAllowHalfOpen(true);
  world.keep(server);
  server->listen({.host = "127.0.0.1"});
  const SocketPtr client = world.connect({.port = server->address().port()}, "client");
  collect(client, world.expect("answer", "you said hello"));
  client->end("hello");
}

void pausedReader(FaultWorld& world) {
  const std::string much = manyBytes(300'000);
  const std::uint16_t port = serve(world, [much](const SocketPtr& socket) {
    socket->resume();
    socket->end(much);
  });
  const SocketPtr client = world.connect({.port = port}, "client");
  std::string* const came = world.expect("bytes", much);
  client->on(kData, [&world, client, came](std::string_view bytes) {
    *came += bytes;
    client->pause();
    world.loop.setImmediate([client] { client->resume(); });
  });
}

void tooManyConnections(FaultWorld& world) {
  const ServerPtr server = net::createServer(world.loop, [&world](const SocketPtr& socket) {
    world.watch(socket, "accepted");
    socket->resume();
  });
  server->setMaxConnections(1);
  world.keep(server);
  server->listen({.host = "127.0.0.1"});
  for (int i = 0; i != 3; ++i) {
    const SocketPtr client = world.connect({.port = server->address().port()}, "client");
    client->resume();
    client->setTimeout(10s, [client] { client->end(); });
  }
}

void connectByName(FaultWorld& world) {
  askEcho(world, {.port = echo(world), .host = "weft.test"}, "hello");
}

void unixSocket(FaultWorld& world) {
  const std::string path =  // of no other process, in whatever namespace of processes it is
      std::string(1, '\0') + "weft_faults_" + std::to_string(std::random_device()());
  echo(world, {.path = path});
  askEcho(world, {.path = path}, manyBytes(50'000));
}

void sendFile(FaultWorld& world) {
  const std::string content = manyBytes(200'000);
  const std::shared_ptr<const int> file(new int(::memfd_create("weft", MFD_CLOEXEC)),
                                        [](const int* descriptor) {
                                          ::close(*descriptor);
                                          delete descriptor;
                                        });
  (void)!::write(*file, content.data(), content.size());
  const std::uint16_t port = serve(world, [content, file](const SocketPtr& socket) {
    socket->resume();
    socket->write("head ");
    socket->sendFile(*file, 0, content.size(), [file](const absl::Status&) {});
    socket->end(" tail");
  });
  const SocketPtr client = world.connect({.port = port}, "client");
  collect(client, world.expect("file", "head " + content + " tail"));
}

void throughAProxy(FaultWorld& world) {
  const std::uint16_t upstream = echo(world);
  const auto forward = [&world, upstream](const SocketPtr& socket) {
    const SocketPtr other = world.connect({.port = upstream, .allow_half_open = true}, "upstream");
    stream::pipeline({socket, other}, [](const absl::Status&) {});
    stream::pipeline({other, socket}, [](const absl::Status&) {});
  };
  askEcho(world, {.port = serve(world, forward, true)}, manyBytes(100'000));
}

void throughATransform(FaultWorld& world) {
  const auto reflect = [&world](const SocketPtr& socket) {
    const auto pass = stream::makeRef<PassThrough>(world.loop);
    world.watch(pass, "transform");
    stream::pipeline({socket, pass, socket}, [](const absl::Status&) {});
  };
  askEcho(world, {.port = serve(world, reflect, true)}, manyBytes(100'000));
}

void refused(FaultWorld& world) {
  const SocketPtr client = world.connect({.path = "/nowhere/weft"}, "client");
  client->write("x");
}

void httpGet(FaultWorld& world) {
  get(world,
      serveHttp(world, [](const RequestPtr&, const ResponsePtr& response) { response->end("hi"); }),
      "hi");
}

void httpStream(FaultWorld& world) {
  const std::string body = manyBytes(300'000);
  const auto handler = [&world, body](const RequestPtr&, const ResponsePtr& response) {
    const auto source = stream::makeRef<PassThrough>(world.loop);
    world.watch(source, "body");
    stream::pipeline({source, response}, [](const absl::Status&) {});
    source->end(body);
  };
  get(world, serveHttp(world, handler), body);
}

void httpUpload(FaultWorld& world) {
  const std::string body = manyBytes(200'000);
  const std::uint16_t port =
      serveHttp(world, [](const RequestPtr& request, const ResponsePtr& response) {
        stream::pipeline({request, response}, [](const absl::Status&) {});
      });
  const auto request =
      http::request(world.loop, {.method = "POST", .host = "127.0.0.1", .port = port, .path = "/"});
  world.watch(request, "request");
  std::string* const came = world.expect("response body", body);
  request->on(net::kResponse, [&world, came](const net::ClientResponsePtr& response) {
    world.watch(response, "response");
    response->on(kData, [came](std::string_view bytes) { *came += bytes; });
  });
  request->write(body.substr(0, 100'000));
  request->end(body.substr(100'000));
}

void httpPipelined(FaultWorld& world) {
  const std::uint16_t port =
      serveHttp(world, [&world](const RequestPtr& request, const ResponsePtr& response) {
        response->setSendDate(false);
        response->writeHead(200, {{"X", std::string(request->url())}});
        world.loop.setImmediate([response] { response->end(); });
      });
  std::string question;
  std::string answer;
  for (const char* const path : {"/a", "/b", "/c"}) {
    question += "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    answer += "HTTP/1.1 200 OK\r\nX: " + std::string(path) +
              "\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n";
  }
  const SocketPtr client = world.connect({.port = port}, "client");
  const auto came = std::make_shared<std::string>();
  client->on(kData, [client, came, size = answer.size()](std::string_view bytes) {
    *came += bytes;
    if (std::count(came->begin(), came->end(), 'X') == 3 && came->ends_with("\r\n\r\n")) {
      client->end();
    }
  });
  client->write(question);
}

void udpEcho(FaultWorld& world) {
  const auto server = dgram::createSocket(world.loop);
  const auto client = dgram::createSocket(world.loop);
  world.watch(server, "server");
  world.watch(client, "client");
  const auto closeBoth = [server, client] {
    server->close();
    client->close();
  };
  server->on(net::kMessage, [server](std::string_view bytes, const net::Address& from) {
    server->send(bytes, from);
  });
  client->on(net::kMessage, [closeBoth] { closeBoth(); });
  server->bind({.host = "127.0.0.1"});
  client->send("hello", server->address(), [](const absl::Status&) {});
  world.loop.setTimeout(closeBoth, 1h);  // datagrams may be lost
}

}  // namespace

const std::vector<FaultScenario>& faultScenarios() {
  static const std::vector<FaultScenario> scenarios = {
      {"echo once", echoOnce},
      {"echo much", echoMuch},
      {"echo in turns", echoInTurns},
      {"many clients", manyClients},
      {"server speaks first", serverSpeaksFirst},
      {"client leaves in the middle", clientLeavesInTheMiddle},
      {"client resets", clientResets},
      {"server destroys at once", serverDestroysAtOnce},
      {"answer after the end", answerAfterTheEnd},
      {"paused reader", pausedReader},
      {"too many connections", tooManyConnections},
      {"connect by name", connectByName},
      {"unix socket", unixSocket},
      {"send file", sendFile},
      {"through a proxy", throughAProxy},
      {"through a transform", throughATransform},
      {"refused", refused},
      {"http get", httpGet},
      {"http stream", httpStream},
      {"http upload", httpUpload},
      {"http pipelined", httpPipelined},
      {"udp echo", udpEcho},
  };
  return scenarios;
}

std::string runFaultScenario(const FaultScenario& scenario,
                             const std::function<void(FaultPlan&)>& arm, int* met) {
  FaultWorld world;
  arm(world.plan);
  try {
    scenario.begin(world);
  } catch (const std::exception& thrown) {
    world.violate(std::string("thrown at the user: ") + thrown.what());
  }
  world.run();
  *met = world.plan.met();
  return world.violations();
}

}  // namespace weft::tests
