// The server that conformance suites talk to: it answers each complete request with what it got.
//
//   echo_server --port=N     listens on 127.0.0.1:N; 0: a port that is free
//     --deadlines=SECONDS    for headers, whole requests, and connections on which nothing moves
//     --body=BYTES           of each answer; none at first
//
// Each answer has status 200 and a header `X-Echo` with base64 of
//   {"m": method, "u": target, "n": bytes of the body, "h": 12 hex digits of the body's SHA-1}
// A CONNECT request is answered likewise, and the connection closed. Limits and deadlines are
// those that every server has, unless the command line says otherwise. SIGINT and SIGTERM end it.

#include <openssl/evp.h>
#include <signal.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"
#include "weft/net/http_server.h"

namespace {

using weft::RequestPtr;
using weft::ResponsePtr;
using weft::SocketPtr;

// SHA-1 of a body that comes in pieces.
class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new()) { EVP_DigestInit_ex(context_, EVP_sha1(), nullptr); }
  ~Digest() { EVP_MD_CTX_free(context_); }
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  void update(std::string_view bytes) {
    EVP_DigestUpdate(context_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  std::size_t size() const { return size_; }
  std::string firstDigits() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    EVP_DigestFinal_ex(context_, digest.data(), nullptr);
    std::string hex;
    for (std::size_t i = 0; i < 6; ++i) {
      hex += "0123456789abcdef"[digest[i] >> 4];
      hex += "0123456789abcdef"[digest[i] & 15];
    }
    return hex;
  }

 private:
  EVP_MD_CTX* context_;
  std::size_t size_ = 0;
};

std::string quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  return json + "\"";
}

std::string base64(const std::string& text) {
  std::string encoded(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return encoded;
}

std::string echoOf(const weft::net::Request& request, Digest& body) {
  return base64("{\"m\": " + quoted(request.method()) + ", \"u\": " + quoted(request.url()) +
                ", \"n\": " + std::to_string(body.size()) + ", \"h\": \"" + body.firstDigits() +
                "\"}");
}

// Ends the response with `left` bytes, as fast as the client takes them.
void endWith(const ResponsePtr& response, std::size_t left) {
  static const std::string block(64 * 1024, 'x');
  while (left > block.size()) {
    left -= block.size();
    if (response->write(block)) continue;
    response->once(weft::kDrain, [response, left] { endWith(response, left); });
    return;
  }
  response->end(std::string_view(block).substr(0, left));
}

void echo(const RequestPtr& request, const ResponsePtr& response, std::size_t answer_bytes) {
  const auto body = std::make_shared<Digest>();
  request->on(weft::kData, [body](std::string_view bytes) { body->update(bytes); });
  request->on(weft::kEnd, [request, response, body, answer_bytes] {
    response->setHeader("X-Echo", echoOf(*request, *body));
    endWith(response, answer_bytes);
  });
}

void echoConnect(const RequestPtr& request, const SocketPtr& socket) {
  Digest nothing;
  socket->end("HTTP/1.1 200 OK\r\nX-Echo: " + echoOf(*request, nothing) + "\r\n\r\n");
  socket->resume();
}

int serve(std::uint16_t port, const weft::net::HttpServerOptions& options, std::size_t body) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const int interrupts = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);

  weft::EventLoop loop;
  const auto server = weft::http::createServer(
      loop, options, [body](const RequestPtr& request, const ResponsePtr& response) {
        echo(request, response, body);
      });
  server->on(weft::net::kConnectMethod, [](const RequestPtr& request, const SocketPtr& socket,
                                           std::string_view) { echoConnect(request, socket); });
  weft::loop::FdWatcher interrupt(loop, interrupts, weft::loop::FdWatcher::kReadable,
                                  [&loop](unsigned) { loop.stop(); });
  server->on(weft::kError, [&loop](const absl::Status& why) {
    std::fprintf(stderr, "echo_server: %s\n", std::string(why.message()).c_str());
    loop.stop();
  });
  server->listen({.port = port, .host = "127.0.0.1"}, [&server] {
    std::printf("listening on %s\n", server->address().toString().c_str());
    std::fflush(stdout);
  });
  loop.run();
  return server->listening() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  int port = -1;
  int body = 0;
  weft::net::HttpServerOptions options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const std::size_t equals = std::min(option.find('='), option.size());
    const int value = std::atoi(argv[i] + std::min(equals + 1, option.size()));
    if (option.starts_with("--port=")) {
      port = value;
    } else if (option.starts_with("--deadlines=")) {
      options.headers_timeout = options.request_timeout = options.idle_timeout =
          std::chrono::seconds(value);
    } else if (option.starts_with("--body=")) {
      body = value;
    } else {
      port = -1;
      break;
    }
  }
  if (port < 0) {
    std::fprintf(stderr, "usage: echo_server --port=N [--deadlines=SECONDS] [--body=BYTES]\n");
    return 2;
  }
  return serve(static_cast<std::uint16_t>(port), options, static_cast<std::size_t>(body));
}
