// The client and Node's HTTP server.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

#include "weft/net/http_agent.h"
#include "weft/tests/net/http_client_fixture.h"

namespace weft::net {
namespace {

using tests::OutcomePtr;
using tests::watch;

class HttpClientNodeTest : public testing::Test {
 protected:
  // Starts node; it ends with its standard input.
  HttpClientNodeTest() {
    std::array<int, 2> in, out;
    EXPECT_EQ(pipe(in.data()) | pipe(out.data()), 0);
    process_ = fork();
    if (process_ == 0) {
      dup2(in[0], STDIN_FILENO);
      dup2(out[1], STDOUT_FILENO);
      for (const int fd : {in[0], in[1], out[0], out[1]}) close(fd);
      execlp("node", "node", "tests/net/node_http_server.js", nullptr);
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    input_ = in[1];
    std::FILE* const announced = fdopen(out[0], "r");
    int port = 0;
    EXPECT_EQ(std::fscanf(announced, "%d", &port), 1) << "node did not start";
    std::fclose(announced);
    port_ = static_cast<std::uint16_t>(port);
  }
  ~HttpClientNodeTest() override {
    close(input_);
    waitpid(process_, nullptr, 0);
  }

  ClientRequestPtr request(const std::string& path, const std::string& method = "GET") {
    RequestOptions options;
    options.port = port_;
    options.path = path;
    options.method = method;
    return agent_.request(options);
  }
  // Sends it and waits for its close, and the response's.
  OutcomePtr finish(const ClientRequestPtr& request, std::string_view body = {}) {
    const OutcomePtr outcome = watch(request);
    request->end(body);
    while (!request->closed() || (outcome->response && !outcome->response->closed())) {
      loop_.runOnce();
    }
    return outcome;
  }
  OutcomePtr get(const std::string& path) { return finish(request(path)); }

  EventLoop loop_;
  http::Agent agent_{loop_};
  std::uint16_t port_ = 0;

 private:
  pid_t process_ = -1;
  int input_ = -1;
};

TEST_F(HttpClientNodeTest, ExchangesMessagesOnOneConnection) {
  const OutcomePtr post = finish(request("/echo", "POST"), "hello");
  EXPECT_EQ(post->status, 200);
  EXPECT_EQ(post->body, "hello");
  EXPECT_EQ(post->response->header("x-method"), "POST");

  const ClientRequestPtr pieces = request("/echo", "PUT");
  std::string sent;
  for (int i = 0; i < 100; ++i) {
    const std::string piece(static_cast<std::size_t>(i) * 100, static_cast<char>('a' + i % 26));
    pieces->write(piece);
    sent += piece;
  }
  pieces->addTrailer("X-Sum", "17");
  const OutcomePtr put = finish(pieces);
  EXPECT_EQ(put->body, sent);
  EXPECT_EQ(put->response->header("x-sum"), "17");
  EXPECT_TRUE(pieces->reusedSocket());

  const OutcomePtr head = finish(request("/echo", "HEAD"));
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->body, "");
  EXPECT_EQ(get("/empty")->status, 204);
  EXPECT_EQ(get("/large")->body.size(), 5u << 20);

  const OutcomePtr trailers = get("/trailers");
  EXPECT_EQ(trailers->body, "ab");
  EXPECT_EQ(trailers->response->trailers().get("x-sum"), "2");

  const ClientRequestPtr hinted = request("/hints");
  std::string link;
  hinted->on(kInformation, [&](int status, const HttpHeaders& headers) {
    link = std::to_string(status) + std::string(headers.get("link").value_or(""));
  });
  EXPECT_EQ(finish(hinted)->body, "hinted");
  EXPECT_EQ(link, "103</style.css>; rel=preload");
  EXPECT_TRUE(hinted->reusedSocket());
  EXPECT_EQ(agent_.freeSockets(), 1u);
}

TEST_F(HttpClientNodeTest, WaitsForItsContinue) {
  const ClientRequestPtr expecting = request("/echo", "POST");
  expecting->setHeader("Expect", "100-continue");
  const OutcomePtr outcome = watch(expecting);
  expecting->on(kContinue, [&] { expecting->end("asked for"); });
  expecting->flushHeaders();
  while (!expecting->closed()) loop_.runOnce();
  EXPECT_EQ(outcome->body, "asked for");
}

TEST_F(HttpClientNodeTest, KnowsWhichConnectionsAreOver) {
  EXPECT_EQ(get("/close")->body, "closing");
  EXPECT_EQ(agent_.freeSockets(), 0u);

  const OutcomePtr cut = get("/cut");
  EXPECT_EQ(cut->body, "half");
  EXPECT_FALSE(cut->has("end"));
  EXPECT_NE(cut->error(), "");

  for (int i = 0; i < 20; ++i) {  // some of them meet a connection that is being closed
    EXPECT_EQ(get("/stale")->body, "stale");
  }
}

TEST_F(HttpClientNodeTest, LeavesHttpByUpgradeAndByConnect) {
  const ClientRequestPtr upgrade = request("/");
  upgrade->setHeader("Connection", "Upgrade");
  upgrade->setHeader("Upgrade", "echo");
  std::string echoed;
  bool closed = false;
  upgrade->on(kTunnel,
              [&](const ClientResponsePtr&, const SocketPtr& socket, std::string_view early) {
                echoed += early;
                socket->on(kData, [&](std::string_view bytes) { echoed += bytes; });
                socket->on(kClose, [&] { closed = true; });
                socket->end("through the tunnel");
              });
  upgrade->end();
  while (!closed) loop_.runOnce();
  EXPECT_EQ(echoed, "through the tunnel");

  RequestOptions options;
  options.port = port_;
  options.method = "CONNECT";
  options.path = "far.example:443";
  const ClientRequestPtr connect = agent_.request(options);
  std::string got;
  bool ended = false;
  connect->on(kTunnel,
              [&](const ClientResponsePtr&, const SocketPtr& socket, std::string_view early) {
                got += early;
                socket->on(kData, [&](std::string_view bytes) { got += bytes; });
                socket->on(kEnd, [&] { ended = true; });
              });
  connect->end();
  while (!ended) loop_.runOnce();
  EXPECT_EQ(got, "tunnel to far.example:443");
}

}  // namespace
}  // namespace weft::net
