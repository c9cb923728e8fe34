// How weft/net/http_client.h gets along with the resolver: names with several addresses, and a
// resolver that does not answer.

#include <netdb.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weft/net/http_client.h"
#include "weft/net/http_server.h"
#include "weft/net/internal/socket_calls.h"
#include "weft/tests/net/http_client_fixture.h"

namespace weft::net {
namespace {

using tests::HttpClientTest;
using tests::kOk;
using tests::OutcomePtr;
using tests::RawServer;
using tests::watch;

using Events = std::vector<std::string>;
using HttpClientLookupTest = HttpClientTest;

std::vector<std::string> g_local_addresses;

int lookUpLocalhost(const char* host, const char* service, const addrinfo*, addrinfo** list) {
  if (std::string_view(host) != "localhost") return EAI_NONAME;
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  for (const std::string& address : g_local_addresses) {
    if (const int error = ::getaddrinfo(address.c_str(), service, &hints, list)) return error;
    list = &(*list)->ai_next;
  }
  return 0;
}

// The clock stands still, so whatever is refused makes way at once, not after the 250 ms that a
// silent address has.
TEST_F(HttpClientLookupTest, LocalhostIsWhicheverFamilyTheServerListensOn) {
  internal::SocketCalls calls = internal::socketCalls();
  calls.getaddrinfo = &lookUpLocalhost;
  const internal::ScopedSocketCalls replaced(calls);
  g_local_addresses = {"::1", "127.0.0.1"};
  for (const char* const only : {"127.0.0.1", "::1"}) {
    const auto server =
        http::createServer(loop_, [](const RequestPtr& request, const ResponsePtr& response) {
          response->end(request->headers().get("host").value_or(""));
        });
    server->listen({.host = only});
    const std::string port = std::to_string(server->address().port());
    const OutcomePtr outcome = watch(agent_.get("http://localhost:" + port + "/"));
    for (int i = 0; i != 1'000'000 && !outcome->has("close"); ++i) loop_.runNoWait();
    EXPECT_EQ(outcome->body, "localhost:" + port) << only << ": " << outcome->error();
    agent_.closeIdle();
    server->close();
    settle();
  }
}

std::atomic<bool> g_resolver_waits = false;

int neverAnswer(const char*, const char*, const addrinfo*, addrinfo**) {
  g_resolver_waits.wait(true);
  return EAI_AGAIN;
}

TEST_F(HttpClientLookupTest, AResolverThatNeverAnswersIsTimedOutAndHoldsNothingUp) {
  internal::SocketCalls calls = internal::socketCalls();
  calls.getaddrinfo = &neverAnswer;
  const internal::ScopedSocketCalls replaced(calls);
  g_resolver_waits = true;
  RawServer server(loop_);
  server.replyWith(kOk);
  RequestOptions options = to(80);
  options.host = "weft.test";
  options.timeout = std::chrono::seconds(10);
  const ClientRequestPtr request = agent_.request(std::move(options));
  const OutcomePtr outcome = watch(request);
  request->end();
  settle();
  const OutcomePtr other = watch(get(server.port()));
  settle();
  EXPECT_EQ(other->body, "ok") << "others are served meanwhile";
  EXPECT_EQ(outcome->events, Events());
  pass(std::chrono::seconds(11));
  EXPECT_TRUE(outcome->has("close"));
  EXPECT_NE(outcome->error().find("weft.test:80"), std::string::npos) << outcome->error();
  g_resolver_waits = false;
  g_resolver_waits.notify_all();
}

}  // namespace
}  // namespace weft::net
