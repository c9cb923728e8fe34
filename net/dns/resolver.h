// Resolver: asks name servers for what they know of a name.
//
//   net::dns::Resolver resolver(loop);
//   resolver.resolveMx("example.com", [](absl::StatusOr<std::vector<net::dns::MxRecord>> mx) {});
//   absl::StatusOr<std::vector<net::Address>> addresses = co_await
//   resolver.resolve4("example.com");
//
// With a callback, which is called once, later, in the contexts of the call; or without one, and
// then the result is promised (weft/loop/promise.h): the query begins at once, and may be awaited
// as often as one likes. For the address to connect to take weft/net/dns/lookup.h, which also asks
// /etc/hosts.
//
// Errors: NotFound if there is no such name, or nothing of that kind; DeadlineExceeded if no server
// answers; Unavailable if they fail or refuse; DataLoss for an answer that cannot be read;
// InvalidArgument for what is no name (empty, with a NUL byte, longer than DNS can carry);
// Cancelled by cancel() and the destructor. They read "resolveMx 'nowhere.test': Domain name not
// found".
//
// Servers are asked by UDP, and once more by TCP where the answer does not fit a datagram.
//
// A query that waits keeps the loop's run() from returning; a Resolver does not. Threads: the
// loop's only. Destroy it before the loop.

#ifndef WEFT_NET_DNS_RESOLVER_H_
#define WEFT_NET_DNS_RESOLVER_H_

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "weft/cls/callable.h"
#include "weft/cls/frame.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/promise.h"
#include "weft/net/address.h"
#include "weft/net/dns/internal/parse.h"
#include "weft/net/dns/records.h"

namespace weft::net::dns {

namespace internal {

class Channel;

// What waits for an answer.
class Query {
 public:
  Query(const char* operation, std::string name) : operation_(operation), name_(std::move(name)) {}
  virtual ~Query() = default;
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  // The answer, if `status` is 0. Calls back later.
  virtual void answer(int status, Reply reply) noexcept = 0;

  const std::string& name() const noexcept { return name_; }

 protected:
  absl::Status failure(int status) const { return statusOf(status, operation_, name_); }

 private:
  const char* const operation_;
  const std::string name_;
};

template <auto kParse, typename Parse = decltype(kParse)>
struct ParsedBy;
template <auto kParse, typename T>
struct ParsedBy<kParse, int (*)(Reply, T&)> {
  using Type = absl::StatusOr<T>;
};

template <auto kParse, typename F>
class CallbackQuery final : public Query {
 public:
  using Result = typename ParsedBy<kParse>::Type;

  CallbackQuery(EventLoop& loop, const char* operation, std::string name, F done)
      : Query(operation, std::move(name)),
        loop_(loop),
        frame_(cls::HeldFrame<cls::Holder::kFunction>::capture()),
        done_(std::move(done)) {}
  ~CallbackQuery() override {
    const cls::FrameScope scope(frame_);
    done_.reset();
  }

  void answer(int status, Reply reply) noexcept override {
    typename Result::value_type value;
    if (status == 0) status = kParse(reply, value);
    Result result = status == 0 ? Result(std::move(value)) : Result(failure(status));
    const cls::FrameScope scope(frame_);
    loop_.nextTick([done = *std::move(done_), result = std::move(result)]() mutable {
      done(std::move(result));
    });
  }

 private:
  EventLoop& loop_;
  const cls::HeldFrame<cls::Holder::kFunction> frame_;
  std::optional<F> done_;  // so that it can go in its frame
};

}  // namespace internal

struct ResolverOptions {
  // For the first try; each later one waits longer.
  std::chrono::milliseconds timeout{5000};
  // How often each server is asked.
  int tries = 4;
  // As setServers(); none: those of the system.
  std::vector<std::string> servers = {};
};

class Resolver {
 public:
  // Throws UsageError for options that make no sense.
  explicit Resolver(EventLoop& loop, const ResolverOptions& options = {});
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Asks these: "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:53". Nothing changes
  // if one is no address, or there is none (InvalidArgument), or while a query waits
  // (FailedPrecondition).
  absl::Status setServers(const std::vector<std::string>& servers);
  std::vector<std::string> servers() const;

  // Every query that waits comes to Cancelled.
  void cancel();

  // Each as `resolve4(name, callback)` or `co_await resolve4(name)`.
  template <typename... Done>
  auto resolve4(std::string name, Done&&... done) {
    return query<&internal::parseA>("resolve4", internal::kA, std::move(name),
                                    std::forward<Done>(done)...);
  }
  template <typename... Done>
  auto resolve6(std::string name, Done&&... done) {
    return query<&internal::parseAaaa>("resolve6", internal::kAaaa, std::move(name),
                                       std::forward<Done>(done)...);
  }
  template <typename... Done>
  auto resolveCname(std::string name, Done&&... done) {
    return query<&internal::parseCname>("resolveCname", internal::kCname, std::move(name),
                                        std::forward<Done>(done)...);
  }
  template <typename... Done>
  auto resolveNs(std::string name, Done&&... done) {
    return query<&internal::parseNs>("resolveNs", internal::kNs, std::move(name),
                                     std::forward<Done>(done)...);
  }
  template <typename... Done>
  auto resolvePtr(std::string name, Done&&... done) {
    return query<&internal::parsePtr>("resolvePtr", internal::kPtr, std::move(name),
                                      std::forward<Done>(done)...);
  }
  template <typename... Done>
  auto resolveMx(std::string name, Done&&... done) {
    return query<&internal::parseMx>("resolveMx", internal::kMx, std::move(name),
                                     std::forward<Done>(done)...);
  }
  template <typename... Done>
  auto resolveTxt(std::string name, Done&&... done) {
    return query<&internal::parseTxt>("resolveTxt", internal::kTxt, std::move(name),
                                      std::forward<Done>(done)...);
  }
  template <typename... Done>
  auto resolveSrv(std::string name, Done&&... done) {
    return query<&internal::parseSrv>("resolveSrv", internal::kSrv, std::move(name),
                                      std::forward<Done>(done)...);
  }
  template <typename... Done>
  auto resolveNaptr(std::string name, Done&&... done) {
    return query<&internal::parseNaptr>("resolveNaptr", internal::kNaptr, std::move(name),
                                        std::forward<Done>(done)...);
  }
  template <typename... Done>
  auto resolveCaa(std::string name, Done&&... done) {
    return query<&internal::parseCaa>("resolveCaa", internal::kCaa, std::move(name),
                                      std::forward<Done>(done)...);
  }
  template <typename... Done>
  auto resolveSoa(std::string name, Done&&... done) {
    return query<&internal::parseSoa>("resolveSoa", internal::kSoa, std::move(name),
                                      std::forward<Done>(done)...);
  }
  // The names of an address.
  template <typename... Done>
  auto reverse(const Address& address, Done&&... done) {
    return query<&internal::parsePtr>("reverse", internal::kPtr, reverseName(address),
                                      std::forward<Done>(done)...);
  }

 private:
  // "4.3.2.1.in-addr.arpa". Throws UsageError for what is no IP address.
  static std::string reverseName(const Address& address);
  void start(std::unique_ptr<internal::Query> query, int type);

  template <auto kParse, typename F>
  void query(const char* operation, int type, std::string name, F done) {
    cls::refuseNullCallable(done, operation);
    start(std::make_unique<internal::CallbackQuery<kParse, F>>(loop_, operation, std::move(name),
                                                               std::move(done)),
          type);
  }
  template <auto kParse>
  auto query(const char* operation, int type, std::string name) {
    using Result = typename internal::ParsedBy<kParse>::Type;
    auto promised = Promise<Result>::withResolvers(loop_);
    query<kParse>(operation, type, std::move(name),
                  [resolver = promised.resolver](Result result) mutable {
                    resolver.resolve(std::move(result));
                  });
    return promised.promise;
  }

  EventLoop& loop_;
  std::unique_ptr<internal::Channel> channel_;
};

}  // namespace weft::net::dns

#endif  // WEFT_NET_DNS_RESOLVER_H_
